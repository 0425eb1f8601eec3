package seal

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func box(t testing.TB, keys ...Key) *Box {
	t.Helper()
	b, err := New(keys)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const text = "###\n12:(0)t=status,%%%\n46:1 0123456789012345678901234567890123456789,"

func TestSealedIsOpenedByWhoeverHasTheKey(t *testing.T) {
	a, b := box(t, Key{1, "old secret"}, Key{2, "new secret"}), box(t, Key{2, "new secret"}, Key{1, "old secret"})
	n := NewNonce([16]byte{1})
	for _, slot := range []int{1, 2} {
		data, err := a.Seal([]byte("kept"), slot, n, []byte(text))
		if err != nil || string(data[:4]) != "kept" || len(data) != 4+len(text)+Overhead {
			t.Fatalf("%q %v", data, err)
		}
		for _, word := range []string{"###", "t=", "status", "%%%", "0123"} {
			if bytes.Contains(data, []byte(word)) {
				t.Errorf("%q can be read", word)
			}
		}
		got, with, err := b.Open([]byte("+"), data[4:])
		if err != nil || string(got) != "+"+text || with != slot {
			t.Errorf("%q slot %d: %v", got, with, err)
		}
	}
}

func TestWithoutTheKeyNothingIsOpened(t *testing.T) {
	a := box(t, Key{1, "secret"})
	data, _ := a.Seal(nil, 1, NewNonce([16]byte{1}), []byte(text))
	for name, tt := range map[string]struct {
		box  *Box
		want error
	}{
		"another secret": {box(t, Key{1, "secreu"}), ErrForged},
		"another slot":   {box(t, Key{2, "secret"}), ErrUnknownSlot},
		"no secret":      {box(t, Key{1, ""}), ErrUnknownSlot},
	} {
		if got, _, err := tt.box.Open(nil, data); !errors.Is(err, tt.want) || got != nil {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
}

func TestEveryChangedBitIsNoticed(t *testing.T) {
	b := box(t, Key{1, "secret"}, Key{3, "secret"})
	data, _ := b.Seal(nil, 1, NewNonce([16]byte{1}), []byte(text))
	for i := range data {
		for bit := range 8 {
			bad := bytes.Clone(data)
			bad[i] ^= 1 << bit
			if got, _, err := b.Open(nil, bad); err == nil {
				t.Fatalf("bit %d of byte %d: opened as %q", bit, i, got)
			}
		}
	}
	for n := range len(data) {
		if _, _, err := b.Open(nil, data[:n]); err == nil {
			t.Fatalf("the first %d bytes are opened", n)
		}
	}
}

func TestNoncesAreNeverUsedTwice(t *testing.T) {
	b := box(t, Key{1, "secret"})
	seen := map[string]bool{}
	for life := range 50 {
		n := NewNonce([16]byte{byte(life)})
		for range 200 {
			data, err := b.Seal(nil, 1, n, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			nonce := string(data[len(Mark)+1 : headerLen])
			if seen[nonce] {
				t.Fatalf("nonce %x again", nonce)
			}
			seen[nonce] = true
		}
	}
}

func TestKeysOfSlotsAreIndependent(t *testing.T) {
	b := box(t, Key{1, "same"}, Key{2, "same"})
	data, _ := b.Seal(nil, 1, NewNonce([16]byte{1}), []byte(text))
	data[len(Mark)] = 2
	if _, _, err := b.Open(nil, data); err == nil {
		t.Error("slot 2 opens what slot 1 sealed")
	}
	if _, err := b.Seal(nil, 3, NewNonce([16]byte{}), []byte(text)); err == nil || !strings.Contains(err.Error(), "key 3") {
		t.Errorf("an empty slot seals: %v", err)
	}
	if _, err := New([]Key{{16, "x"}}); err == nil {
		t.Error("slot 16")
	}
}

func FuzzOpen(f *testing.F) {
	b := box(f, Key{1, "secret"}, Key{15, "other"})
	data, _ := b.Seal(nil, 1, NewNonce([16]byte{7}), []byte(text))
	f.Add(data)
	f.Add(data[:Overhead])
	f.Add([]byte(Mark))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, slot, err := b.Open(nil, in)
		if err == nil && (string(got) != text || slot != 1 || !bytes.Equal(in, data)) {
			t.Fatalf("forged: %q", got)
		}
	})
}

func BenchmarkSealOpen(b *testing.B) {
	x := box(b, Key{1, "secret"})
	n := NewNonce([16]byte{1})
	plain, sealed, opened := bytes.Repeat([]byte("x"), 600), make([]byte, 0, 1000), make([]byte, 0, 1000)
	b.ReportAllocs()
	b.SetBytes(600)
	for b.Loop() {
		sealed, _ = x.Seal(sealed[:0], 1, n, plain)
		if _, _, err := x.Open(opened[:0], sealed); err != nil {
			b.Fatal(err)
		}
	}
}
