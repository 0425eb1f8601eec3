package fencing

import (
	"strings"
	"testing"
	"time"
)

func braking() Config {
	return Config{Self: "n1", Devices: []Device{{Name: "A"}}, Brake: 3}
}

// loop fences n2, which returns and is lost again, n times.
func (b *bench) loop(n int) {
	for range n {
		b.step(Wanted{Node: "n2"})
		b.run(time.Minute)
		b.step(Cancelled{Node: "n2"})
	}
}

func (b *bench) resets() int { return strings.Count(strings.Join(b.said, "\n"), "reset n2") }

func TestANodeIsFencedThreeTimesAnHour(t *testing.T) {
	b := newBench(t, braking())
	b.loop(10)
	if b.resets() != 3 {
		t.Errorf("%d times:\n%s", b.resets(), strings.Join(b.said, "\n"))
	}
	b.wantEvent("was fenced 3 times within an hour")
	b.step(Wanted{Node: "n3"}) // the others are not concerned
	b.run(time.Minute)
	if !strings.Contains(strings.Join(b.said, "\n"), "reset n3") {
		t.Error("n3 is not fenced")
	}
	b.step(Wanted{Node: "n2"})
	if v := b.core.View().Nodes; len(v) != 1 || !v[0].Held || v[0].Next != epoch.Add(BrakeTime) {
		t.Errorf("%+v", v)
	}
	b.run(time.Hour) // the oldest is an hour ago
	if b.resets() != 4 {
		t.Errorf("%d times:\n%s", b.resets(), strings.Join(b.said, "\n"))
	}
}

func TestTheBrakeSurvivesALife(t *testing.T) {
	b := newBench(t, braking())
	b.loop(2)
	cfg := braking()
	cfg.Past = b.kept
	b2 := newBench(t, cfg)
	b2.now = b.now
	b2.loop(3)
	if b2.resets() != 1 {
		t.Errorf("%d times after a restart", b2.resets())
	}
}

func TestAHumanLetsItBeFencedAgain(t *testing.T) {
	b := newBench(t, braking())
	b.loop(3)
	b.step(Wanted{Node: "n2"})
	b.run(time.Minute)
	b.step(Ordered{ID: 7, Op: Release, Node: "n2"})
	b.run(time.Minute)
	if b.resets() != 4 || !strings.Contains(strings.Join(b.said, "\n"), "answer 7 failed=false") {
		t.Errorf("%s", strings.Join(b.said, "\n"))
	}
	b.wantEvent("may be fenced again")
	b.step(Ordered{ID: 8, Op: Release, Node: "n3"})
	if !strings.Contains(strings.Join(b.said, "\n"), "answer 8 failed=false n3 was not fenced") {
		t.Errorf("%s", strings.Join(b.said, "\n"))
	}
}

func TestAttemptsThatFailDoNotCount(t *testing.T) {
	b := newBench(t, braking())
	b.answers["0 reset"] = Bad
	b.step(Wanted{Node: "n2"})
	b.run(2 * time.Minute)
	if b.resets() < 4 || len(b.kept) != 0 {
		t.Errorf("%d attempts, %d remembered", b.resets(), len(b.kept))
	}
}

func TestAnAttemptThatWasNotSeenToEndCounts(t *testing.T) {
	b := newBench(t, braking())
	for range 5 {
		b.step(Wanted{Node: "n2"})
		b.run(time.Second / 2)
		b.step(Cancelled{Node: "n2"})
	}
	if b.resets() != 3 {
		t.Errorf("%d times", b.resets())
	}
}

func TestZeroIsNoBrake(t *testing.T) {
	cfg := braking()
	cfg.Brake = 0
	b := newBench(t, cfg)
	b.loop(9)
	if b.resets() != 9 {
		t.Errorf("%d times", b.resets())
	}
}
