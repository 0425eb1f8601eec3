package conf

import (
	"strings"
	"testing"
)

const handmade = "# our keys\n\n1 md5 older-secret   # of 2009\nauth 2\n  2 sha1 secret-of-today\n# end"

func parsed(t testing.TB, data []byte) (AuthKeys, Problems) {
	t.Helper()
	return ParseAuthKeys("authkeys", data, 0o600, 0)
}

func TestEditsKeepEveryOtherLine(t *testing.T) {
	added := AddKey([]byte(handmade), Key{Slot: 3, Method: "sha256", Secret: "secret-of-tomorrow"})
	if want := handmade + "\n3 sha256 secret-of-tomorrow\n"; string(added) != want {
		t.Errorf("added:\n%s", added)
	}
	switched := SignWith(added, 3)
	want := "# our keys\n\nauth 3\n1 md5 older-secret   # of 2009\n  2 sha1 secret-of-today\n# end\n3 sha256 secret-of-tomorrow\n"
	if string(switched) != want {
		t.Errorf("switched:\n%s", switched)
	}
	k, problems := parsed(t, switched)
	if problems.HasErrors() || k.Sign != 3 || len(k.Keys) != 3 {
		t.Errorf("%+v %v", k, problems)
	}
	removed := RemoveKey(switched, 2)
	if want := "# our keys\n\nauth 3\n1 md5 older-secret   # of 2009\n# end\n3 sha256 secret-of-tomorrow\n"; string(removed) != want {
		t.Errorf("removed:\n%s", removed)
	}
}

func TestFreeSlotIsTheLowest(t *testing.T) {
	k, _ := parsed(t, []byte("auth 1\n1 sha1 aaaaaaaaaa\n3 sha1 bbbbbbbbbb\n"))
	if n, ok := k.FreeSlot(); n != 2 || !ok {
		t.Errorf("%d %v", n, ok)
	}
	for slot := range 16 {
		k.Keys = append(k.Keys, Key{Slot: slot})
	}
	if _, ok := k.FreeSlot(); ok {
		t.Error("a full file has a free slot")
	}
}

func TestKeyLinesAreReadStrictly(t *testing.T) {
	if k, err := ParseKeyLine(" 2 sha1 abcdefgh\n"); err != nil || k != (Key{Slot: 2, Method: "sha1", Secret: "abcdefgh"}) {
		t.Errorf("%+v %v", k, err)
	}
	for _, bad := range []string{"", "\n", "2", "2 sha1", "2 rot13 x", "16 sha1 x", "x sha1 y", "2 sha1 a b", "2 sha1 a\n3 sha1 b", "auth 2", "2 crc x"} {
		if k, err := ParseKeyLine(bad); err == nil {
			t.Errorf("%q became %+v", bad, k)
		}
	}
}

// Whatever stands in a good file, an edit makes a good file that says what was asked for and keeps the other keys.
func FuzzAuthKeysEdits(f *testing.F) {
	f.Add(handmade, 2)
	f.Add("auth 1\r\n1 sha1 x\r\n1 sha1 y", 1)
	f.Add("auth 0\n0 crc\nauth 0", 0)
	f.Fuzz(func(t *testing.T, text string, slot int) {
		before, problems := parsed(t, []byte(text))
		if problems.HasErrors() || slot < 0 || slot > maxSlot {
			return
		}
		key, has := before.Slot(slot)
		if !has {
			key = Key{Slot: slot, Method: "sha1", Secret: "fresh-secret"}
			before.Keys = append(before.Keys, key)
			text = string(AddKey([]byte(text), key))
		}
		after, problems := parsed(t, SignWith([]byte(text), slot))
		if problems.HasErrors() || after.Sign != slot || len(after.Keys) != len(before.Keys) {
			t.Fatalf("%q with %d became %+v: %v", text, slot, after, problems)
		}
		for _, k := range before.Keys {
			if got, _ := after.Slot(k.Slot); got.Secret != k.Secret || got.Method != k.Method {
				t.Fatalf("key %d of %q became %+v", k.Slot, text, got)
			}
		}
		if slot == before.Sign {
			return
		}
		gone, problems := parsed(t, RemoveKey([]byte(text), slot))
		if _, still := gone.Slot(slot); still || problems.HasErrors() || len(gone.Keys) != len(before.Keys)-1 {
			t.Fatalf("%q without %d became %+v: %v", text, slot, gone, problems)
		}
		if strings.TrimSpace(KeyLine(key)) != "" {
			if got, err := ParseKeyLine(KeyLine(key)); err == nil && (got.Slot != slot || got.Secret != key.Secret) {
				t.Fatalf("%+v became %+v", key, got)
			}
		}
	})
}
