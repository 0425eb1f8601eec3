package spans

import (
	"net/netip"
	"slices"
	"testing"
	"time"
)

var (
	one = netip.MustParseAddr("10.0.0.1")
	two = netip.MustParseAddr("10.0.0.2")
)

func TestOwnersAndTheTimesInWhichThereWereTwo(t *testing.T) {
	began := time.Now().Add(-time.Hour)
	at := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
	b := New()
	if names, since := b.Owners(one); len(names) != 0 || !since.IsZero() {
		t.Errorf("nobody was noted: %v since %v", names, since)
	}
	changed := b.Changed()
	b.Note(one, "n1", true, at(0))
	select {
	case <-changed:
	default:
		t.Error("a note was no news")
	}
	b.Note(one, "n1", true, at(1)) // again: still since 0
	b.Note(two, "n2", true, at(2))
	b.Note(one, "n2", true, at(10))
	if names, since := b.Owners(one); !slices.Equal(names, []string{"n1", "n2"}) || !since.Equal(at(10)) {
		t.Errorf("%v since %v", names, since)
	}
	if names, _ := b.Owners(one, "n2"); !slices.Equal(names, []string{"n1"}) {
		t.Errorf("without n2: %v", names)
	}
	b.Note(one, "n1", false, at(13))
	got := b.Overlaps(began)
	if len(got) != 1 || got[0] != (Overlap{one, [2]string{"n1", "n2"}, at(10), 3 * time.Second}) {
		t.Errorf("%+v", got)
	}
	if got := b.Overlaps(at(12)); len(got) != 1 || got[0].Took != time.Second {
		t.Errorf("from the middle on: %+v", got)
	}
	if got := b.Overlaps(at(14)); len(got) != 0 {
		t.Errorf("afterwards: %+v", got)
	}
	if got := b.Overlaps(began, "n1"); len(got) != 0 {
		t.Errorf("without n1: %+v", got)
	}
	if got := b.Since(at(13)); len(got) != 2 {
		t.Errorf("two spans last: %+v", got)
	}
}
