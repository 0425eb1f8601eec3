package wire

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

func frameKeys() Keyring {
	return Keyring{Sign: 2, Keys: []Key{{Slot: 2, Method: SHA1, Secret: "s3cret-Key"}}}
}

func TestOwnDatagramsBecomeFramesInEveryDialect(t *testing.T) {
	keys := frameKeys()
	plain := New("t", "status", "src", "w1", "note", "two\nlines")
	nested := New("t", "x", "src", "w1")
	nested.Fields = append(nested.Fields, Field{Name: "in", Type: Struct, Value: "", Struct: New("a", "b\nc")})
	large := New("t", "x", "src", "w1", "text", strings.Repeat("abc", 4000))
	for name, m := range map[string]*Message{"plain": plain, "nested": nested, "large": large} {
		for _, d := range []Dialect{Hybrid, Classic, Netstring} {
			codec := Codec{Keys: keys, Dialect: d}
			codec.Compression.Whole, codec.Compression.Threshold = name == "large", 2048
			packet, err := codec.AppendPacket(nil, m)
			if err != nil {
				t.Fatal(err)
			}
			// The key that signed it may be gone by now.
			now := Keyring{Sign: 3, Keys: []Key{{Slot: 3, Method: MD5, Secret: "other"}}}
			frame, err := now.AppendOwnFrame(nil, packet)
			if err != nil {
				t.Fatalf("%s in dialect %d: %v", name, d, err)
			}
			if !bytes.HasPrefix(frame, []byte(">>>\n")) || !bytes.HasSuffix(frame, []byte("\n<<<\n")) {
				t.Errorf("%s in dialect %d is no frame: %.40q", name, d, frame)
			}
			got, _, err := now.Decode(frame)
			if err != nil {
				t.Fatalf("%s in dialect %d: %v", name, d, err)
			}
			if !reflect.DeepEqual(got.Fields, m.Fields) {
				t.Errorf("%s in dialect %d became %+v", name, d, got.Fields)
			}
		}
	}
}

func TestABundleBecomesItsFrames(t *testing.T) {
	keys := frameKeys()
	var bundle, want []byte
	for _, kind := range []string{"one", "two"} {
		m := New("t", kind, "src", "w1")
		packet, _ := keys.Encode(m, Hybrid)
		bundle = AppendBundled(bundle, packet)
		want, _ = keys.AppendFrame(want, m)
	}
	if got, err := keys.AppendOwnFrame(nil, bundle); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

// FuzzOwnFrame: whatever authentic datagram it is, its frame says the same.
func FuzzOwnFrame(f *testing.F) {
	f.Add("t", "status", "ld", "1\n2", byte(1))
	f.Add("t", "x", "<<<", "\x13", byte(2))
	f.Fuzz(func(t *testing.T, n1, v1, n2, v2 string, dialect byte) {
		keys := frameKeys()
		packet, err := keys.Encode(New(n1, v1, n2, v2), Dialect(dialect%3))
		if err != nil {
			return
		}
		want, _, err := keys.Decode(packet)
		if err != nil {
			return
		}
		frame, err := keys.AppendOwnFrame(nil, packet)
		if err != nil {
			return
		}
		got, _, err := keys.Decode(frame)
		if err != nil {
			t.Fatalf("%q does not verify: %v", frame, err)
		}
		// Classic text has no byte 0x13 of its own: it stands for a line end there.
		for i := range want.Fields {
			want.Fields[i].Value = strings.ReplaceAll(want.Fields[i].Value, "\x13", "\n")
		}
		if !reflect.DeepEqual(got.Fields, want.Fields) {
			t.Errorf("%+v became %+v", want.Fields, got.Fields)
		}
	})
}

func TestEncryptedDatagramsAreCarriedWhole(t *testing.T) {
	keys := frameKeys()
	for _, packet := range [][]byte{[]byte("@@@\n\x01\x00\xff>>>\n<<<\n"), {}, bytes.Repeat([]byte{7}, 3000)} {
		frame, err := keys.AppendOwnFrame([]byte("before"), packet)
		if err != nil {
			t.Fatal(err)
		}
		_, token, _ := ScanClassic(frame, true)
		if got, ok := CarriedIn(nil, token); !ok || !bytes.Equal(got, packet) {
			t.Errorf("%q became %q", packet, got)
		}
	}
	text, _ := keys.AppendFrame(nil, New("datagram", "x"))
	if _, ok := CarriedIn(nil, text); ok {
		t.Error("a message was taken for a carrier")
	}
}

func FuzzCarriedIn(f *testing.F) {
	f.Add([]byte(">>>\n(1)datagram=QUJD\n<<<\n"))
	f.Add([]byte(">>>\n(1)datagram=QUJ\nD\n<<<\n"))
	f.Fuzz(func(t *testing.T, frame []byte) {
		packet, ok := CarriedIn(nil, frame)
		if !ok {
			return
		}
		if again := appendCarrier(nil, packet); len(again) != len(frame) {
			t.Errorf("%q is carried by %q", packet, frame)
		}
	})
}
