package disk

import (
	"strings"
	"testing"
	"time"
)

func freshArea(t testing.TB) []byte {
	t.Helper()
	area := make([]byte, Size)
	head, err := Header{ID: [16]byte{7}, Nodes: [2]string{"n1", "n2"}, Made: time.Unix(1000, 0)}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	copy(area, head)
	return area
}

func TestAHeaderSaysWhatItWasMadeWith(t *testing.T) {
	h, err := DecodeHeader(freshArea(t))
	if err != nil || h.Nodes != [2]string{"n1", "n2"} || h.ID != [16]byte{7} || !h.Made.Equal(time.Unix(1000, 0)) {
		t.Errorf("%+v %v", h, err)
	}
	for _, nodes := range [][2]string{{"", "b"}, {"a", "a"}, {"a", strings.Repeat("b", 101)}} {
		if _, err := (Header{Nodes: nodes}).Encode(); err == nil {
			t.Errorf("a header for %q was made", nodes)
		}
	}
}

func TestADamagedHeaderIsNoArea(t *testing.T) {
	for what, spoil := range map[string]func([]byte){
		"no disk lock": func(b []byte) { b[0] = 'X' },
		"damaged":      func(b []byte) { b[50] ^= 1 },
		"format 2":     func(b []byte) { b[9] = 2; seal(b) },
		"names no":     func(b []byte) { b[44] = 0; seal(b) },
	} {
		b := freshArea(t)
		spoil(b)
		if _, err := DecodeHeader(b); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzArea(f *testing.F) {
	area := freshArea(f)
	copy(area[offset(0, 3):], Record{State: Held, Life: 3, Seq: 9, Busy: 9, Lease: time.Minute, Wall: 5}.encode([16]byte{7}, 0))
	f.Add(area[:Block], area[offset(0, 3):][:Block])
	f.Add([]byte("HBDISKLK"), []byte("HBDLREC1"))
	f.Fuzz(func(t *testing.T, head, block []byte) {
		area := make([]byte, Size)
		copy(area[:Block], head)
		copy(area[offset(0, 0):offset(0, 1)], block)
		v, err := Read(area)
		if err == nil && (v.Header.Nodes[0] == "" || v.Nodes[0].Record.State > Held) {
			t.Errorf("%+v", v)
		}
		s := Session{Node: "n1", Peer: "n2", Generation: 1}
		s.Took(time.Unix(1000, 0), area, nil)
	})
}
