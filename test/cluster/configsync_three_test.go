package cluster

import (
	"strings"
	"testing"

	"heartbeat/internal/lab"
	"heartbeat/internal/node"
	"heartbeat/internal/vnet"
)

const three = "node3"

// note is a line in haresources that says nothing and makes another version of it.
func (cl *cluster) note(t *testing.T, name, text string) {
	t.Helper()
	cl.write(t, name, "/etc/ha.d/haresources", "node1 "+addrOne+"/24/eth0\n# "+text+"\n")
}

// awaitSame waits until these nodes have the files of the first one.
func (cl *cluster) awaitSame(t *testing.T, names ...string) {
	t.Helper()
	want := cl.etc(t, names[0])
	for _, name := range names[1:] {
		until(t, name+" to have the files of "+names[0], func() (string, bool) { got := cl.etc(t, name); return got, got == want })
	}
}

// Among three nodes: a change reaches both others, one that was down gets it when it returns, and what was changed on two sides of a cut is left
// to people, who settle it with one command on the node that is right.
func TestThreeNodesKeepTheSameFiles(t *testing.T) {
	t.Parallel()
	cl := newCluster(t, setup{nodes: 3, deadtime: calm, more: "#!hb config_sync on\n", edit: func(_ string, f lab.Files) {
		f["ha.cf"] = strings.Replace(f["ha.cf"], "node node1 node2", "node node1 node2 node3", 1)
	}})
	cl.startBoth(t)
	cl.awaitRest(t, one, two, three)

	cl.note(t, one, "to both")
	cl.heartbeat(t, one, 0, "reload")
	for _, name := range []string{two, three} {
		cl.awaitEvent(t, name, 0, "config.installed", "Files of node node1")
	}
	cl.awaitSame(t, one, two, three)

	cl.kill(t, three)
	cl.awaitEvent(t, one, 0, "node.dead", three)
	cl.note(t, two, "while node3 was down")
	cl.heartbeat(t, two, 0, "reload")
	cl.awaitSame(t, two, one)
	cl.start(t, three)
	cl.awaitSame(t, two, one, three)
	cl.awaitRest(t, one, two, three)

	// The files part: node3 is alone, and both sides change them.
	for _, link := range []int{lab.LinkService, lab.LinkSecond} {
		must(t, cl.Cut(three, link, vnet.Unplugged))
	}
	marks := map[string]uint64{}
	for _, name := range cl.Nodes {
		marks[name] = cl.last(t, name)
	}
	cl.awaitEvent(t, one, 0, "node.dead", three)
	cl.awaitEvent(t, three, 0, "node.dead", one)
	cl.note(t, one, "of the many")
	cl.heartbeat(t, one, 0, "reload")
	cl.awaitSame(t, one, two)
	cl.note(t, three, "of the one")
	cl.heartbeat(t, three, 0, "reload")
	many, alone := cl.etc(t, one), cl.etc(t, three)
	for _, link := range []int{lab.LinkService, lab.LinkSecond} {
		must(t, cl.Heal(three, link))
	}
	for _, name := range cl.Nodes {
		e := cl.awaitEvent(t, name, marks[name], "config.differs", "neither has had the other's")
		if !strings.Contains(e.Text, "heartbeat config push") {
			t.Errorf("%s does not say what to do: %s", name, e.Text)
		}
	}
	cl.heartbeat(t, one, 1, "config status", "node2: the same files", "node3: differs; both were changed: heartbeat config push on the node whose files are right")
	if cl.etc(t, one) != many || cl.etc(t, two) != many || cl.etc(t, three) != alone {
		t.Error("files that were changed on both sides were touched")
	}

	cl.heartbeat(t, two, 0, "config push", "node1: has these files already", "node3: installed")
	cl.awaitSame(t, one, two, three)
	for _, name := range cl.Nodes {
		cl.awaitStatus(t, name, "to have nothing to settle", func(s node.Status) bool { return !strings.Contains(strings.Join(s.Attention, "\n"), "config_sync") })
		until(t, name+" to see the same files everywhere", func() (string, bool) {
			out, code := cl.run(t, name, program, "config", "status")
			return out, code == 0
		})
	}
}
