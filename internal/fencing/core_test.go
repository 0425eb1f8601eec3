package fencing

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

var epoch = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// A bench is a core with devices that answer as a test wants.
type bench struct {
	t       *testing.T
	core    *Core
	now     time.Time
	answers map[string]Result // by "device op"; missing: Good
	took    time.Duration
	running []Run
	ends    map[uint64]time.Time
	said    []string // runs, reports, kills, answers
	events  []string
	kept    []Shot
}

func newBench(t *testing.T, cfg Config) *bench {
	b := &bench{t: t, now: epoch, answers: map[string]Result{}, took: time.Second, ends: map[uint64]time.Time{}}
	b.core = New(cfg, b.now)
	b.step(Tick{})
	return b
}

func (b *bench) step(ev Event) {
	for _, e := range b.core.Step(b.now, ev) {
		at := b.now.Sub(epoch).Seconds()
		switch e := e.(type) {
		case Run:
			b.running = append(b.running, e)
			b.ends[e.Serial] = b.now.Add(b.took)
			if e.Op != Status {
				b.said = append(b.said, fmt.Sprintf("%g %s %s %d", at, e.Op, e.Node, e.Device))
			}
		case Remember:
			b.kept = e.Past
		case Kill:
			delete(b.ends, e.Serial)
			b.said = append(b.said, fmt.Sprintf("%g kill", at))
		case Report:
			b.said = append(b.said, fmt.Sprintf("%g report %s %v badhost=%v", at, e.Node, e.OK, e.BadHost))
		case Answer:
			b.said = append(b.said, fmt.Sprintf("%g answer %d failed=%v %s", at, e.ID, e.Failed, e.Text))
		case Record:
			b.events = append(b.events, e.Event.Kind.Name+" "+e.Event.Text)
		}
	}
}

// run lets time pass: operations end, deadlines come.
func (b *bench) run(d time.Duration) {
	for end := b.now.Add(d); ; {
		next, which := end, -1
		for i, r := range b.running {
			if at, ok := b.ends[r.Serial]; ok && !at.After(next) {
				next, which = at, i
			}
		}
		if at := b.core.NextDeadline(); !at.IsZero() && at.Before(next) {
			next, which = at, -1
		}
		if next.Equal(end) && which < 0 {
			b.now = end
			return
		}
		b.now = next
		if which < 0 {
			b.step(Tick{})
			continue
		}
		r := b.running[which]
		delete(b.ends, r.Serial)
		b.running = append(b.running[:which:which], b.running[which+1:]...)
		result := b.answers[fmt.Sprintf("%d %s", r.Device, r.Op)]
		if result == "" {
			result = Good
		}
		b.step(Ended{Serial: r.Serial, Result: result, Took: b.took})
	}
}

func (b *bench) want(lines ...string) {
	b.t.Helper()
	if got := strings.Join(b.said, "\n"); got != strings.Join(lines, "\n") {
		b.t.Errorf("got\n%s\nwant\n%s", got, strings.Join(lines, "\n"))
	}
	b.said = nil
}

func (b *bench) wantEvent(part string) {
	b.t.Helper()
	if !strings.Contains(strings.Join(b.events, "\n"), part) {
		b.t.Errorf("no event %q in\n%s", part, strings.Join(b.events, "\n"))
	}
}

func two() Config { return Config{Self: "n1", Devices: []Device{{Name: "A"}, {Name: "B"}}, Yield: -1} }

func TestTheFirstDeviceThatWorksIsEnough(t *testing.T) {
	b := newBench(t, two())
	b.step(Wanted{Node: "n2"})
	b.run(10 * time.Second)
	b.want("0 reset n2 0", "1 report n2 true badhost=false")
	b.wantEvent("Resetting node n2 with [A]")
	b.wantEvent("node n2 now reset.")
	if v := b.core.View(); len(v.Nodes) != 0 {
		t.Errorf("%+v", v)
	}
}

func TestTheNextDeviceFollowsAtOnceAndTheLadderBeginsAnewLater(t *testing.T) {
	b := newBench(t, two())
	b.answers["0 reset"], b.answers["1 reset"] = BadHost, Bad
	b.step(Wanted{Node: "n2"})
	b.run(20 * time.Second)
	b.want("0 reset n2 0", "1 report n2 false badhost=true", "1 reset n2 1", "2 report n2 false badhost=false",
		"7 reset n2 0", "8 report n2 false badhost=true", "8 reset n2 1", "9 report n2 false badhost=false",
		"19 reset n2 0", "20 report n2 false badhost=true", "20 reset n2 1")
	b.wantEvent("Device A cannot reset host n2.")
	b.wantEvent("Host n2 not reset! STONITH of n2 failed.  Retrying... in 5s.")
	delete(b.answers, "1 reset")
	b.run(time.Second)
	b.want("21 report n2 true badhost=false")
}

func TestThePauseGrowsToFiveMinutes(t *testing.T) {
	b := newBench(t, Config{Devices: []Device{{Name: "A"}}})
	b.answers["0 reset"] = Bad
	b.step(Wanted{Node: "n2"})
	b.run(2 * time.Hour)
	n := 0
	for _, s := range b.said {
		if strings.Contains(s, "reset n2") {
			n++
		}
	}
	if n < 25 || n > 32 { // 5+10+…+300, then every 301 s
		t.Errorf("%d attempts in two hours", n)
	}
}

func TestTheReturnOfTheNodeEndsTheHunt(t *testing.T) {
	b := newBench(t, two())
	b.step(Wanted{Node: "n2"})
	b.run(500 * time.Millisecond)
	b.step(Cancelled{Node: "n2"})
	b.run(time.Minute)
	b.want("0 reset n2 0", "0.5 kill")
	b.step(Wanted{Node: "n2", Yield: true})
	b.run(time.Second)
	b.step(Cancelled{Node: "n2"})
	b.run(time.Minute)
	b.want()
}

func TestTheLoserOfTheTieWaitsLongerThanADeviceNeeds(t *testing.T) {
	b := newBench(t, two())
	b.run(time.Minute) // the status checks took a second
	b.step(Wanted{Node: "n2", Yield: true})
	b.run(10 * time.Second)
	b.want("64 reset n2 0", "65 report n2 true badhost=false")
	b.wantEvent("Node n2 is fenced in 4s")
	cfg := two()
	cfg.Yield = 0
	b = newBench(t, cfg)
	b.step(Wanted{Node: "n2", Yield: true})
	b.run(2 * time.Second)
	b.want("0 reset n2 0", "1 report n2 true badhost=false")
}

func TestSurvivorsFenceOneAfterTheOther(t *testing.T) {
	b := newBench(t, Config{Devices: []Device{{Name: "A"}}, Yield: 3 * time.Second})
	b.step(Wanted{Node: "n2", Turn: 2})
	b.run(time.Minute)
	b.want("26 reset n2 0", "27 report n2 true badhost=false")
}

func TestDevicesAreAskedEveryHour(t *testing.T) {
	b := newBench(t, Config{Devices: []Device{{Name: "A"}}})
	b.run(30 * time.Minute)
	if v := b.core.View().Devices[0]; !v.OK || v.Took != time.Second {
		t.Errorf("%+v", v)
	}
	b.answers["0 status"] = Bad
	b.run(time.Hour)
	b.wantEvent("STONITH status operation failed. This may mean that the STONITH device has failed! (A: it said nothing)")
	if v := b.core.View().Devices[0]; v.OK || v.Since.IsZero() {
		t.Errorf("%+v", v)
	}
	if n := strings.Count(strings.Join(b.events, "\n"), "STONITH status"); n != 1 {
		t.Errorf("told %d times", n)
	}
	delete(b.answers, "0 status")
	b.run(time.Hour)
	b.wantEvent("answers again")
}

func TestAPersonMayTakeAsLongAsItTakes(t *testing.T) {
	b := newBench(t, Config{Devices: []Device{{Name: "meatware", Human: true}}})
	b.took = 10 * time.Hour
	b.step(Wanted{Node: "n2"})
	for _, r := range b.running {
		if r.Op == Reset && r.Limit != 0 || r.Op == Status && r.Limit != time.Minute {
			t.Errorf("%+v", r)
		}
	}
	b.wantEvent("OPERATOR INTERVENTION REQUIRED to reset n2.")
}

func TestATestAsksEveryDeviceAndSwitchesNothing(t *testing.T) {
	b := newBench(t, two())
	b.run(time.Minute)
	b.answers["1 list"] = BadHost
	b.step(Ordered{ID: 1, Op: Status, Node: "n2"})
	b.run(time.Minute)
	got := strings.Join(b.said, "\n")
	for _, part := range []string{"answer 1 failed=false", "A answers", "A can switch n2", "B answers", "B cannot switch n2"} {
		if !strings.Contains(got, part) {
			t.Errorf("no %q in %s", part, got)
		}
	}
	if strings.Contains(got, "reset") || strings.Contains(got, "off ") {
		t.Error(got)
	}
	b.answers["0 list"], b.said = BadHost, nil
	b.step(Ordered{ID: 2, Op: Status, Node: "n2"})
	b.run(time.Minute)
	if got := strings.Join(b.said, "\n"); !strings.Contains(got, "answer 2 failed=true") {
		t.Error(got)
	}
}

func TestAnOrderToSwitchOffIsProofToo(t *testing.T) {
	b := newBench(t, two())
	b.answers["0 off"] = Bad
	b.answers["0 reset"], b.answers["1 reset"] = Bad, Bad
	b.step(Wanted{Node: "n2"})
	b.run(3 * time.Second)
	b.said = nil
	b.step(Ordered{ID: 1, Op: Off, Node: "n2"})
	b.run(time.Minute)
	b.want("3 off n2 0", "4 off n2 1", "5 report n2 true badhost=false", "5 answer 1 failed=false A failed (bad): it said nothing\nn2: off by B")
	if len(b.core.View().Nodes) != 0 {
		t.Error("it is still hunted")
	}
}

func TestWithoutADeviceEverythingIsRefused(t *testing.T) {
	b := newBench(t, Config{})
	b.step(Ordered{ID: 1, Op: Off, Node: "n2"})
	b.step(Wanted{Node: "n2"})
	got := strings.Join(b.said, "\n")
	if !strings.Contains(got, "answer 1 failed=true") || !strings.Contains(got, "report n2 false") {
		t.Error(got)
	}
}
