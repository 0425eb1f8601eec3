package takeover

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// order says one random verb on a node.
func (w *world) order() {
	r := w.rng
	n := w.nodes[r.IntN(len(w.nodes))]
	if !n.up || n.paused {
		return
	}
	other := w.nodes[r.IntN(len(w.nodes))].name
	groups := n.cfg.Groups
	key := groups[r.IntN(len(groups))].Key
	ev := VerbAsked{ID: uint64(w.seq + 1), By: "x", Force: r.IntN(4) == 0}
	if r.IntN(2) == 0 {
		ev.For = time.Duration(r.Int64N(int64(10 * time.Second)))
	}
	switch r.IntN(10) {
	case 0, 1, 2:
		ev.Verb, ev.Group, ev.Node, ev.Stay = VerbMove, key, other, r.IntN(3) == 0
		if r.IntN(4) == 0 {
			ev.Node = ""
		}
	case 3:
		ev.Verb, ev.Set, ev.From = VerbMove, []string{"all", "local", "foreign"}[r.IntN(3)], other
	case 4, 5:
		ev.Verb, ev.Node = VerbDrain, other
	case 6:
		ev.Verb, ev.Group = VerbHold, []string{key, EveryName}[r.IntN(2)]
	case 7, 8:
		ev.Verb, ev.Group = VerbResume, []string{key, other, EveryName, ""}[r.IntN(4)]
	case 9:
		ev.Verb, ev.Group = VerbRetry, key
	}
	n.step(ev)
}

// verbSeeds is how many stories are played; HEARTBEAT_VERB_SEEDS=n plays more.
func verbSeeds() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("HEARTBEAT_VERB_SEEDS"), 10, 64); err == nil && n > 0 {
		return n
	}
	if testing.Short() {
		return 25
	}
	return 100
}

// TestRandomVerbsEndWithOneOwner: as TestRandomFaultsEndWithOneOwner, on two to five nodes, with verbs among the faults. Whatever
// was drained or held, after heartbeat resume all every group has one owner, every verb has its answer, and no order is left.
func TestRandomVerbsEndWithOneOwner(t *testing.T) {
	verbRun(t, 7014) // a drain ended while a group was on its way, and two nodes believed that it was their turn
	first, _ := strconv.ParseUint(os.Getenv("HEARTBEAT_SIM_FIRST"), 10, 64)
	for seed := first; seed < first+verbSeeds(); seed++ {
		verbRun(t, seed)
	}
}

func verbRun(t *testing.T, seed uint64) {
	var names []string
	for i := range 2 + seed%4 {
		names = append(names, fmt.Sprint("n", i+1))
	}
	w := newWorld(t, seed, []Failback{FailbackOff, FailbackOn}[seed%2], names, Group{"g1", "n1"}, Group{"g2", "n2"}, Group{"g3", "n1"})
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	w.late = []time.Duration{0, 50 * time.Millisecond, 400 * time.Millisecond}[w.rng.IntN(3)]
	for _, n := range w.nodes {
		n.boot()
	}
	w.run(5 * time.Second)
	for range 5 + w.rng.IntN(25) {
		w.run(time.Duration(w.rng.Int64N(int64(1500 * time.Millisecond))))
		if w.rng.IntN(2) == 0 {
			w.disturb()
		} else {
			w.order()
		}
		w.obeyed(seed)
	}
	w.mend()
	w.run(5 * time.Second)
	for range 2 { // orders given in a partition are known to everybody by now
		for _, n := range w.nodes {
			n.step(VerbAsked{ID: 999999, Verb: VerbResume, Group: EveryName})
		}
		w.run(5 * time.Second)
	}
	w.run(time.Minute)
	for _, g := range w.nodes[0].cfg.Groups {
		if owners := w.owners(g.Key); owners == "" || strings.Contains(owners, " ") {
			t.Fatalf("seed %d: %s ends with the owners [%s]\n%s", seed, g.Key, owners, w.story())
		}
	}
	for _, n := range w.nodes {
		if v := n.core.View(); v.Resources == "transition" || v.Standby != "" || len(v.Orders) > 0 {
			t.Fatalf("seed %d: %s hangs: %s %s %+v\n%s", seed, n.name, v.Resources, v.Standby, v.Orders, w.story())
		}
		if len(n.core.waiters) > 0 || len(n.core.steps) > 0 || len(n.core.queue) > 0 || n.core.move.role != idle {
			t.Fatalf("seed %d: a verb on %s has no answer: %+v %+v %+v\n%s", seed, n.name, n.core.waiters, n.core.steps, n.core.queue, w.story())
		}
	}
}

// obeyed checks that a node starts nothing that it knows to be held or, when it is drained, anything.
func (w *world) obeyed(seed uint64) {
	for _, n := range w.nodes {
		for key, state := range n.in {
			if !n.up || n.paused || state != Starting || n.core.group(key).adopted {
				continue
			}
			g := n.core.group(key)
			if since := w.now.Sub(g.since); n.core.Drained() && since < w.now.Sub(n.core.order(Drain, n.name).Since) {
				w.t.Fatalf("seed %d: %s is drained and began to start %s\n%s", seed, n.name, key, w.story())
			}
		}
	}
}
