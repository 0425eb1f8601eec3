package takeover

import (
	"fmt"
	"testing"
	"time"

	"heartbeat/internal/connectivity"
)

// disturb does one random thing to the cluster.
func (w *world) disturb() {
	r := w.rng
	n := w.nodes[r.IntN(len(w.nodes))]
	kinds := 16
	if w.watched {
		kinds = 20
	}
	switch r.IntN(kinds) {
	case 0:
		w.partition(true)
	case 1, 2:
		w.partition(false)
	case 3:
		a, b := w.nodes[0].name, w.nodes[1].name
		if r.IntN(2) == 0 {
			a, b = b, a
		}
		w.cut[[2]string{a, b}] = true
		w.logf("cut %s to %s", a, b)
	case 4:
		if n.up {
			n.crash()
		}
	case 5, 6:
		if !n.up {
			n.boot()
		}
	case 7, 8:
		words := []string{"all", "local", "foreign", "failback"}
		if n.up && !n.paused {
			n.step(StandbyAsked{ID: uint64(w.seq + 1), Set: words[r.IntN(4)]})
		}
	case 9, 10:
		words := []string{"all", "local", "foreign", "failback"}
		if n.up && !n.paused {
			n.step(TakeoverAsked{ID: uint64(w.seq + 1), Set: words[r.IntN(4)]})
		}
	case 11:
		if n.up && !n.paused {
			n.step(ShutdownAsked{})
		}
	case 12:
		if n.up && !n.paused {
			n.pause(time.Duration(r.Int64N(int64(3 * time.Second))))
		}
	case 13:
		n.failing["g1"] = r.IntN(2) == 0
	case 14:
		n.sticking["g2"] = r.IntN(3) == 0
	case 15:
		w.lossy = []float64{0, 0.2, 0.5}[r.IntN(3)]
	case 16, 17:
		n.cable(r.IntN(2) == 0)
	case 18, 19:
		n.router(connectivity.Answer(r.IntN(3)))
	}
}

// TestRandomFaultsEndWithOneOwner: whatever happens, no node starts a group that another node, which it
// believes alive, has in use; nodes that see each other never keep a group twice; and when
// the faults end, every group has exactly one owner and no transition hangs.
func TestRandomFaultsEndWithOneOwner(t *testing.T) {
	seeds := uint64(400)
	if testing.Short() {
		seeds = 60
	}
	for seed := range seeds {
		randomRun(t, seed)
	}
}

func randomRun(t *testing.T, seed uint64) {
	failback := []Failback{FailbackOff, FailbackOn, FailbackLegacy}[seed%3]
	names := []string{"n1", "n2"}
	if seed%7 == 6 {
		names = append(names, "n3")
	}
	w := newWorld(t, seed, failback, names, Group{"g1", "n1"}, Group{"g2", "n2"}, Group{"g3", "n1"})
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	if w.watched = seed%2 == 0; w.watched {
		for _, n := range w.nodes {
			n.cfg.Connectivity = connectivity.Config{Carrier: true, Pings: []connectivity.Target{{Name: "router", Weight: 1}}}
		}
	}
	w.late = []time.Duration{0, 50 * time.Millisecond, 400 * time.Millisecond}[w.rng.IntN(3)]
	for _, n := range w.nodes {
		if w.rng.IntN(4) > 0 {
			n.boot()
		}
	}
	for range 5 + w.rng.IntN(25) {
		w.run(time.Duration(w.rng.Int64N(int64(1500 * time.Millisecond))))
		w.disturb()
	}
	w.mend()
	w.run(time.Minute)
	for _, g := range w.nodes[0].cfg.Groups {
		owner, count := "", 0
		for _, n := range w.nodes {
			if n.in[g.Key] != "" {
				owner = n.name
				count++
			}
		}
		if count != 1 {
			t.Fatalf("seed %d: %s ends with %d owners\n%s", seed, g.Key, count, w.story())
		}
		if v := w.node(owner).core.View(); v.Resources == "transition" || v.Standby != "" {
			t.Fatalf("seed %d: %s hangs: %s %s\n%s", seed, owner, v.Resources, v.Standby, w.story())
		}
	}
	w.answered(seed)
}

// mend ends all faults.
func (w *world) mend() {
	w.logf("all faults end")
	w.lossy = 0
	w.partition(false)
	for _, n := range w.nodes {
		n.failing, n.sticking = map[string]bool{}, map[string]bool{}
		n.cable(true)
		n.router(connectivity.Answers)
	}
	w.run(8 * time.Second) // shutdowns end, pauses end, blocked stops are repeated
	for _, n := range w.nodes {
		for key, state := range n.in {
			if n.up && state == Blocked {
				// What an administrator has to do: restart the machine.
				n.w.logf("%s: %s is blocked, power cycle", n.name, key)
				n.crash()
				break
			}
		}
	}
	w.run(2 * time.Second)
	for _, n := range w.nodes {
		if !n.up {
			n.boot()
		}
	}
}

// answered checks that no command waits for ever.
func (w *world) answered(seed uint64) {
	for _, n := range w.nodes {
		if len(n.core.move.ids) > 0 || n.core.asking.id != 0 {
			w.t.Fatalf("seed %d: a command on %s has no answer\n%s", seed, n.name, w.story())
		}
	}
}

func TestSameEventsGiveSameEffects(t *testing.T) {
	story := func() string {
		w := newWorld(t, 11, FailbackOn, []string{"n1", "n2"}, Group{"g1", "n1"}, Group{"g2", "n2"}, Group{"g3", "n1"})
		w.late = 50 * time.Millisecond
		w.nodes[0].boot()
		w.nodes[1].boot()
		for range 20 {
			w.run(500 * time.Millisecond)
			w.disturb()
		}
		return fmt.Sprint(w.log)
	}
	if first, second := story(), story(); first != second {
		t.Error("two runs of one seed differ")
	}
}
