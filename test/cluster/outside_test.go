package cluster

import (
	"strings"
	"testing"
	"time"

	"heartbeat/internal/node"
	"heartbeat/internal/vnet"
)

// lookout is a ping node of these clusters: their client machine.
const lookout = "ping 10.77.1.250\ndeadping 1000ms\n"

// reach is how a status shows the connectivity of a node; the zero value when it does not say.
func reach(s node.Status, name string) node.ReachStatus {
	for _, n := range s.Nodes {
		if n.Name == name && n.Reach != nil {
			return *n.Reach
		}
	}
	return node.ReachStatus{}
}

// awaitLevel waits until a node shows the service interface of a node, itself or the other, in a state.
func (cl *cluster) awaitLevel(t *testing.T, at, of, level string) {
	t.Helper()
	cl.awaitStatus(t, at, "to show the interface of "+of+" as "+level, func(s node.Status) bool {
		r := reach(s, of)
		return len(r.Services) > 0 && r.Services[0].Level == level && r.Services[0].Interface == "eth0"
	})
}

func TestGroupLeavesANodeWhoseServiceCableIsPulled(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{failback: "off", deadtime: "10000ms"})
	cl.awaitLevel(t, one, two, "good")
	visitor := cl.visitor(t, addrOne, one)
	mark, there := cl.last(t, one), cl.last(t, two)
	must(t, cl.Cut(one, 0, vnet.Unplugged))
	cl.awaitOwner(t, addrOne, two)
	must(t, visitor.WaitAnswers(within(t, soon), two, 3, time.Time{}))
	lost := cl.awaitEvent(t, one, mark, "carrier.lost", "eth0")
	move := cl.awaitEvent(t, one, mark, "connectivity.move", "eth0 of node1 has no carrier, eth0 of node2 has one")
	if move.Cause != "carrier.lost eth0" || lost.Level != "warning" {
		t.Errorf("%+v because of %+v", move, lost)
	}
	if dead := cl.events(t, two, there, "node.dead"); len(dead) > 0 {
		t.Errorf("node2 says %+v", dead)
	}
	s := cl.awaitStatus(t, two, "to say why the group is there", func(s node.Status) bool {
		return strings.Contains(group(s).Reason, "node1 handed it over: eth0 of node1 has no carrier")
	})
	if r := reach(s, one); len(r.Services) != 1 || r.Services[0].Level != "bad" {
		t.Errorf("node2 shows node1 as %+v", r)
	}
	if out, _ := cl.run(t, one, program, "status"); !strings.Contains(out, "serves by eth0 no carrier") || !strings.Contains(out, "eth0 of node node1 has no carrier") {
		t.Errorf("heartbeat status of node1:\n%s", out)
	}
}

func TestGroupStaysWhenBothServiceCablesAreOut(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{failback: "off"})
	cl.awaitLevel(t, one, two, "good")
	must(t, cl.Cut(two, 0, vnet.Unplugged))
	cl.awaitLevel(t, one, two, "bad")
	mark := cl.last(t, one)
	must(t, cl.Cut(one, 0, vnet.Unplugged))
	cl.awaitEvent(t, one, mark, "connectivity.stay", "eth0 of node2 has none either")
	cl.awaitOwner(t, addrOne, one)
	if stops := cl.events(t, one, mark, "group.release"); len(stops) > 0 {
		t.Errorf("it was released: %+v", stops)
	}
}

func TestGroupGoesHomeWhenItsCableHasHeld(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{failback: "on", more: "#!hb connectivity dampen 2\n"})
	cl.awaitLevel(t, one, two, "good")
	must(t, cl.Cut(one, 0, vnet.Unplugged))
	cl.awaitOwner(t, addrOne, two)
	cl.awaitLevel(t, two, one, "bad")
	mark, there := cl.last(t, one), cl.last(t, two)
	must(t, cl.Heal(one, 0))
	back := cl.awaitEvent(t, one, mark, "carrier.returned", "when it has held for 2s")
	home := cl.awaitEvent(t, two, there, "failback.begun", one)
	if held := home.At.Sub(back.At); held < 1900*time.Millisecond {
		t.Errorf("it went home %v after the carrier came back, and 2 s were asked for", held)
	}
	cl.awaitOwner(t, addrOne, one)
}

func TestGroupLeavesANodeThatNoLongerReachesThePingNode(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]string{
		"by setting":           lookout + "#!hb connectivity on\n",
		"as classic guides do": lookout + "respawn hacluster /usr/lib/heartbeat/ipfail\n", // which need not be there
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cl := running(t, setup{failback: "off", more: more})
			for _, at := range []string{one, two} {
				cl.awaitStatus(t, at, "to reach the ping node, as the other one does", func(s node.Status) bool {
					return reach(s, one).Answers == 1 && reach(s, two).Answers == 1
				})
			}
			visitor := cl.visitor(t, addrOne, one)
			mark := cl.last(t, one)
			must(t, cl.Cut(one, 0, vnet.Mute))
			cl.awaitOwner(t, addrOne, two)
			must(t, visitor.WaitAnswers(within(t, soon), two, 3, time.Time{}))
			move := cl.awaitEvent(t, one, mark, "connectivity.move", "node1 reaches 0 of 1 ping nodes, node2 1")
			if move.Cause != "node.dead 10.77.1.250" {
				t.Errorf("its cause is %q", move.Cause)
			}
		})
	}
}

// S17: everybody loses the ping node, so it proves nothing.
func TestDeadPingNodeMovesNothing(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{failback: "on", more: lookout + "#!hb connectivity on\n"})
	for _, at := range []string{one, two} {
		cl.awaitStatus(t, at, "to reach the ping node", func(s node.Status) bool { return reach(s, at).Answers == 1 })
	}
	marks := map[string]uint64{one: cl.last(t, one), two: cl.last(t, two)}
	must(t, cl.PowerOff("client"))
	for at, mark := range marks {
		cl.awaitEvent(t, at, mark, "node.dead", "10.77.1.250")
	}
	must(t, cl.PowerOn("client"))
	for at, mark := range marks {
		cl.awaitStatus(t, at, "to reach the ping node again", func(s node.Status) bool { return reach(s, at).Answers == 1 })
		for _, kind := range []string{"connectivity.move", "standby.begun", "group.release"} {
			if e := cl.events(t, at, mark, kind); len(e) > 0 {
				t.Errorf("%s: %+v", at, e)
			}
		}
	}
}

// Without a setting a ping node is only shown, as in C without ipfail.
func TestPingNodeAloneMovesNothing(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{failback: "off", more: lookout})
	mark := cl.last(t, one)
	must(t, cl.Cut(one, 0, vnet.Mute))
	cl.awaitEvent(t, one, mark, "node.dead", "10.77.1.250")
	pass(t, deadtime, func() string {
		if e := cl.events(t, one, mark, "group.release"); len(e) > 0 {
			return e[0].Text
		}
		return ""
	})
}
