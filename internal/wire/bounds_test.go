package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

var heartbeat = New("t", "status", "st", "active", "dt", "1388", "protocol", "1", "src", "w1",
	"srcuuid", "0123456789abcdef", "seq", "1f", "hg", "6b00f9c5", "ts", "6b00f9c6", "ld", "4.00 4.72 3.13 8/220 36", "ttl", "4")

var sha1Ring = &Keyring{Sign: 2, Keys: []Key{{Slot: 2, Method: SHA1, Secret: "s3cret-Key"}}}

// sealed signs bytes as if they were a netstring message.
func sealed(body string) []byte {
	key := &sha1Ring.Keys[0]
	var text digestText
	digest, data := key.sign([]byte(body), 0, &text)
	data = appendSlot(appendLength(data, key, digest, 0), key, digest)
	return append(data, ',')
}

func TestDecodeTellsWhyItDrops(t *testing.T) {
	classic := ">>>\nt=status\nsrc=w9\n"
	fields := strings.Repeat("5:(0)a=,", MaxFields+1)
	bomb, err := deflate(Zlib, make([]byte, MaxInflated))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		data   string
		reason DropReason
		detail string
	}{
		"nothing":               {"", Malformed, "at the start"},
		"foreign":               {"GET / HTTP/1.1\r\n\r\n", Malformed, "at the start"},
		"too long":              {strings.Repeat("#", MaxPacket+1), Oversized, "262145 bytes"},
		"classic cut":           {classic, Malformed, `claims to be from "w9"`},
		"classic unsigned":      {classic + "<<<\n", Unsigned, `claims to be from "w9"`},
		"classic token":         {classic + "auth=x\n<<<\n", Malformed, "slot digest"},
		"classic slot":          {classic + "auth=5 00\n<<<\n", UnknownSlot, "slot 5"},
		"classic digest":        {classic + "auth=2 00\n<<<\n", BadDigest, "slot 2, sha1"},
		"classic two ends":      {classic + "auth=2 00\n<<<\n<<<\n", BadDigest, ""},
		"netstring cut":         {"###\n10:(0)t=status", Malformed, "%%%"},
		"netstring unsigned":    {"###\n13:(0)t=status,%%%\n", Unsigned, ""},
		"trailer":               {"###\n13:(0)t=status,%%%\n5:2 00,", Malformed, "trailer"},
		"trailer and more":      {"###\n13:(0)t=status,%%%\n4:2 00,\x00", Malformed, "trailer"},
		"slot out of range":     {"###\n%%%\n5:16 00,", UnknownSlot, "slot 16"},
		"empty digest":          {"###\n%%%\n2:2 ,", BadDigest, ""},
		"length beyond the end": {string(sealed("###\n99:(0)t=status,%%%\n")), Malformed, "beyond"},
		"huge length":           {string(sealed("###\n99999999999:(0)t=status,%%%\n")), Malformed, "length"},
		"name":                  {string(sealed("###\n5:(0)\n=,%%%\n")), Malformed, "name"},
		"type":                  {string(sealed("###\n5:(9)a=,%%%\n")), Malformed, "type"},
		"string with NUL":       {string(sealed("###\n6:(0)a=\x00,%%%\n")), Malformed, "NUL"},
		"too many fields":       {string(sealed("###\n" + fields + "%%%\n")), Malformed, "more than 4096"},
		"list":                  {string(sealed("###\n8:(3)a=9:x,%%%\n")), Malformed, "list item"},
		"bytes after the end":   {string(sealed("###\n%%%\n%%%\n")), Malformed, "follow"},
		"no algorithm":          {string(wrapper("", "x")), Malformed, "neither zlib nor bz2"},
		"not zlib":              {string(wrapper(Zlib, "x")), Malformed, "zlib"},
		"not bzip2":             {string(wrapper(BZ2, "x")), Malformed, "bz2"},
		"inflates to zeros":     {string(wrapper(Zlib, string(bomb))), Malformed, "inflated"},
		"wrapper in wrapper":    {string(wrapper(Zlib, packed(t, Zlib, wrapperBody("bz2", "x")))), Malformed, "inside"},
	}
	for name, test := range tests {
		m, _, err := sha1Ring.Decode([]byte(test.data))
		drop, ok := errors.AsType[*DropError](err)
		if !ok || drop.Reason != test.reason || !strings.Contains(drop.Detail, test.detail) {
			t.Errorf("%s: message %v, error %v; want %v: ...%s", name, m, err, test.reason, test.detail)
			continue
		}
		if strings.ContainsAny(err.Error(), "\n\x00\r") || len(err.Error()) > 250 {
			t.Errorf("%s: not a log line: %q", name, err)
		}
	}
}

func wrapperBody(a Algorithm, payload string) []byte {
	return appendNetstring(nil, &Message{Fields: []Field{
		{Name: payloadField, Type: Binary, Value: payload},
		{Name: algorithmField, Value: string(a)},
	}}, "")
}

func wrapper(a Algorithm, payload string) []byte { return sealed(string(wrapperBody(a, payload))) }

func packed(t *testing.T, a Algorithm, data []byte) string {
	t.Helper()
	p, err := deflate(a, data)
	if err != nil {
		t.Fatal(err)
	}
	return string(p)
}

func TestInflatingStopsAtTheLimit(t *testing.T) {
	for _, a := range []Algorithm{Zlib, BZ2} {
		half := packed(t, a, make([]byte, MaxInflated))
		if out, err := inflate(a, half); err != nil || len(out) != MaxInflated {
			t.Errorf("%s: %d bytes, %v", a, len(out), err)
		}
	}
	// bzip2 streams may follow each other, so this one is one byte too long.
	_, _, err := sha1Ring.Decode(wrapper(BZ2, packed(t, BZ2, make([]byte, MaxInflated))+packed(t, BZ2, []byte("x"))))
	if drop, ok := errors.AsType[*DropError](err); !ok || drop.Reason != Oversized {
		t.Errorf("one byte too many: %v", err)
	}
}

func nest(levels int) *Message {
	m := New("leaf", "x\ny")
	for range levels {
		m = &Message{Fields: []Field{{Name: "s", Type: Struct, Struct: m}}}
	}
	return m
}

func TestNestingIsBounded(t *testing.T) {
	for _, appendTo := range []func([]byte, *Message) ([]byte, error){AppendClassic, AppendNetstring} {
		data, err := appendTo(nil, nest(MaxDepth))
		if err != nil {
			t.Fatal(err)
		}
		m, _, err := Parse(data)
		if err != nil || same(nest(MaxDepth), m) != "" {
			t.Errorf("%d levels: %v", MaxDepth, err)
		}
		if out, err := appendTo([]byte("kept"), nest(MaxDepth+1)); err == nil || string(out) != "kept" {
			t.Errorf("%d levels were encoded: %q, %v", MaxDepth+1, out, err)
		}
	}
	inner := appendNetstring(nil, nest(MaxDepth), "")
	outer := fmt.Sprintf("###\n%d:(2)s=%s,%%%%%%\n", len(inner)+5, inner)
	if _, err := ParseNetstring([]byte(outer)); err == nil || !strings.Contains(err.Error(), "deeper") {
		t.Errorf("%d levels were read: %v", MaxDepth+1, err)
	}
	itself := &Message{}
	itself.Fields = []Field{{Name: "me", Type: Struct, Struct: itself}}
	if _, err := sha1Ring.Encode(itself, Hybrid); err == nil {
		t.Error("a message inside itself was encoded")
	}
}

func TestEncodeRefusesWhatNoPeerCouldRead(t *testing.T) {
	for name, f := range map[string]Field{
		"empty name":      {Name: ""},
		"name with =":     {Name: "a=b"},
		"name like a tag": {Name: "(1)a"},
		"mark":            {Name: "%%%x"},
		"NUL":             {Name: "a", Value: "b\x00"},
		"struct missing":  {Name: "a", Type: Struct},
		"long list":       {Name: "a", Type: List, List: []string{strings.Repeat("x", MaxListBytes)}},
		"type":            {Name: "a", Type: 9},
	} {
		for _, d := range []Dialect{Hybrid, Netstring, Classic} {
			out, err := sha1Ring.AppendPacket([]byte("kept"), &Message{Fields: []Field{f}}, d)
			if err == nil || string(out) != "kept" {
				t.Errorf("%s: %q, %v", name, out, err)
			}
		}
	}
	if _, err := sha1Ring.Encode(nil, Hybrid); err == nil {
		t.Error("no message was encoded")
	}
	if _, err := (&Keyring{Sign: 3}).Encode(heartbeat, Hybrid); err == nil || !strings.Contains(err.Error(), "slot 3") {
		t.Errorf("signing without a key: %v", err)
	}
}

func TestStructsFallBackToNetstringWithoutAuth(t *testing.T) {
	m := New("t", "cluster")
	m.Fields = append(m.Fields, Field{Name: "s", Type: ToCompress, Struct: New("a", "b")})
	for _, d := range []Dialect{Hybrid, Classic} {
		packet, err := sha1Ring.Encode(m, d)
		if err != nil || !startsWith(packet, netstringStart) || bytes.Contains(packet, []byte("auth=")) {
			t.Errorf("dialect %d: %q, %v", d, packet, err)
		}
		if !bytes.Contains(packet, []byte(":(2)s=###\n")) {
			t.Errorf("dialect %d: what nobody compresses is not a struct: %q", d, packet)
		}
	}
}

func TestLargeMessagesAreWrappedAndComeBack(t *testing.T) {
	for _, d := range []Dialect{Hybrid, Netstring, Classic} {
		for _, a := range []Algorithm{"", Zlib, BZ2} {
			m := New("t", "big", "text", strings.Repeat("all work and no play ", 20000))
			c := Codec{Keys: *sha1Ring, Dialect: d, Compression: Compression{Algorithm: a}}
			packet, err := c.AppendPacket([]byte("kept"), m)
			if err != nil || len(packet) > MaxPacket || string(packet[:4]) != "kept" {
				t.Fatalf("dialect %d, %s: %d bytes, %v", d, a, len(packet), err)
			}
			got, _, err := c.Decode(packet[4:])
			if err != nil || same(m, got) != "" {
				t.Errorf("dialect %d, %s: %v", d, a, err)
			}
		}
	}
	huge := New("t", "big", "text", strings.Repeat("x", MaxInflated))
	if out, err := sha1Ring.AppendPacket([]byte("kept"), huge, Hybrid); err == nil || string(out) != "kept" {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}

func TestSmallMessagesAreNotWrapped(t *testing.T) {
	c := Codec{Keys: *sha1Ring, Compression: Compression{Algorithm: Zlib, Whole: true, Threshold: 1024}}
	packet, err := c.AppendPacket(nil, heartbeat)
	plain, err2 := sha1Ring.Encode(heartbeat, Hybrid)
	if err != nil || err2 != nil || !bytes.Equal(packet, plain) {
		t.Errorf("%q, %v, %v", packet, err, err2)
	}
}

func TestPacketIsVerifiedWithTheKeyOfItsSlot(t *testing.T) {
	old := Key{Slot: 2, Method: SHA1, Secret: "old"}
	young := Key{Slot: 3, Method: SHA256, Secret: "young"}
	receiver := &Keyring{Sign: 2, Keys: []Key{old, young}}
	for _, key := range receiver.Keys {
		for _, d := range []Dialect{Hybrid, Netstring, Classic} {
			sender := &Keyring{Sign: key.Slot, Keys: []Key{key}}
			packet, err := sender.Encode(heartbeat, d)
			if err != nil {
				t.Fatal(err)
			}
			if slot, ok := Slot(packet); !ok || slot != key.Slot {
				t.Errorf("Slot is %d, %v; want %d", slot, ok, key.Slot)
			}
			if _, got, err := receiver.Decode(packet); err != nil || got != d {
				t.Errorf("slot %d: dialect %d, %v", key.Slot, got, err)
			}
		}
	}
}

func TestClassicWithoutFinalNULIsAccepted(t *testing.T) {
	packet, err := sha1Ring.Encode(heartbeat, Classic)
	if err != nil || packet[len(packet)-1] != 0 {
		t.Fatalf("%q, %v", packet, err)
	}
	if m, d, err := sha1Ring.Decode(packet[:len(packet)-1]); err != nil || d != Classic || same(heartbeat, m) != "" {
		t.Errorf("dialect %d, %v", d, err)
	}
}

func TestScanClassicFindsMessagesInAStream(t *testing.T) {
	stream := "noise\n>>>\nt=a\n<<<\n\n>>>\nt=lost\n>>>\nt=b\n<<<\n>>>\n<<<\n>>>\nt=cut\n"
	for _, size := range []int{16, 64, 4096} {
		s := bufio.NewScanner(&oneByte{rest: stream})
		s.Buffer(make([]byte, size), MaxPacket+size)
		s.Split(ScanClassic)
		var got []string
		for s.Scan() {
			got = append(got, s.Text())
		}
		if want := []string{">>>\nt=a\n<<<\n", ">>>\nt=b\n<<<\n", ">>>\n<<<\n"}; s.Err() != nil || !slices.Equal(got, want) {
			t.Errorf("buffer of %d: %q, %v", size, got, s.Err())
		}
	}
}

// oneByte reads like a slow serial line.
type oneByte struct{ rest string }

func (r *oneByte) Read(p []byte) (int, error) {
	if r.rest == "" {
		return 0, io.EOF
	}
	n := copy(p[:1], r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func TestParseHexTakesHexOnly(t *testing.T) {
	for s, want := range map[string]uint64{"0": 0, "1f": 31, "FF": 255, "6b00f9c5": 0x6b00f9c5, "ffffffffffffffff": 1<<64 - 1} {
		if n, ok := ParseHex(s); !ok || n != want {
			t.Errorf("%s: %d, %v", s, n, ok)
		}
	}
	for _, s := range []string{"", "-1", "0x1", " 1", "1 ", "g", "11111111111111111"} {
		if n, ok := ParseHex(s); ok {
			t.Errorf("%q: %d", s, n)
		}
	}
}
