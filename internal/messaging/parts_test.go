package messaging

import (
	"strings"
	"testing"
	"time"

	"heartbeat/internal/wire"
)

func cutAll(c *Cutter) (parts []*wire.Message) {
	for !c.Done() {
		parts = append(parts, c.Next())
	}
	return parts
}

func TestPartsMakeTheWholeAgain(t *testing.T) {
	for _, size := range []int{1, PartSize - 1, PartSize, PartSize + 1, 5*PartSize + 77} {
		text := strings.Repeat("abcdefghij", size/10+1)[:size]
		var a Assembler
		parts := cutAll(&Cutter{ID: 9, Text: text})
		if want := (size + PartSize - 1) / PartSize; len(parts) != want {
			t.Errorf("%d bytes make %d parts, want %d", size, len(parts), want)
		}
		for i, p := range parts {
			whole, done, err := a.Add(epoch, p)
			if err != nil || done != (i == len(parts)-1) || (done && whole != text) {
				t.Fatalf("%d bytes, part %d: done %v, %v", size, i, done, err)
			}
		}
		if a.Bytes() != 0 {
			t.Errorf("%d bytes are held afterwards", a.Bytes())
		}
	}
}

func TestAMissingPartCostsItsMessageOnly(t *testing.T) {
	var a Assembler
	one, two := cutAll(&Cutter{ID: 1, Text: strings.Repeat("x", 3*PartSize)}), cutAll(&Cutter{ID: 2, Text: strings.Repeat("y", 2*PartSize)})
	a.Add(epoch, one[0])
	a.Add(epoch, two[0])
	if _, done, err := a.Add(epoch, one[2]); done || err == nil || !strings.Contains(err.Error(), "the part at byte 16384 is missing") {
		t.Errorf("a gap: %v, %v", done, err)
	}
	if _, _, err := a.Add(epoch, one[2]); err != nil {
		t.Errorf("the loss is told once more: %v", err)
	}
	if whole, done, err := a.Add(epoch, two[1]); !done || err != nil || len(whole) != 2*PartSize {
		t.Errorf("the other message: %v, %v", done, err)
	}
}

func TestASenderCannotTakeMoreMemoryThanItsShare(t *testing.T) {
	var a Assembler
	lost := 0
	for id := range uint64(50) {
		c := Cutter{ID: id, Text: strings.Repeat("z", MaxWhole)}
		if _, _, err := a.Add(epoch.Add(time.Duration(id)), c.Next()); err != nil {
			lost++
		}
		if a.Bytes() > MaxOpen*MaxWhole {
			t.Fatalf("%d bytes are held", a.Bytes())
		}
	}
	if lost != 50-MaxOpen {
		t.Errorf("%d messages gave way", lost)
	}
	huge := wire.New("t", KindPart, fieldWhole, "1", fieldOffset, "0", fieldTotal, wire.FormatHex(MaxWhole+1), fieldBytes, "x")
	if _, _, err := a.Add(epoch, huge); err == nil {
		t.Error("a message that claims more than any may have was begun")
	}
}

func FuzzAssembler(f *testing.F) {
	f.Add("1", "0", "3", "abc", "1", "0", "5", "abc")
	f.Add("1", "0", "5", "abc", "1", "3", "5", "de")
	f.Add("1", "ffffffffffffffff", "5", "abc", "", "3", "5", "de")
	f.Fuzz(func(t *testing.T, id1, at1, of1, part1, id2, at2, of2, part2 string) {
		var a Assembler
		for _, m := range []*wire.Message{
			wire.New("t", KindPart, fieldWhole, id1, fieldOffset, at1, fieldTotal, of1, fieldBytes, part1),
			wire.New("t", KindPart, fieldWhole, id2, fieldOffset, at2, fieldTotal, of2, fieldBytes, part2),
		} {
			whole, done, _ := a.Add(epoch, m)
			if total, _ := m.Hex(fieldTotal); done && uint64(len(whole)) != total {
				t.Errorf("a message of %d bytes ends with %d", total, len(whole))
			}
		}
		if a.Bytes() > MaxOpen*MaxWhole {
			t.Errorf("%d bytes are held", a.Bytes())
		}
	})
}

func TestTheWindowFollowsTheNetwork(t *testing.T) {
	// A link of 10 Mbit/s: what is under way waits in its queue.
	const rate = 10e6 / 8
	var w Window
	now := epoch
	worst := time.Duration(0)
	for i := range 2000 {
		trip := time.Duration(float64(w.Size())/rate*1e9) + time.Millisecond
		if i > 100 {
			worst = max(worst, trip)
		}
		now = now.Add(trip)
		w.Acknowledged(now, trip, PartSize)
	}
	if worst > 80*time.Millisecond {
		t.Errorf("a heartbeat may wait for %v behind a transfer", worst)
	}
	var fast Window
	for range 100 {
		fast.Acknowledged(now, 200*time.Microsecond, PartSize)
	}
	if fast.Size() != largestWindow {
		t.Errorf("on a fast network the window is only %d bytes", fast.Size())
	}
	fast.Lost(now)
	fast.Lost(now.Add(time.Millisecond)) // the same event
	if fast.Size() != largestWindow/2 {
		t.Errorf("after a loss the window is %d bytes", fast.Size())
	}
}
