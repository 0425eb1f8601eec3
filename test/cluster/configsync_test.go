package cluster

import (
	"strings"
	"testing"

	"heartbeat/internal/node"
)

// One reload on one node changes the whole cluster: the other node gets the files, starts itself in place, and starts its new group,
// while what did not change runs on.
func TestOneReloadChangesTheWholeCluster(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{deadtime: calm, edit: secretly("on"), more: "#!hb config_sync on\n"})
	before := cl.etc(t, two)
	cl.heartbeat(t, one, 0, "config status", "node1 (this node): config_sync on", "node2: the same files")

	cl.write(t, one, "/etc/ha.d/haresources", "node1 "+addrOne+"/24/eth0\nnode2 "+addrTwo+"/24/eth0\n")
	cl.rewrite(t, one, "ha.cf", "warntime 600ms", "warntime 700ms")
	cl.heartbeat(t, one, 1, "config diff", "node2: differs", "+node2 "+addrTwo, "+warntime 700ms")
	if cl.etc(t, two) != before {
		t.Error("files that nobody put into force were sent")
	}
	changes := cl.watch(t, one)
	cl.heartbeat(t, one, 0, "reload", "done after")
	cl.awaitOwner(t, addrTwo, two)
	cl.awaitStatus(t, two, "to have the new files in force", func(s node.Status) bool { return s.Parameters["warntime"] == "700ms" && s.Renewal == nil })
	cl.awaitRest(t, one, two)
	cl.heartbeat(t, one, 0, "config status", "node2: the same files")
	for _, c := range changes() {
		if c.Prefix.Addr().String() == addrOne && !c.Added {
			t.Errorf("the address of the group that did not change was taken away at %v", c.At)
		}
	}
}

// heartbeat runs a command on a node; the output must contain all of want.
func (cl *cluster) heartbeat(t *testing.T, name string, code int, command string, want ...string) {
	t.Helper()
	out, got := cl.run(t, name, append([]string{program}, strings.Fields(command)...)...)
	if got != code {
		t.Errorf("heartbeat %s on %s ends with %d, want %d:\n%s", command, name, got, code, out)
	}
	for _, w := range want {
		if !strings.Contains(out, w) {
			t.Errorf("heartbeat %s on %s does not say %q:\n%s", command, name, w, out)
		}
	}
}
