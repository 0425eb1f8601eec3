package cluster

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"heartbeat/internal/api"
	"heartbeat/internal/event"
	"heartbeat/internal/lab"
)

const stateDir = "/var/lib/heartbeat/"

// TestNodesWithDifferentKeysDoNotTakeFromEachOther is S21 of the resources specification: both live, neither can
// verify the other, and each keeps to its own group until the other one is really gone.
func TestNodesWithDifferentKeysDoNotTakeFromEachOther(t *testing.T) {
	cl := newCluster(t, setup{
		groups: "node1 " + addrOne + "/24/eth0\nnode2 " + addrTwo + "/24/eth0\n",
		edit: func(node string, f lab.Files) {
			if node == two {
				f["authkeys"] = "auth 1\n1 sha1 another-key\n"
			}
		},
	})
	cl.startBoth(t)
	for _, n := range []string{one, two} {
		_, err := cl.WaitEvent(within(t, soon), n, 0, func(e api.Event) bool { return e.Event == event.TakeoverWithheld.Name })
		must(t, err)
	}
	must(t, cl.WaitOwners(within(t, soon), addrOne, one))
	must(t, cl.WaitOwners(within(t, soon), addrTwo, two))
	s, err := cl.Status(within(t, soon), one)
	must(t, err)
	if !slices.ContainsFunc(s.Attention, func(a string) bool { return strings.Contains(a, "packets of node node2 arrive and do not verify") }) {
		t.Errorf("status does not name it: %q", s.Attention)
	}
	must(t, cl.PowerOff(two))
	must(t, cl.WaitOwners(within(t, soon), addrTwo, one))
}

// TestANodeWhoseGenerationWentBackIsLetIn is S23c: the file is lost and the clock is wrong.
func TestANodeWhoseGenerationWentBackIsLetIn(t *testing.T) {
	cl := running(t, setup{})
	before, err := os.ReadFile(cl.Place(two, stateDir+"hb_generation"))
	must(t, err)
	must(t, cl.StopDaemon(within(t, soon), two))
	must(t, os.Remove(cl.Place(two, stateDir+"hb_machine")))
	must(t, os.WriteFile(cl.Place(two, stateDir+"hb_generation"), []byte("              5\n"), 0o644))
	cl.start(t, two)
	cl.awaitRest(t, one, two)
	after, err := os.ReadFile(cl.Place(two, stateDir+"hb_generation"))
	must(t, err)
	if string(after) <= string(before) {
		t.Errorf("hb_generation was %q and is %q", before, after)
	}
}

// TestAClonedDiskBecomesANodeOfItsOwn copies the identity of one node to the other before its first start, without the
// note that says whose it is: as from an image of a C node.
func TestAClonedDiskBecomesANodeOfItsOwn(t *testing.T) {
	cl := newCluster(t, setup{})
	cl.start(t, one)
	id, err := os.ReadFile(cl.Place(one, stateDir+"hb_uuid"))
	must(t, err)
	must(t, os.MkdirAll(cl.Place(two, stateDir), 0o755))
	must(t, os.WriteFile(cl.Place(two, stateDir+"hb_uuid"), id, 0o644))
	cl.start(t, two)
	cl.awaitRest(t, one, two)
	now, err := os.ReadFile(cl.Place(two, stateDir+"hb_uuid"))
	must(t, err)
	if string(now) == string(id) {
		t.Error("node2 keeps the uuid of node1")
	}
	for _, n := range []string{one, two} {
		s, err := cl.Status(context.Background(), n)
		must(t, err)
		if len(s.Nodes) != 2 || s.Nodes[0].UUID == s.Nodes[1].UUID || s.Nodes[1].UUID == "" {
			t.Errorf("%s sees %+v", n, s.Nodes)
		}
	}
}
