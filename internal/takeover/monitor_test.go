package takeover

import (
	"strings"
	"testing"
	"time"
)

// ails tells a node that a member of a group failed, as the executor does.
func (n *node) ails(key string) {
	n.step(MemberFailed{Key: key, Failed: "mysql", Output: "no process"})
}

// settledPair is a pair of which each node runs its own group.
func settledPair(t *testing.T) *world {
	w := pair(t, FailbackOff)
	w.nodes[0].boot()
	w.nodes[1].boot()
	w.run(5 * time.Second)
	w.want("g1", "n1")
	w.want("g2", "n2")
	for _, n := range w.nodes {
		n.calls, n.events = nil, nil
	}
	return w
}

func TestAFailedMemberIsRestartedInPlaceOnce(t *testing.T) {
	w := settledPair(t)
	n1 := w.node("n1")
	claim := n1.core.group("g1").claim
	n1.ails("g1")
	n1.ails("g1") // the next look comes before the restart is done
	w.run(time.Second)
	w.want("g1", "n1")
	if got := strings.Join(n1.calls, ","); got != "start g1" {
		t.Errorf("calls %s", got)
	}
	n1.wantEvent("resource.failed g1: mysql failed on n1 (mysql: no process). It is restarted here")
	if g := n1.core.group("g1"); g.claim != claim || g.state != Running || g.failure != "" {
		t.Errorf("after the restart: claim %d, was %d; %s %q", g.claim, claim, g.state, g.failure)
	}
}

func TestASecondFailureMovesTheGroup(t *testing.T) {
	w := settledPair(t)
	n1, n2 := w.node("n1"), w.node("n2")
	n1.ails("g1")
	w.run(10 * time.Second)
	n1.ails("g1")
	w.run(2 * time.Second)
	w.want("g1", "n2")
	n1.wantEvent("failed on n1 again")
	if v := n1.core.View().Groups[0]; v.State != Failed || !strings.Contains(v.Failure, "no process") || v.Owner != "n2" {
		t.Errorf("n1 says %+v", v)
	}
	n2.ails("g1")
	w.run(2 * time.Second)
	w.want("g1", "n2") // there it is its first failure
}

func TestAfterAnHourAFailureIsAFirstOneAgain(t *testing.T) {
	w := settledPair(t)
	n1 := w.node("n1")
	n1.ails("g1")
	w.run(time.Hour + time.Minute)
	n1.ails("g1")
	w.run(2 * time.Second)
	w.want("g1", "n1")
}

func TestWithoutAnotherNodeAWornOutGroupIsTriedAgainHere(t *testing.T) {
	w := settledPair(t)
	n1 := w.node("n1")
	w.node("n2").crash()
	w.run(3 * time.Second)
	n1.ails("g1")
	w.run(time.Second)
	n1.ails("g1")
	w.run(time.Second)
	w.want("g1", "")
	w.run(firstRetry + time.Second)
	w.want("g1", "n1")
}

func TestARestartThatFailsMovesTheGroup(t *testing.T) {
	w := settledPair(t)
	n1 := w.node("n1")
	n1.ails("g1")
	n1.in["g1"], n1.failing["g1"] = "", true // the executor cleared it away and cannot start it
	n1.op["g1"]++
	n1.step(GroupStarted{Key: "g1", Failed: "mysql", Output: "no"})
	w.run(3 * time.Second)
	w.want("g1", "n2")
}

func TestNothingIsDoneAboutAHeldGroup(t *testing.T) {
	w := settledPair(t)
	n1 := w.node("n1")
	n1.step(VerbAsked{ID: 9, Verb: VerbHold, Group: "g1", By: "anna"})
	w.run(time.Second)
	n1.calls = nil
	n1.ails("g1")
	n1.ails("g1")
	w.run(time.Second)
	if len(n1.calls) > 0 {
		t.Errorf("calls %v", n1.calls)
	}
	n1.wantEvent("The group is held, so nothing is done")
	if v := n1.core.View().Groups[0]; !strings.Contains(v.Failure, "no process") {
		t.Errorf("the failure is not shown: %+v", v)
	}
}

// TestRandomFailuresOfMembersEndWithOneOwner: resources that fail at any time, beside all other faults, never lead to two
// owners and never leave a group without one.
func TestRandomFailuresOfMembersEndWithOneOwner(t *testing.T) {
	seeds := uint64(60)
	if testing.Short() {
		seeds = 15
	}
	for seed := range seeds {
		w := newWorld(t, seed, []Failback{FailbackOff, FailbackOn, FailbackLegacy}[seed%3], []string{"n1", "n2"}, Group{"g1", "n1"}, Group{"g2", "n2"}, Group{"g3", "n1"})
		w.late = []time.Duration{0, 50 * time.Millisecond}[seed%2]
		for _, n := range w.nodes {
			n.boot()
		}
		for range 10 + w.rng.IntN(20) {
			w.run(time.Duration(w.rng.Int64N(int64(1500 * time.Millisecond))))
			if w.rng.IntN(3) == 0 {
				w.disturb()
				continue
			}
			n, key := w.nodes[w.rng.IntN(2)], []string{"g1", "g2", "g3"}[w.rng.IntN(3)]
			if n.up && !n.paused && n.in[key] == Running {
				n.ails(key)
			}
		}
		w.mend()
		ends := func() bool {
			w.run(10 * time.Second)
			for _, g := range w.nodes[0].cfg.Groups {
				if w.owners(g.Key) == "" {
					return false
				}
			}
			return true
		}
		for i := 0; i < 36 && !ends(); i++ { // 6 minutes: the longest wait after failures everywhere
		}
		for _, g := range w.nodes[0].cfg.Groups {
			if owners := w.owners(g.Key); owners == "" || strings.Contains(owners, " ") {
				t.Fatalf("seed %d: %s ends with [%s]\n%s", seed, g.Key, owners, w.story())
			}
		}
	}
}
