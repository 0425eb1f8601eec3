package cluster

import (
	"testing"

	"heartbeat/internal/node"
	"heartbeat/internal/vnet"
)

// diskLocked makes a cluster under take_over arbiter disk, with a file that both machines see.
func diskLocked(t *testing.T) (cl *cluster, path string) {
	t.Helper()
	path = "/var/shared/lock"
	cl = newCluster(t, setup{failback: "off", shared: []vnet.Bind{{From: t.TempDir(), To: "/var/shared"}}, more: "#!hb take_over arbiter disk " + path + "\n",
		groups: "node1 " + addrOne + "/24/eth0\nnode2 " + addrTwo + "/24/eth0\n"})
	cl.mustRun(t, one, program, "disklock", "init", "--force", "--nodes", one+","+two, path)
	cl.startBoth(t)
	cl.awaitRest(t, one, two)
	cl.awaitOwner(t, addrOne, one)
	cl.awaitOwner(t, addrTwo, two)
	for _, name := range cl.Nodes {
		cl.awaitStatus(t, name, "an answer of the disk", func(s node.Status) bool {
			return s.Arbiter != nil && s.Arbiter.Kind == "disk" && s.Arbiter.Entitled && s.Arbiter.References[0].Answers
		})
	}
	return cl, path
}

func TestWithADiskLockOneSideGoesOnAndTheOtherOneStopsFirst(t *testing.T) {
	t.Parallel()
	cl, path := diskLocked(t)
	onOne, onTwo := cl.watch(t, one), cl.watch(t, two)
	must(t, cl.Cut(one, vnet.AllLinks, vnet.Mute))
	cl.awaitOwner(t, addrOne, one)
	cl.awaitOwner(t, addrTwo, one)
	cl.awaitEvent(t, two, 0, "entitlement.lost", "")
	cl.awaitEvent(t, one, 0, "arbiter.granted", "")
	cl.mustRun(t, one, program, "disklock", "show", path)
	must(t, cl.Heal(one, vnet.AllLinks))
	cl.awaitEvent(t, two, 0, "entitlement.gained", "")
	cl.awaitRest(t, one, two)
	cl.awaitOwner(t, addrTwo, one)
	wantHandedOver(t, addrTwo, onTwo(), onOne())
	cl.awaitStatus(t, one, "the lease given back", func(s node.Status) bool { return !s.Arbiter.Lease && s.Arbiter.Entitled })
}

func TestWithADiskLockADeadNodeIsTakenOver(t *testing.T) {
	t.Parallel()
	cl, _ := diskLocked(t)
	onTwo := cl.watch(t, two)
	must(t, cl.PowerOff(one))
	cl.awaitOwner(t, addrOne, two)
	if at := change(onTwo(), addrTwo, false); !at.IsZero() {
		t.Errorf("%s lost %s at %v", two, addrTwo, at)
	}
}
