package takeover

import (
	"strings"
	"testing"
	"time"

	"heartbeat/internal/wire"
)

// crowd is a world of three nodes with groups at home on n1 and n2; the nodes named in cs are C daemons.
func crowd(t testing.TB, seed uint64, cs ...string) *world {
	w := newWorld(t, seed, FailbackOn, []string{"n1", "n2", "n3"}, Group{"g1", "n1"}, Group{"g2", "n2"})
	for _, c := range cs {
		w.node(c).isC = true
	}
	return w
}

// A fail-back in a crowd is for the home of the group, whichever node comes first in ha.cf.
func TestAFailbackInACrowdGoesHome(t *testing.T) {
	w := newWorld(t, 1, FailbackOn, []string{"n1", "n2", "n3"}, Group{"g", "n3"})
	w.up()
	w.want("g", "n3")
	w.node("n3").crash()
	w.run(3 * time.Second)
	w.want("g", "n1")
	w.node("n3").boot()
	w.run(5 * time.Second)
	w.want("g", "n3")
	w.node("n1").crash()
	w.node("n3").crash()
	w.run(3 * time.Second)
	w.want("g", "n2")
	w.node("n3").boot()
	w.node("n1").boot()
	w.run(5 * time.Second)
	w.want("g", "n3")
}

// A request that was meant for a node which died since comes late, because packets were lost: it is not taken for one to this node.
func TestAWordForAnotherNodeIsNobodyElses(t *testing.T) {
	w := crowd(t, 1)
	w.up()
	w.run(15 * time.Second)
	w.node("n3").crash()
	w.run(5 * time.Second)
	n2 := w.node("n2")
	late := func(to string) *wire.Message {
		m := wire.New("t", "ask_resources", "rsc_hold", "local", "info", "me")
		if to != "" {
			m.Set(fieldTo, wire.String, to)
		}
		return m
	}
	n2.step(MessageArrived{From: "n1", Message: late("n3")})
	if got := n2.core.View().Standby; got != "" {
		t.Errorf("n2 takes a word for n3 as its own: %s", got)
	}
	n2.step(MessageArrived{From: "n1", Message: late("n2")})
	if got := n2.core.View().Standby; got != "taking local resources from n1" {
		t.Errorf("n2 does not take a word for itself: %q", got)
	}
}

// Beside one C node in a crowd, or two that are the homes, every group has one owner after each step, and goes home.
func TestACrowdBesideCThroughItsWholeLife(t *testing.T) {
	for name, cs := range map[string][]string{"home-is-C": {"n1"}, "spare-is-C": {"n3"}, "both-homes-are-C": {"n1", "n2"}, "no-C": nil} {
		t.Run(name, func(t *testing.T) {
			w := crowd(t, 1, cs...)
			w.up()
			w.run(15 * time.Second)
			w.want("g1", "n1")
			w.want("g2", "n2")
			for _, n := range w.nodes {
				for _, graceful := range []bool{false, true} {
					w.logf("%s goes, graceful=%v", n.name, graceful)
					if graceful {
						n.step(ShutdownAsked{})
					} else {
						n.crash()
					}
					w.run(10 * time.Second)
					w.oneOwnerEach()
					n.boot()
					w.run(30 * time.Second)
					w.oneOwnerEach()
					w.want("g1", "n1")
					w.want("g2", "n2")
				}
			}
		})
	}
}

// TestACrowdBesideCRandomLife: nodes come and go in any order, one C node among them.
func TestACrowdBesideCRandomLife(t *testing.T) {
	for seed := range uint64(100) {
		w := crowd(t, seed, []string{"n1", "n2", "n3"}[seed%3])
		w.up()
		for range 10 {
			w.run(time.Duration(w.rng.Int64N(int64(12 * time.Second))))
			switch n := w.nodes[w.rng.IntN(3)]; {
			case !n.up:
				n.boot()
			case w.rng.IntN(2) == 0:
				n.crash()
			default:
				n.step(ShutdownAsked{})
			}
		}
		w.run(30 * time.Second)
		for _, n := range w.nodes {
			if !n.up {
				n.boot()
				w.run(40 * time.Second)
			}
		}
		w.oneOwnerEach()
	}
}

func (w *world) oneOwnerEach() {
	w.t.Helper()
	for _, g := range w.nodes[0].cfg.Groups {
		if o := w.owners(g.Key); o == "" || strings.Contains(o, " ") {
			w.t.Fatalf("%s is held by [%s]\n%s", g.Key, o, w.story())
		}
	}
}
