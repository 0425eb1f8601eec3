package disk

import (
	"errors"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/arbiter"
)

// A table is two nodes at one disk that does at once what it is told.
type table struct {
	t    *testing.T
	area []byte
	now  time.Time
	n    [2]*Session
}

func newTable(t *testing.T) *table {
	return &table{t: t, area: freshArea(t), now: time.Unix(2000, 0), n: [2]*Session{{Node: "n1", Peer: "n2", Generation: 5}, {Node: "n2", Peer: "n1", Generation: 9}}}
}

// ask leads a question of a node to its end.
func (b *table) ask(node int, op arbiter.Op) arbiter.Answered {
	b.t.Helper()
	d := b.n[node].Begin(b.now, arbiter.Consult{Op: op, Lease: 30 * time.Second, Timeout: time.Second})
	for range 10 {
		switch {
		case d.Answer != nil:
			return *d.Answer
		case d.Read:
			d = b.n[node].Took(b.now, b.area, nil)
		default:
			copy(b.area[d.Offset:], d.Write)
			d = b.n[node].Wrote(b.now, nil)
		}
	}
	b.t.Fatal("no answer after ten steps")
	return arbiter.Answered{}
}

func (b *table) want(a arbiter.Answered, o arbiter.Outcome, text string) {
	b.t.Helper()
	if a.Outcome != o || !strings.Contains(a.Text, text) {
		b.t.Errorf("got %d %q, want %d %q", a.Outcome, a.Text, o, text)
	}
}

func TestOneOfTwoGetsTheLeaseAndTheOtherOneWhenItIsOver(t *testing.T) {
	b := newTable(t)
	b.ask(0, arbiter.Report)
	b.ask(1, arbiter.Report)
	b.now = b.now.Add(5 * time.Second)
	b.ask(0, arbiter.Report)
	b.now = b.now.Add(time.Second)
	if a := b.ask(0, arbiter.Ask); a.Outcome != arbiter.Granted || a.Lease != 30*time.Second || a.Free != time.Second {
		t.Errorf("%+v", a) // n2 was seen free a second ago for the first time
	}
	b.want(b.ask(1, arbiter.Ask), arbiter.Denied, "n1")
	b.now = b.now.Add(29 * time.Second)
	b.want(b.ask(1, arbiter.Ask), arbiter.Denied, "n1")
	b.now = b.now.Add(2 * time.Second)
	b.want(b.ask(1, arbiter.Ask), arbiter.Granted, "")
	b.want(b.ask(0, arbiter.Ask), arbiter.Denied, "n2")
	b.ask(1, arbiter.Release)
	b.want(b.ask(0, arbiter.Ask), arbiter.Granted, "")
}

func TestARenewedLeaseIsNotTaken(t *testing.T) {
	b := newTable(t)
	b.ask(0, arbiter.Report)
	b.ask(1, arbiter.Report)
	b.ask(0, arbiter.Report)
	for range 10 {
		b.want(b.ask(0, arbiter.Ask), arbiter.Granted, "")
		b.want(b.ask(1, arbiter.Ask), arbiter.Denied, "n1")
		b.now = b.now.Add(20 * time.Second)
	}
}

func TestWhoWasNeverSeenMayHaveTheLongestLease(t *testing.T) {
	b := newTable(t)
	b.want(b.ask(0, arbiter.Ask), arbiter.Denied, "")
	b.now = b.now.Add(arbiter.MaxLease)
	b.want(b.ask(0, arbiter.Ask), arbiter.Denied, "")
	b.now = b.now.Add(time.Second)
	b.want(b.ask(0, arbiter.Ask), arbiter.Granted, "")
}

func TestATornBlockMayBeALease(t *testing.T) {
	b := newTable(t)
	b.ask(0, arbiter.Report)
	b.ask(1, arbiter.Report)
	b.ask(0, arbiter.Report)
	b.area[offset(1, 3)+7] = 1
	b.want(b.ask(0, arbiter.Ask), arbiter.Denied, "")
	b.now = b.now.Add(arbiter.MaxLease + time.Second)
	b.want(b.ask(0, arbiter.Ask), arbiter.Granted, "")
}

func TestAWriteThatFailedIsRepeatedElsewhere(t *testing.T) {
	b := newTable(t)
	s := b.n[0]
	d := s.Begin(b.now, arbiter.Consult{Op: arbiter.Report, Lease: time.Minute})
	late := s.Took(b.now, b.area, nil)
	if d = s.Wrote(b.now, errors.New("input/output error")); d.Answer == nil || d.Answer.Outcome != arbiter.Failed {
		t.Fatalf("%+v", d)
	}
	b.ask(1, arbiter.Report)
	b.want(b.ask(0, arbiter.Ask), arbiter.Granted, "")
	copy(b.area[late.Offset:], late.Write) // says that n1 has no lease
	b.want(b.ask(1, arbiter.Ask), arbiter.Denied, "n1")
}

func TestSomebodyElseWithTheSameNameIsNoticed(t *testing.T) {
	b := newTable(t)
	b.ask(0, arbiter.Report)
	twin := &Session{Node: "n1", Peer: "n2", Generation: 5}
	mine := b.n[0]
	b.n[0] = twin
	b.ask(0, arbiter.Report)
	b.n[0] = mine
	b.want(b.ask(0, arbiter.Ask), arbiter.Failed, "somebody else writes as n1")
}

func TestAnAreaOfOthersOrMadeAnewIsRefused(t *testing.T) {
	b := newTable(t)
	b.want((&table{t, b.area, b.now, [2]*Session{{Node: "n3", Peer: "n1"}}}).ask(0, arbiter.Ask), arbiter.Failed, "that of n1 and n2, and not of n3 and n1")
	b.ask(0, arbiter.Report)
	b.ask(1, arbiter.Report)
	b.ask(0, arbiter.Report)
	b.want(b.ask(0, arbiter.Ask), arbiter.Granted, "")
	head, _ := Header{ID: [16]byte{8}, Nodes: [2]string{"n1", "n2"}, Made: b.now}.Encode()
	b.area = make([]byte, Size)
	copy(b.area, head)
	b.want(b.ask(1, arbiter.Ask), arbiter.Failed, "made anew")
	b.want(b.ask(1, arbiter.Ask), arbiter.Denied, "") // n1 may still count on what it had
}

// A new life takes over what the one before it has without a gap in which it looks free.
func TestARestartedNodeKeepsWhatItsFormerLifeHas(t *testing.T) {
	b := newTable(t)
	for range 2 {
		b.ask(0, arbiter.Report)
		b.ask(1, arbiter.Report)
	}
	b.want(b.ask(1, arbiter.Ask), arbiter.Granted, "")
	b.n[1] = &Session{Node: "n2", Peer: "n1", Generation: 10}
	b.now = b.now.Add(time.Second)
	d := b.n[1].Begin(b.now, arbiter.Consult{Op: arbiter.Ask, Former: true, Lease: 30 * time.Second, Timeout: time.Second})
	for d.Answer == nil {
		if d.Read {
			d = b.n[1].Took(b.now, b.area, nil)
		} else {
			copy(b.area[d.Offset:], d.Write)
			b.want(b.ask(0, arbiter.Ask), arbiter.Denied, "n2") // in between
			d = b.n[1].Wrote(b.now, nil)
		}
	}
	b.want(*d.Answer, arbiter.Granted, "")
}

func TestAHumanEndsTheLeaseOfADeadNode(t *testing.T) {
	b := newTable(t)
	for range 2 {
		b.ask(0, arbiter.Report)
		b.ask(1, arbiter.Report)
	}
	b.want(b.ask(1, arbiter.Ask), arbiter.Granted, "")
	b.want(b.ask(0, arbiter.Ask), arbiter.Denied, "n2")
	v, err := Read(b.area)
	if err != nil || v.Nodes[1].Record.State != Held {
		t.Fatalf("%+v %v", v, err)
	}
	block, at, err := v.Freed("n2")
	if err != nil {
		t.Fatal(err)
	}
	copy(b.area[at:], block)
	b.want(b.ask(0, arbiter.Ask), arbiter.Granted, "")
	b.want(b.ask(1, arbiter.Ask), arbiter.Failed, "somebody else writes as n2")
	if _, _, err := v.Freed("n3"); err == nil {
		t.Error("a node that has no place was released")
	}
}
