package interop

import (
	"testing"
)

// TestOneGroup is the commonest cluster there is: one service, a second node that
// waits. Half of it owns nothing, and C counts that half as well: its words, learnt
// from two C nodes, must be the same whichever node is Go.
func TestOneGroup(t *testing.T) {
	need(t)
	t.Parallel()
	together(t,
		job{"home-C-spare-Go", func(t *testing.T) { oneGroup(t, c, golang) }},
		job{"home-Go-spare-C", func(t *testing.T) { oneGroup(t, golang, c) }},
		job{"home-C-spare-C", func(t *testing.T) { oneGroup(t, c, c) }})
}

func oneGroup(t *testing.T, home, spare maker) {
	cl := newCluster(t, setup{medium: "bcast", method: "sha1", made: map[string]maker{one: home, two: spare}, lone: true})
	step := func(name string, do func(t *testing.T)) {
		t.Run(name, func(t *testing.T) { cl.watched(t, do) })
	}
	words := func(first, second string) map[string]string {
		want := map[string]string{}
		for node, word := range map[string]string{one: first, two: second} {
			if word != "" {
				want[node] = word
			}
		}
		return want
	}
	at := func(t *testing.T, node, first, second string) {
		t.Helper()
		must(t, cl.WaitOwners(within(t, soon), addrOne, node))
		cl.awaitStatus(t, soon, words(first, second))
	}
	step("start", func(t *testing.T) { at(t, one, "local", "local") })
	step("hb_standby-on-home", func(t *testing.T) {
		cl.order(t, one, "hb_standby", "all", owners{addrOne: two})
		at(t, two, "none", "all")
	})
	step("hb_standby-on-spare", func(t *testing.T) {
		cl.order(t, two, "hb_standby", "foreign", owners{addrOne: one})
		at(t, one, "local", "local")
	})
	step("spare-loses-power", func(t *testing.T) {
		must(t, cl.PowerOff(two))
		at(t, one, "all", "")
	})
	step("spare-returns", func(t *testing.T) {
		cl.powerOn(t, two)
		at(t, one, "local", "local")
	})
	step("home-loses-power", func(t *testing.T) {
		must(t, cl.PowerOff(one))
		at(t, two, "", "all")
	})
	step("failback", func(t *testing.T) {
		cl.powerOn(t, one)
		at(t, one, "local", "local")
	})
	step("home-stops-and-returns", func(t *testing.T) {
		cl.stop(t, one)
		at(t, two, "", "all")
		cl.awaitLog(t, two, "Dead node "+one+" gave up resources.")
		cl.start(t, one)
		at(t, one, "local", "local")
	})
}
