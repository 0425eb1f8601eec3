package cluster

import (
	"os"
	"strings"
	"testing"

	"heartbeat/internal/lab"
	"heartbeat/internal/node"
)

// dies ends the resource of a tally behind the back of its node.
func (cl *cluster) dies(t *testing.T, node, name string) {
	t.Helper()
	must(t, os.Remove(cl.Place(node, "/run/held-"+name)))
}

func TestAResourceThatDiesIsRestartedInPlaceAndThenMoves(t *testing.T) {
	t.Parallel()
	cl := running(t, threeTallies("#!hb monitor_interval 300ms\n"))
	mark := cl.last(t, one)
	n := len(cl.calls(t, one))
	cl.dies(t, one, "b")
	e := cl.awaitEvent(t, one, mark, "resource.failed", "tally::b")
	if !strings.Contains(e.Text, "stopped") || !strings.Contains(e.Text, "restarted here") {
		t.Errorf("the event says %q", e.Text)
	}
	cl.awaitEvent(t, one, e.ID, "group.acquired", "")
	cl.wantCalls(t, one, n, "c stop", "b stop", "b start", "c start") // what stands before it goes on
	cl.wantCalls(t, two, 0)
	mark = cl.last(t, one)
	cl.dies(t, one, "c")
	cl.awaitEvent(t, one, mark, "resource.failed", "tally::c failed on node1 again")
	cl.awaitStatus(t, two, "to run the group", func(s node.Status) bool { return group(s).State == "running" })
	cl.wantCalls(t, two, 0, "a start", "b start", "c start")
	s := cl.awaitStatus(t, one, "to show what failed", func(s node.Status) bool { return group(s).Owner == two })
	if !strings.Contains(group(s).Failure, "tally::c") {
		t.Errorf("status of node1 shows the failure %q", group(s).Failure)
	}
}

func TestASlowStatusIsShownAndIsNoFailureAtOnce(t *testing.T) {
	t.Parallel()
	cl := running(t, threeTallies("#!hb monitor_interval 300ms\n#!hb status_timeout 300ms tally\n"))
	mark := cl.last(t, one)
	cl.misbehave(t, one, "hangstatus", "b")
	e := cl.awaitEvent(t, one, mark, "resource.slow", "tally::b")
	if !strings.Contains(e.Text, "1 of 3") {
		t.Errorf("the event says %q", e.Text)
	}
	cl.awaitEvent(t, one, e.ID, "resource.failed", "3 times in a row")
}

// S40: node1 has no script for the group; the others hear of it before anything is started, and node2 runs it.
func TestANodeWithoutTheScriptLeavesTheGroupToTheOther(t *testing.T) {
	t.Parallel()
	s := threeTallies("")
	s.edit = func(node string, f lab.Files) {
		if node == one {
			delete(f, "resource.d/tally")
		}
	}
	cl := running(t, s)
	cl.awaitStatus(t, two, "to run the group", func(s node.Status) bool { return group(s).State == "running" })
	cl.wantCalls(t, two, 0, "a start", "b start", "c start")
	cl.awaitEvent(t, one, 0, "group.failed", "This node cannot run tally::a")
	out, code := cl.run(t, one, program, "check")
	if code != 0 || !strings.Contains(out, "haresources:1: warning: Cannot locate resource script tally") || !strings.Contains(out, "this node cannot run the group") {
		t.Errorf("check on node1 ends with %d:\n%s", code, out)
	}
	st := cl.awaitStatus(t, one, "to say what is missing", func(s node.Status) bool { return group(s).Failure != "" })
	if !strings.Contains(group(st).Failure, "cannot locate resource script tally") {
		t.Errorf("status of node1 shows the failure %q", group(st).Failure)
	}
}
