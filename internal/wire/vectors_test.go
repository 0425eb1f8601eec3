package wire

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The vectors are packets of C Heartbeat; testdata/vectors/README.md tells where they come from.

type vector struct {
	file, medium, method, key, kind, notes string
	data                                   []byte
}

func vectors(t testing.TB) []vector {
	t.Helper()
	index, err := os.ReadFile("testdata/vectors/index.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	for i, line := range strings.Split(strings.TrimSpace(string(index)), "\n") {
		if i == 0 {
			continue
		}
		c := strings.Split(line, "\t")
		if len(c) != 7 {
			t.Fatalf("index.tsv line %d has %d columns, want 7", i+1, len(c))
		}
		data, err := os.ReadFile(filepath.Join("testdata/vectors", c[0]))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, vector{c[0], c[2], c[3], c[4], c[5], c[6], data})
	}
	return all
}

func signed(v vector) bool { return v.method != "-" }

// ring has the keys of the vectors; signing uses the slot of the packet.
func ring(data []byte) *Keyring {
	k := &Keyring{Sign: 2, Keys: []Key{
		{Slot: 1, Method: CRC},
		{Slot: 2, Method: SHA1, Secret: "s3cret-Key"},
		{Slot: 3, Method: MD5, Secret: "Md5Key!"},
	}}
	if slot, ok := Slot(data); ok {
		k.Sign = slot
	}
	return k
}

func ringOf(v vector) *Keyring {
	k := ring(v.data)
	if strings.HasPrefix(v.file, "rollover-") {
		k.Keys[2] = Key{Slot: 3, Method: SHA1, Secret: "n3w-Key-2"}
	}
	return k
}

func dialectOf(v vector) Dialect {
	switch { // notes begin with the dialect; those of mixed clusters name others behind it
	case strings.HasPrefix(v.notes, "hybrid"), strings.HasPrefix(v.file, "rexmit-resend-"):
		return Hybrid
	case strings.HasPrefix(v.notes, "netstring"):
		return Netstring
	}
	return Classic
}

func TestEverySignedVectorDecodesAndEncodesToTheSameBytes(t *testing.T) {
	n := 0
	for _, v := range vectors(t) {
		wrapper := strings.HasPrefix(v.kind, "compressed wrapper")
		if !signed(v) || wrapper || strings.HasPrefix(v.file, "negative-bad-") {
			continue
		}
		n++
		t.Run(v.file, func(t *testing.T) {
			k := ringOf(v)
			m, d, err := k.Decode(v.data)
			if err != nil {
				t.Fatal(err)
			}
			if want := dialectOf(v); d != want {
				t.Errorf("dialect %v, want %v", d, want)
			}
			if kind := strings.Fields(v.kind)[0]; m.Kind() != kind {
				t.Errorf("kind %q, want %q", m.Kind(), kind)
			}
			if got := Source(v.data); got != m.Get("src") {
				t.Errorf("Source is %q, the message says %q", got, m.Get("src"))
			}
			var again []byte
			if v.medium == "serial" || strings.HasPrefix(v.file, "serial-") {
				again, err = k.AppendFrame(nil, m)
			} else {
				again, err = k.Encode(m, d)
			}
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again, v.data) {
				t.Errorf("encoded again:\n%q\nwant:\n%q", again, v.data)
			}
		})
	}
	if n < 240 {
		t.Errorf("only %d signed vectors were found", n)
	}
}

func TestWrapperVectorsHoldAWholeSignedMessage(t *testing.T) {
	n := 0
	for _, v := range vectors(t) {
		if !strings.HasPrefix(v.kind, "compressed wrapper") {
			continue
		}
		n++
		t.Run(v.file, func(t *testing.T) {
			k := ringOf(v)
			m, d, err := k.Decode(v.data)
			if err != nil {
				t.Fatal(err)
			}
			if d != Hybrid || m.Kind() != "bigtest" || m.Get("src") == "" {
				t.Fatalf("dialect %v, kind %q, src %q", d, m.Kind(), m.Get("src"))
			}
			if _, ok := m.Lookup("auth"); ok {
				t.Error("auth is left in the message")
			}
			algorithm := Algorithm(strings.TrimPrefix(v.kind, "compressed wrapper "))
			c := Codec{Keys: *k, Compression: Compression{Algorithm: algorithm, Whole: true, Threshold: 1024}}
			packet, err := c.AppendPacket(nil, m)
			if err != nil {
				t.Fatal(err)
			}
			if len(packet) > len(v.data)*3/2 {
				t.Errorf("our wrapper has %d bytes, the one of C %d", len(packet), len(v.data))
			}
			// Compressors differ in their bytes, what they compress must not.
			if got, want := inside(t, packet), inside(t, v.data); !bytes.Equal(got, want) {
				t.Errorf("we wrap\n%q\nC wraps\n%q", got, want)
			}
		})
	}
	if n != 4 {
		t.Errorf("%d wrappers were found, want 4", n)
	}
}

// inside returns the inflated bytes of a wrapper.
func inside(t *testing.T, packet []byte) []byte {
	t.Helper()
	body, _, drop := splitTrailer(packet)
	if drop != nil {
		t.Fatal(drop)
	}
	m, err := ParseNetstring(body)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Fields) != 2 || m.Fields[0].Name != payloadField || m.Fields[1].Name != algorithmField {
		t.Fatalf("wrapper has fields %v", m.Fields)
	}
	plain, err := inflate(Algorithm(m.Get(algorithmField)), m.Get(payloadField))
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func TestNegativeVectorsAreDroppedForTheirReason(t *testing.T) {
	for file, want := range map[string]DropReason{
		"negative-bad-digest.bin": BadDigest,
		"negative-bad-index.bin":  UnknownSlot,
	} {
		data, err := os.ReadFile(filepath.Join("testdata/vectors", file))
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = ring(data).Decode(data)
		if drop, ok := errors.AsType[*DropError](err); !ok || drop.Reason != want {
			t.Errorf("%s: %v, want %v", file, err, want)
		}
	}
}

func TestClientConversationParsesAndEncodesToTheSameBytes(t *testing.T) {
	n := 0
	for _, v := range vectors(t) {
		if !strings.HasPrefix(v.file, "api-") {
			continue
		}
		n++
		body := v.data[8:] // int32 length and magic
		m, d, err := Parse(body)
		if err != nil {
			t.Errorf("%s: %v", v.file, err)
			continue
		}
		if d != Classic || m.Kind() != strings.Fields(v.kind)[0] {
			t.Errorf("%s: dialect %v, kind %q", v.file, d, m.Kind())
		}
		again, err := AppendClassic(nil, m)
		if err != nil || !bytes.Equal(append(again, 0), body) {
			t.Errorf("%s: encoded again: %q, %v\nwant %q", v.file, again, err, body)
		}
	}
	if n != 47 {
		t.Errorf("%d frames were found, want 47", n)
	}
}

func TestCodecVectorsParseAndEncodeToTheSameBytes(t *testing.T) {
	n := 0
	for _, v := range vectors(t) {
		if !strings.HasPrefix(v.file, "codec-") {
			continue
		}
		n++
		m, d, err := Parse(v.data)
		if err != nil {
			t.Errorf("%s: %v", v.file, err)
			continue
		}
		var again []byte
		if d == Classic {
			again, err = AppendClassic(nil, m)
		} else {
			again, err = AppendNetstring(nil, m)
		}
		if err != nil || !bytes.Equal(again, bytes.TrimSuffix(v.data, []byte{0})) {
			t.Errorf("%s: encoded again: %q, %v\nwant %q", v.file, again, err, v.data)
		}
	}
	if n < 18 {
		t.Errorf("only %d vectors were found", n)
	}
}

func TestCodecVectorsHoldTheSameMessageInBothEncodings(t *testing.T) {
	for _, name := range []string{"binary", "empty", "list", "strings", "struct"} {
		var m [2]*Message
		for i, dialect := range []string{"classic", "netstring"} {
			data, err := os.ReadFile("testdata/vectors/codec-" + dialect + "-" + name + ".bin")
			if err != nil {
				t.Fatal(err)
			}
			if m[i], _, err = Parse(data); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(m[0], m[1]); diff != "" {
			t.Errorf("%s (-classic +netstring):\n%s", name, diff)
		}
	}
}

func TestCompressedStructVectorsExpandToTheSameMessage(t *testing.T) {
	var first *Message
	for _, file := range []string{"bz2-inner-classic", "bz2-inner-netstring", "zlib-inner-classic", "zlib-inner-netstring"} {
		data, err := os.ReadFile("testdata/vectors/codec-" + file + "-structc.bin")
		if err != nil {
			t.Fatal(err)
		}
		m, err := ParseNetstring(data)
		if err != nil {
			t.Fatal(err)
		}
		inner, err := m.Expand("big")
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if first == nil {
			first = inner
		}
		if diff := cmp.Diff(first, inner); diff != "" || len(inner.Fields) < 2 {
			t.Errorf("%s: %s", file, diff)
		}
		if plain, err := m.Expand("lvl1"); err != nil || plain.Get("name") != "inner" {
			t.Errorf("%s: lvl1: %v, %v", file, plain, err)
		}
		d := Hybrid
		if strings.HasSuffix(file, "netstring") {
			d = Netstring
		}
		packedAgain(t, m, inner, d)
	}
}

// packedAgain packs the message as its application did and compares what is inside with what C put there.
func packedAgain(t *testing.T, m, inner *Message, d Dialect) {
	t.Helper()
	algorithm := Algorithm(m.Get(algorithmField))
	source := &Message{}
	for _, f := range m.Fields {
		switch f.Name {
		case "big":
			f = Field{Name: "big", Type: ToCompress, Struct: inner}
		case algorithmField:
			continue
		}
		source.Fields = append(source.Fields, f)
	}
	packed, err := Compression{Algorithm: algorithm}.Pack(source, d)
	if err != nil {
		t.Fatal(err)
	}
	got, err1 := inflate(algorithm, packed.Get("big"))
	want, err2 := inflate(algorithm, m.Get("big"))
	if err := errors.Join(err1, err2); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s, %v: we pack %q\nC packs %q\n%v", algorithm, d, got, want, err)
	}
	for i := range m.Fields {
		if m.Fields[i].Name != packed.Fields[i].Name || m.Fields[i].Type != packed.Fields[i].Type {
			t.Errorf("field %d: got %v, want %v", i, packed.Fields[i], m.Fields[i])
		}
	}
}
