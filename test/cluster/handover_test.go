package cluster

import (
	"fmt"
	"strings"
	"testing"

	"heartbeat/internal/node"
)

// Where the service addresses of node1 and node2 are.
type placement struct{ first, second string }

var home = placement{one, two}

// afterStandby is where hb_standby leads to from home, by its word and the node it is
// typed on (resources spec, 9.1): what is to be given up goes to the other node.
func afterStandby(word, on string) placement {
	if word == "foreign" || word == "failback" { // nobody holds anything of the other
		return home
	}
	return placement{other(on), other(on)}
}

// afterTakeover is the same of hb_takeover: foreign is what is at home on the other
// node, and failback only gives back what is not at home (11.4, S12).
func afterTakeover(word, on string) placement {
	if word == "local" || word == "failback" {
		return home
	}
	return placement{on, on}
}

func other(name string) string {
	if name == one {
		return two
	}
	return one
}

// settle waits until both addresses are where they shall be and nothing is under way.
func (cl *cluster) settle(t *testing.T, where placement) {
	t.Helper()
	cl.awaitOwner(t, addrOne, where.first)
	cl.awaitOwner(t, addrTwo, where.second)
	cl.awaitRest(t, one, two)
	for _, name := range cl.Nodes {
		s := cl.status(t, name)
		want := "none"
		switch {
		case where == (placement{name, name}):
			want = "all"
		case where == home:
			want = "local"
		}
		if s.Resources != want {
			t.Errorf("%s says resources %s, want %s", name, s.Resources, want)
		}
	}
}

func handOvers(t *testing.T, failback string) *cluster {
	cl := running(t, setup{failback: failback, groups: "node1 " + addrOne + "/24/eth0\nnode2 " + addrTwo + "/24/eth0\n"})
	cl.settle(t, home)
	return cl
}

func TestEveryWordOfTheHandOverCommandsLeadsWhereTheSpecificationSays(t *testing.T) {
	t.Parallel()
	for _, failback := range []string{"on", "off"} {
		t.Run("auto_failback "+failback, func(t *testing.T) {
			t.Parallel()
			cl := handOvers(t, failback)
			for _, on := range cl.Nodes {
				for _, word := range []string{"all", "local", "foreign", "failback"} {
					cl.handOver(t, "hb_standby", word, on, afterStandby(word, on))
					cl.handOver(t, "hb_takeover", word, on, afterTakeover(word, on))
				}
			}
			for _, name := range cl.Nodes {
				for _, kind := range []string{"node.dead", "group.failed", "group.conflict", "standby.refused"} {
					if list := cl.events(t, name, 0, kind); len(list) > 0 {
						t.Errorf("%s: %s: %+v", name, kind, list)
					}
				}
			}
		})
	}
}

// handOver types a command and then brings everything home again.
func (cl *cluster) handOver(t *testing.T, command, word, on string, want placement) {
	t.Helper()
	out, code := cl.run(t, on, program, command, word, "--wait=20")
	if code != 0 {
		t.Errorf("%s %s on %s: exit %d: %s", command, word, on, code, out)
	}
	cl.settle(t, want)
	if t.Failed() {
		t.Fatalf("after %s %s on %s", command, word, on)
	}
	if want == home {
		return
	}
	// The one that holds all gives back what is not its own.
	out, code = cl.run(t, want.first, program, "hb_standby", "failback", "--wait=20")
	if word == "all" { // the other word for it
		out, code = cl.run(t, want.first, program, "hb_standby", "foreign", "--wait=20")
	}
	if code != 0 {
		t.Errorf("giving back after %s %s: exit %d: %s", command, word, code, out)
	}
	cl.settle(t, home)
}

func TestHandOverIsRefusedWithLegacyFailback(t *testing.T) {
	t.Parallel()
	cl := handOvers(t, "legacy")
	for _, on := range cl.Nodes {
		for _, command := range []string{"hb_standby", "hb_takeover"} {
			for _, word := range []string{"all", "local", "foreign", "failback"} {
				out, code := cl.run(t, on, program, command, word, "--wait=20")
				if code != 2 || !strings.Contains(out, "legacy") {
					t.Errorf("%s %s on %s: exit %d, want a refusal that names legacy: %s", command, word, on, code, out)
				}
			}
		}
	}
	cl.settle(t, home)
	for _, name := range cl.Nodes {
		if list := cl.events(t, name, 0, "group.release"); len(list) > 0 {
			t.Errorf("%s released something: %+v", name, list)
		}
	}
}

func TestStandbyWithoutAPartnerIsRefused(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{})
	must(t, cl.PowerOff(two))
	cl.awaitStatus(t, one, "to see node2 dead", func(s node.Status) bool { return strings.Contains(fmt.Sprint(s.Nodes), "dead") })
	out, code := cl.run(t, one, program, "hb_standby", "--wait=20")
	if code != 2 || !strings.Contains(out, "alone") {
		t.Errorf("hb_standby alone: exit %d: %s", code, out)
	}
	cl.awaitOwner(t, addrOne, one)
}
