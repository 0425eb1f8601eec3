package cluster

import (
	"slices"
	"strings"
	"testing"

	"heartbeat/internal/node"
)

// threeTallies is a group of three scripts, at home on node1.
func threeTallies(more string) setup {
	return setup{groups: "node1 tally::a tally::b tally::c\n", scripts: []string{"tally"}, failback: "off", more: more}
}

func TestMembersStartFromLeftToRightAndStopBackwards(t *testing.T) {
	t.Parallel()
	cl := running(t, threeTallies(""))
	cl.wantCalls(t, one, 0, "a start", "b start", "c start")
	cl.wantCalls(t, two, 0)
	cl.mustRun(t, one, program, "hb_standby", "--wait=20")
	cl.wantCalls(t, one, 3, "c stop", "b stop", "a stop")
	cl.wantCalls(t, two, 0, "a start", "b start", "c start")
	must(t, cl.StopDaemon(within(t, soon), two))
	cl.wantCalls(t, two, 3, "c stop", "b stop", "a stop")
	cl.awaitRest(t, one)
	cl.wantCalls(t, one, 6, "a start", "b start", "c start")
}

func TestFailingStartIsUndoneBackwardsAndTheServiceGoesBack(t *testing.T) {
	t.Parallel()
	cl := running(t, threeTallies("#!hb start_retries 0\n"))
	cl.misbehave(t, two, "nostart", "c")
	mark := cl.last(t, two)
	cl.run(t, one, program, "hb_standby", "--wait=20")
	e := cl.awaitEvent(t, two, mark, "agent.failed", "tally::c")
	if !strings.Contains(e.Text+e.Attrs["output"], "c cannot find its disk") {
		t.Errorf("the event does not tell what the script printed: %+v", e)
	}
	cl.awaitEvent(t, two, mark, "group.failed", "")
	s := cl.awaitStatus(t, two, "to show the failure", func(s node.Status) bool { return group(s).Failure != "" })
	if !strings.Contains(group(s).Failure, "tally::c") || !strings.Contains(group(s).Failure, "c cannot find its disk") {
		t.Errorf("status of node2 shows the failure %q", group(s).Failure)
	}
	cl.awaitRest(t, one)
	cl.awaitStatus(t, one, "to run the group again", func(s node.Status) bool { return group(s).State == "running" })
	got := cl.calls(t, two)
	if got = got[:min(6, len(got))]; !slices.Equal(without(got, "c stop"), []string{"a start", "b start", "c start", "b stop", "a stop"}) {
		t.Errorf("node2 called %q, want the started members stopped backwards", cl.calls(t, two))
	}
	if out := cl.mustRun(t, two, program, "events"); !strings.Contains(out, "c cannot find its disk") {
		t.Errorf("heartbeat events on node2 does not show the output:\n%s", out)
	}
}

func without(list []string, one string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == one })
}

func TestFailingStopBlocksTheGroupInSightOfAll(t *testing.T) {
	t.Parallel()
	blocks(t, threeTallies("#!hb stop_retries 1\n"), "nostop", "b is busy")
}

func TestHangingStopIsKilledAndBlocksTheGroup(t *testing.T) {
	t.Parallel()
	blocks(t, threeTallies("#!hb stop_timeout 1\n#!hb stop_retries 0\n"), "hangstop", "b waits for its users")
}

// blocks makes the middle member of a group refuse to stop in a hand-over.
func blocks(t *testing.T, s setup, how, says string) {
	t.Helper()
	cl := running(t, s)
	cl.misbehave(t, one, how, "b")
	mark := cl.last(t, one)
	out, code := cl.run(t, one, program, "hb_standby", "--wait=20")
	if code == 0 {
		t.Errorf("hb_standby says that all is well: %s", out)
	}
	e := cl.awaitEvent(t, one, mark, "group.stuck", "tally::b")
	if e.Level != "error" {
		t.Errorf("the event is of level %s", e.Level)
	}
	st := cl.awaitStatus(t, one, "to show the blocked group", func(s node.Status) bool { return group(s).State == "blocked" })
	told := strings.Join(st.Attention, "\n")
	for _, want := range []string{"could not be stopped", "tally::b", says} {
		if !strings.Contains(told, want) {
			t.Errorf("status does not tell %q: %s", want, told)
		}
	}
	if out, code := cl.run(t, one, program, "status"); !strings.Contains(out, says) {
		t.Errorf("heartbeat status ends with %d:\n%s", code, out)
	}
	pass(t, 2*deadtime, func() string {
		if calls := cl.calls(t, two); len(calls) > 0 {
			return "node2 started a group that runs on node1 still: " + strings.Join(calls, ", ")
		}
		return ""
	})
	if calls := cl.calls(t, one); slices.Contains(calls, "a stop") {
		t.Errorf("node1 called %q: a stands before the member that would not stop", calls)
	}
	cl.noScriptHangs(t, one)
	for _, n := range cl.status(t, two).Nodes {
		if n.Status != "active" {
			t.Errorf("%s is %s", n.Name, n.Status)
		}
	}
	// A machine that is off holds nothing: now it can run elsewhere.
	must(t, cl.PowerOff(one))
	cl.awaitStatus(t, two, "to run the group", func(s node.Status) bool { return group(s).State == "running" })
	cl.wantCalls(t, two, 0, "a start", "b start", "c start")
}

// noScriptHangs looks for a script that outlived its time limit.
func (cl *cluster) noScriptHangs(t *testing.T, name string) {
	t.Helper()
	out, _ := cl.run(t, name, "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
	if strings.Contains(out, "tally b st") || strings.Contains(out, "sleep 300") {
		t.Errorf("the hanging script lives on: %s", out)
	}
}

func TestHangingStartIsKilledAtItsTimeLimit(t *testing.T) {
	t.Parallel()
	s := threeTallies("#!hb start_timeout 1\n#!hb start_retries 0\n")
	s.groups += "node1 tally::other\n"
	cl := running(t, s)
	cl.misbehave(t, two, "hang", "b")
	mark := cl.last(t, two)
	cl.run(t, one, program, "hb_standby", "--wait=20")
	e := cl.awaitEvent(t, two, mark, "agent.failed", "tally::b")
	if !strings.Contains(e.Text+e.Attrs["output"], "b waits for its disk") {
		t.Errorf("the event does not tell what the script printed: %+v", e)
	}
	s2 := cl.awaitStatus(t, two, "to show the failure", func(s node.Status) bool { return group(s).Failure != "" })
	if !strings.Contains(group(s2).Failure, "tally::b") {
		t.Errorf("status shows the failure %q", group(s2).Failure)
	}
	cl.noScriptHangs(t, two)
	cl.awaitStatus(t, one, "to run the group again", func(s node.Status) bool { return group(s).State == "running" })
	if got := cl.calls(t, two); !slices.Contains(got, "a stop") || slices.Contains(got, "c start") {
		t.Errorf("node2 called %q, want a stopped again and c never started", got)
	}
	if list := cl.events(t, one, 0, "node.dead"); len(list) > 0 {
		t.Errorf("a hanging script cost the life of a node: %+v", list)
	}
}
