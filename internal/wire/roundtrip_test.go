package wire

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// randomMessage makes any message that its dialect can carry. The byte 0x13 is
// left out of strings: classic text means a newline by it.
func randomMessage(r *rand.Rand, depth int, structs bool) *Message {
	m := &Message{Fields: []Field{}}
	for range r.IntN(12) {
		f := Field{Name: randomName(r)}
		types := []Type{String, String, Binary, List}
		if structs {
			types = append(types, Compressed)
			if depth < 4 {
				types = append(types, Struct)
			}
		}
		switch f.Type = types[r.IntN(len(types))]; f.Type {
		case String:
			f.Value = randomText(r, depth, true)
		case Binary, Compressed:
			f.Value = randomBytes(r)
		case List:
			for range r.IntN(4) {
				f.List = append(f.List, randomText(r, depth, false))
			}
		case Struct:
			f.Struct = randomMessage(r, depth+1, structs)
		}
		m.Fields = append(m.Fields, f)
	}
	return m
}

func randomName(r *rand.Rand) string {
	for {
		b := make([]byte, 1+r.IntN(10))
		for i := range b {
			b[i] = byte(' ' + r.IntN('~'-' '+1))
		}
		if name := string(b); ValidName(name) && name != authField && !strings.HasPrefix(name, "_compress") {
			return name
		}
	}
}

func randomText(r *rand.Rand, depth int, newlines bool) string {
	b := []byte(randomBytes(r))
	for i, c := range b {
		if c == 0 || c == escapedNewline || c == '\n' && !newlines || strings.IndexByte(depthCodes[:depth], c) >= 0 {
			b[i] = '~'
		}
	}
	return string(b)
}

func randomBytes(r *rand.Rand) string {
	b := make([]byte, r.IntN(60))
	for i := range b {
		b[i] = byte(r.IntN(256))
	}
	if r.IntN(4) == 0 {
		b = append(b, "\n%%%\n<<<\nauth=1 0\n,"...)
	}
	return string(b)
}

var methods = []Key{
	{Slot: 0, Method: CRC},
	{Slot: 7, Method: MD5, Secret: strings.Repeat("longer than a block ", 5)},
	{Slot: 12, Method: SHA1, Secret: "secret"},
	{Slot: 15, Method: SHA256, Secret: strings.Repeat("x", 64)},
}

func TestDecodeReturnsWhatWasEncoded(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		for _, key := range methods {
			k := &Keyring{Sign: key.Slot, Keys: methods}
			for _, d := range []Dialect{Hybrid, Netstring, Classic} {
				structs := r.IntN(2) == 0
				m := randomMessage(r, 0, structs)
				where := fmt.Sprintf("seed %d, %s, dialect %d", seed, key.Method, d)
				before := m.Clone()
				packet, err := k.Encode(m, d)
				if err != nil {
					t.Fatalf("%s: %v", where, err)
				}
				got, dialect, err := k.Decode(packet)
				if err != nil {
					t.Fatalf("%s: %v: %q", where, err, packet)
				}
				if diff := same(before, got); diff != "" || same(before, m) != "" {
					t.Fatalf("%s: (-want +got)\n%s", where, diff)
				}
				if want := wanted(m, d); dialect != want {
					t.Fatalf("%s: decoded as dialect %d, want %d", where, dialect, want)
				}
			}
		}
	}
}

// wanted is the dialect in which a message really travels.
func wanted(m *Message, d Dialect) Dialect {
	if has(m, Struct) || has(m, Compressed) {
		return Netstring
	}
	return d
}

// same returns the differences; finding them is slow, so that they are looked for only when there are some.
func same(want, got *Message) string {
	if equal(want, got) {
		return ""
	}
	return cmp.Diff(want, got, cmpopts.EquateEmpty()) + "not equal"
}

func equal(a, b *Message) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.EqualFunc(a.Fields, b.Fields, func(x, y Field) bool {
		return x.Name == y.Name && x.Type == y.Type && x.Value == y.Value &&
			slices.Equal(x.List, y.List) && equal(x.Struct, y.Struct)
	})
}

func TestSerialFrameCarriesEveryFieldType(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 2))
		k := &Keyring{Sign: 12, Keys: methods}
		m := randomMessage(r, 0, true)
		frame, err := k.AppendFrame(nil, m)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		got, d, err := k.Decode(frame)
		if err != nil || d != Classic {
			t.Fatalf("seed %d: dialect %d, %v", seed, d, err)
		}
		if diff := same(m, got); diff != "" {
			t.Fatalf("seed %d: (-want +got)\n%s", seed, diff)
		}
	}
}

func TestParseReturnsWhatWasAppended(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 3))
		m := randomMessage(r, 0, true)
		for _, appendTo := range []func([]byte, *Message) ([]byte, error){AppendClassic, AppendNetstring} {
			data, err := appendTo(nil, m)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			got, _, err := Parse(data)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if diff := same(m, got); diff != "" {
				t.Fatalf("seed %d: (-want +got)\n%s", seed, diff)
			}
		}
	}
}

func TestEveryChangedBitIsNoticed(t *testing.T) {
	m := New("t", "status", "st", "active", "src", "w1", "seq", "1f", "ts", "6b00f9c6")
	for _, key := range methods {
		k := &Keyring{Sign: key.Slot, Keys: []Key{key}}
		for _, d := range []Dialect{Hybrid, Netstring, Classic} {
			packet, err := k.Encode(m, d)
			if err != nil {
				t.Fatal(err)
			}
			for i := range packet {
				for bit := range 8 {
					packet[i] ^= 1 << bit
					if got, _, err := k.Decode(packet); err == nil {
						t.Errorf("%s, dialect %d: byte %d, bit %d changed, still decoded to %v: %q", key.Method, d, i, bit, got.Fields, packet)
					}
					packet[i] ^= 1 << bit
				}
			}
		}
	}
}
