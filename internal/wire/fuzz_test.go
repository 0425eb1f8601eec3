package wire

import (
	"bytes"
	"errors"
	"testing"
)

func addVectors(f *testing.F, trim int, want func(vector) bool) {
	for _, v := range vectors(f) {
		if want(v) && len(v.data) < 4096 {
			f.Add(v.data[trim:])
		}
	}
}

// FuzzDecode changes packets before and after they are signed: everything that is not
// dropped must survive encoding and decoding.
func FuzzDecode(f *testing.F) {
	addVectors(f, 0, signed)
	var borrowed Message
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, packet := range [][]byte{data, resign(data)} {
			k := ring(packet)
			m, d, err := k.Decode(packet)
			checkBorrowed(t, k, &borrowed, packet, m, err)
			if err != nil {
				if drop, ok := errors.AsType[*DropError](err); !ok || bytes.ContainsAny([]byte(drop.Error()), "\n\x00") {
					t.Fatalf("%T, %q", err, err)
				}
				continue
			}
			again, err := k.Encode(m, d)
			if err != nil {
				continue // lists longer than what we send
			}
			got, _, err := k.Decode(again)
			if err != nil || d != Classic && d != Hybrid && !equal(m, got) {
				t.Fatalf("%q\nencoded again: %q\n%v", packet, again, err)
			}
		}
	})
}

// checkBorrowed reads a packet once more, into memory that is used again and from a buffer that changes afterwards.
func checkBorrowed(t *testing.T, k *Keyring, into *Message, packet []byte, want *Message, failed error) {
	t.Helper()
	buffer := bytes.Clone(packet)
	_, err := k.DecodeInto(into, buffer)
	if (err == nil) != (failed == nil) || err != nil && err.Error() != failed.Error() {
		t.Fatalf("%q: copied %v, borrowed %v", packet, failed, err)
	}
	if err != nil {
		return
	}
	own := into.Own()
	clear(buffer)
	if !equal(own, want) {
		t.Fatalf("%q: copied %+v, borrowed %+v", packet, want, own)
	}
}

// resign gives a changed netstring message a signature that fits, so that the parser behind it is reached.
func resign(data []byte) []byte {
	i := bytes.LastIndex(data, []byte(netstringEnd))
	if i < 0 {
		return data
	}
	return sealed(string(data[:i+len(netstringEnd)]))
}

func FuzzParseClassic(f *testing.F) {
	addVectors(f, 0, func(v vector) bool { return startsWith(v.data, classicStart) })
	addVectors(f, 8, func(v vector) bool { return v.method == "-" && len(v.data) > 8 })
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseClassic(data)
		if err != nil {
			return
		}
		survives(t, m, AppendClassic, ParseClassic)
		survives(t, m, AppendNetstring, ParseNetstring)
	})
}

func FuzzParseNetstring(f *testing.F) {
	addVectors(f, 0, func(v vector) bool { return v.method == "-" && startsWith(v.data, netstringStart) })
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseNetstring(data)
		if err != nil {
			return
		}
		survives(t, m, AppendNetstring, ParseNetstring)
	})
}

// survives encodes and parses: the message must be the same, if it can be encoded at all.
func survives(t *testing.T, m *Message, appendTo func([]byte, *Message) ([]byte, error), parse func([]byte) (*Message, error)) {
	t.Helper()
	data, err := appendTo(nil, m)
	if err != nil {
		return // lists longer than what we send, control characters in nested classic text
	}
	got, err := parse(data)
	if err != nil || !equal(m, got) {
		t.Fatalf("%v\nencoded: %q\nparsed: %v, %v", m, data, got, err)
	}
}

func FuzzExpand(f *testing.F) {
	for _, v := range vectors(f) {
		m, _, err := Parse(v.data)
		if err == nil && has(m, Compressed) {
			f.Add(m.Get(algorithmField), []byte(m.Get("big")))
		}
	}
	f.Fuzz(func(t *testing.T, algorithm string, data []byte) {
		m := &Message{Fields: []Field{
			{Name: "big", Type: Compressed, Value: string(data)},
			{Name: algorithmField, Value: algorithm},
		}}
		inner, err := m.Expand("big")
		if err != nil {
			return
		}
		packed, err := Compression{Algorithm: Algorithm(algorithm)}.Pack(
			&Message{Fields: []Field{{Name: "big", Type: ToCompress, Struct: inner}}}, Netstring)
		if err != nil {
			return
		}
		if again, err := packed.Expand("big"); err != nil || !equal(inner, again) {
			t.Fatalf("%v, expanded again: %v, %v", inner, again, err)
		}
	})
}

func FuzzScanClassic(f *testing.F) {
	f.Add([]byte("x>>>\nt=a\n<<<\n>>>\n>>>\nt=b\n<<<\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for len(data) > 0 {
			n, token, err := ScanClassic(data, true)
			if err != nil || n <= 0 || n > len(data) {
				t.Fatalf("advance %d of %d, %v", n, len(data), err)
			}
			if token != nil && !(startsWith(token, classicStart) && bytes.HasSuffix(token, []byte(classicEnd))) {
				t.Fatalf("%q is no message", token)
			}
			data = data[n:]
		}
	})
}
