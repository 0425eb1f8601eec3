package cluster

import (
	"strings"
	"testing"
	"time"

	"heartbeat/internal/node"
)

// The two haresources of the reload tests: the first member of the first group stays, one goes, one comes; the second group goes,
// a third one comes.
const (
	before = "node1 " + addrOne + "/24/eth0 tally::a tally::b\nnode1 tally::old\nnode2 " + addrTwo + "/24/eth0 tally::two\n"
	after  = "node1 " + addrOne + "/24/eth0 tally::a tally::c\nnode1 tally::new\nnode2 " + addrTwo + "/24/eth0 tally::two\n"
)

// reconfigure writes new files on a node and puts them into force.
func (cl *cluster) reconfigure(t *testing.T, name string) string {
	t.Helper()
	cl.write(t, name, "/etc/ha.d/haresources", after)
	cl.rewrite(t, name, "ha.cf", "warntime 600ms", "warntime 700ms")
	out := cl.mustRun(t, name, program, "reload")
	for _, want := range []string{"warntime", "the resource groups", "done after"} {
		if !strings.Contains(out, want) {
			t.Errorf("reload on %s does not say %q:\n%s", name, want, out)
		}
	}
	return out
}

func TestReloadPutsEverythingIntoForceWhileServicesRunOn(t *testing.T) {
	t.Parallel()
	for _, guarded := range []bool{true, false} {
		name := map[bool]string{true: "guarded", false: "alone"}[guarded]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cl := newCluster(t, setup{groups: before, scripts: []string{"tally"}})
			args := map[bool][]string{true: nil, false: {"--no-guard"}}[guarded]
			for _, n := range []string{one, two} {
				must(t, cl.StartDaemon(n, args...))
			}
			for _, n := range []string{one, two} {
				must(t, cl.WaitDaemon(within(t, soon), n))
			}
			cl.awaitRest(t, one, two)
			cl.wantReloaded(t)
		})
	}
}

// wantReloaded reloads node1, then node2, and wants what did not change to run on.
func (cl *cluster) wantReloaded(t *testing.T) {
	t.Helper()
	visitor := cl.visitor(t, addrOne, one)
	mark, first, second := cl.last(t, two), len(cl.calls(t, one)), len(cl.calls(t, two))
	changes := cl.watch(t, one)
	cl.reconfigure(t, one)
	cl.awaitStatus(t, one, "to run the new member", func(s node.Status) bool {
		return s.Local == "active" && s.Renewal == nil && s.Parameters["warntime"] == "700ms"
	})
	until(t, "node1 to start what is new", func() (string, bool) {
		got := strings.Join(cl.called(t, one, first), ", ")
		return got, strings.Contains(got, "c start") && strings.Contains(got, "new start")
	})
	cl.reconfigure(t, two)
	cl.awaitRest(t, one, two)
	must(t, visitor.WaitAnswers(within(t, soon), one, 10, time.Now()))
	got := strings.Join(cl.called(t, one, first), ", ")
	for _, once := range []string{"old stop", "b stop", "c start", "new start"} {
		if strings.Count(got, once) != 1 {
			t.Errorf("node1 called %q, want one %q", got, once)
		}
	}
	if strings.Contains(got, "a st") {
		t.Errorf("what did not change was touched: %q", got)
	}
	cl.wantCalls(t, two, second)
	for _, c := range changes() {
		if c.Prefix.Addr().String() == addrOne && !c.Added {
			t.Errorf("the service address was taken away at %v", c.At)
		}
	}
	for _, kind := range []string{"node.dead", "group.conflict", "takeover.unprotected"} {
		for _, e := range cl.events(t, two, mark, kind) {
			t.Errorf("node2 saw more than a reload: %s", e.Text)
		}
	}
}

func TestReloadThatCannotStopARemovedResourceChangesNothing(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{groups: before, scripts: []string{"tally"}, more: "#!hb stop_retries 0\n#!hb stop_failure block\n"})
	cl.misbehave(t, one, "nostop", "b")
	pid := cl.status(t, one).PID
	cl.write(t, one, "/etc/ha.d/haresources", after)
	out, code := cl.run(t, one, program, "reload")
	if code != 2 || !strings.Contains(out, "tally::b") || !strings.Contains(out, "would not stop") {
		t.Errorf("reload says %q, code %d", out, code)
	}
	s := cl.status(t, one)
	if s.PID != pid || !strings.Contains(strings.Join(s.Attention, "\n"), "not in force") {
		t.Errorf("process %d, was %d; attention %q", s.PID, pid, s.Attention)
	}
	must(t, cl.misbehaveNoMore(one, "nostop", "b"))
	cl.mustRun(t, one, program, "reload")
	cl.awaitStatus(t, one, "to run the new group", func(s node.Status) bool {
		for _, g := range s.Groups {
			if g.Key == "tally::new" {
				return g.State == "running"
			}
		}
		return false
	})
}

func TestBrokenFilesStopNoReloadHalfway(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{groups: before, scripts: []string{"tally"}})
	pid, calls := cl.status(t, one).PID, len(cl.calls(t, one))
	cl.write(t, one, "/etc/ha.d/haresources", after+"node9 tally::nowhere\n")
	out, code := cl.run(t, one, program, "reload")
	if code != 6 || !strings.Contains(out, "node9") {
		t.Errorf("reload says %q, code %d", out, code)
	}
	if s := cl.status(t, one); s.PID != pid || s.Renewal != nil {
		t.Errorf("process %d, was %d; renewal %+v", s.PID, pid, s.Renewal)
	}
	cl.wantCalls(t, one, calls)
}
