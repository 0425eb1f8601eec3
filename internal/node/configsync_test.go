package node

import (
	"os"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/propagate"
)

// alike starts nodes with the very same files and config_sync on, and waits until they know that.
func (s *stand) alike(names ...string) map[string]*running {
	s.t.Helper()
	s.keys = "auth 1\n1 sha1 the-key-of-these-tests\n"
	s.more = "keepalive 50ms\ndeadtime 3\nwarntime 2\ninitdead 6\nauto_failback off\n#!hb config_sync on\n#!hb config_files extra.cf\n"
	s.links = func(string) string { return "bcast lo\nnode " + strings.Join(names, " ") + "\n" }
	out := map[string]*running{}
	for _, name := range names {
		s.files(name)
		s.write(name, "ha.cf", s.haCf("all"), 0o644)
		s.write(name, "extra.cf", "first\n", 0o640)
	}
	for _, name := range names {
		out[name] = s.start(name)
	}
	for _, name := range names {
		out[name].awaitCompared(names, propagate.Agree)
	}
	return out
}

// awaitCompared waits until every other node stands like that to this one.
func (r *running) awaitCompared(names []string, relation string) told {
	r.t.Helper()
	var o told
	r.awaitState("nodes that stand "+relation, func() bool {
		o = r.propagate(PropagateRequest{Compare: true})
		for _, name := range names {
			if name != r.Name() && o[name].Relation != relation {
				return false
			}
		}
		return true
	})
	return o
}

// awaitState waits for what no event tells.
func (r *running) awaitState(what string, is func() bool) {
	r.t.Helper()
	give := time.NewTimer(2 * syncEvery) // a look at files that nobody put into force may be that far away
	defer give.Stop()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for !is() {
		select {
		case <-look.C:
		case <-give.C:
			r.t.Fatalf("%s: no %s; the timeline:\n%s", r.Name(), what, r.story())
		}
	}
}

// problems are what status warns of.
func (r *running) problems() string { return strings.Join(r.Status().Attention, "\n") }

func (s *stand) remove(node, name string) {
	s.t.Helper()
	if err := os.Remove(s.path(node, "etc", name)); err != nil {
		s.t.Fatal(err)
	}
}

func (r *running) reload() {
	r.t.Helper()
	if list := conf.Problems(r.Reload(false)); list.HasErrors() {
		r.t.Fatalf("%s: %v", r.Name(), list)
	}
}

func TestAChangeThatIsInForceReachesTheOtherNodesByItself(t *testing.T) {
	s := newStand(t)
	both := []string{"n1", "n2"}
	n := s.alike(both...)

	// What somebody is still writing stays where it is.
	s.write("n1", "ha.cf", s.haCf("all")+"# by hand\n", 0o644)
	s.write("n1", "extra.cf", "second\n", 0o640)
	o := n["n1"].propagate(PropagateRequest{Compare: true})
	o.want(t, OutcomeDiffers, "n1 here", "n2 differs")
	if st := o["n1"].Standing; st == nil || !st.Loose || len(o["n2"].Files) != 4 {
		t.Errorf("compared before the reload: %+v", o)
	}
	n["n1"].awaitState("word of files that are not in force", func() bool { return strings.Contains(n["n1"].problems(), "are not in force") })
	if s.etc("n2", "extra.cf") != "first\n" {
		t.Error("a file that nobody put into force was copied")
	}

	n["n1"].reload()
	e := n["n2"].await(0, event.FilesInstalled, "n2")
	if !strings.Contains(e.Text, "n1") || !strings.Contains(e.Text, "config_sync") || !strings.Contains(e.Text, "extra.cf changed") {
		t.Errorf("the timeline of n2 says %s", e.Text)
	}
	n["n1"].awaitCompared(both, propagate.Agree)
	for _, name := range []string{"ha.cf", "extra.cf"} {
		if s.etc("n2", name) != s.etc("n1", name) {
			t.Errorf("%s differs:\n%s", name, s.etc("n2", name))
		}
	}
	n["n1"].awaitState("end of the word", func() bool { return !strings.Contains(n["n1"].problems(), "config_sync") })

	// Back from the other side, to what was there at the beginning; a file that goes, goes everywhere.
	s.write("n2", "ha.cf", s.haCf("all"), 0o644)
	s.remove("n2", "extra.cf")
	n["n2"].reload()
	n["n1"].await(0, event.FilesInstalled, "n1")
	n["n2"].awaitCompared(both, propagate.Agree)
	if s.etc("n1", "ha.cf") != s.haCf("all") || s.etc("n1", "extra.cf") != "" {
		t.Errorf("n1 has ha.cf\n%s\nand extra.cf %q", s.etc("n1", "ha.cf"), s.etc("n1", "extra.cf"))
	}

	// An undo is a change like others. It is refused while config_sync of n2 has not heard the end of its own.
	var undo told
	n["n2"].awaitState("turn for an undo", func() bool {
		undo = n["n2"].propagate(PropagateRequest{Undo: true, Nodes: []string{"n1"}})
		return undo[""].Outcome != OutcomeRefused
	})
	undo.want(t, OutcomeDone, "n1 installed")
	n["n2"].await(0, event.FilesInstalled, "n2")
	n["n2"].awaitState("former file", func() bool { return s.etc("n2", "extra.cf") == "second\n" && s.etc("n1", "extra.cf") == "second\n" })
}

func TestALateNodeGetsTheFilesWhenItComesBackAndAChangedOneIsLeftAlone(t *testing.T) {
	s := newStand(t)
	both := []string{"n1", "n2"}
	n := s.alike(both...)
	n["n2"].Abandon()
	n["n2"].ends()
	n["n1"].await(0, event.NodeDead, "n2")
	s.write("n1", "extra.cf", "while n2 was down\n", 0o640)
	n["n1"].reload()
	again := s.start("n2")
	again.await(0, event.FilesInstalled, "n2")
	n["n1"].awaitCompared(both, propagate.Agree)
	if got := s.etc("n2", "extra.cf"); got != "while n2 was down\n" {
		t.Errorf("n2 has %q", got)
	}

	mark := n["n1"].last()
	again.Abandon()
	again.ends()
	n["n1"].await(mark, event.NodeDead, "n2")
	s.write("n1", "extra.cf", "by n1\n", 0o640)
	n["n1"].reload()
	s.write("n2", "extra.cf", "by n2\n", 0o640)
	again = s.start("n2")
	for _, r := range []*running{n["n1"], again} {
		if e := r.await(0, event.ConfigDiffers, ""); !strings.Contains(e.Text, "heartbeat config push") {
			t.Errorf("%s says %s", r.Name(), e.Text)
		}
		r.awaitCompared(both, propagate.Apart)
	}
	if a, b := s.etc("n1", "extra.cf"), s.etc("n2", "extra.cf"); a != "by n1\n" || b != "by n2\n" {
		t.Errorf("files that were changed on both nodes are now %q and %q", a, b)
	}
	n["n1"].propagate(PropagateRequest{}).want(t, OutcomeDone, "n2 installed")
	n["n1"].awaitCompared(both, propagate.Agree)
	for _, r := range []*running{n["n1"], again} {
		r.awaitState("end of the word", func() bool { return !strings.Contains(r.problems(), "config_sync") })
	}
	if got := s.etc("n2", "extra.cf"); got != "by n1\n" {
		t.Errorf("after the push n2 has %q", got)
	}
}

func TestAFileThatWouldNotWorkThereStaysAwayAndPeopleHearWhy(t *testing.T) {
	s := newStand(t)
	s.rsc = "n1 web::1\nn2 mail::2\n"
	n := s.alike("n1", "n2")
	s.write("n1", "authkeys", "auth 1\n1 sha1 the-key-of-these-tests\n2 sha256 another-key-of-these-tests\n", 0o600)
	s.write("n1", "ha.cf", strings.Replace(s.haCf("all"), "#!hb config_files extra.cf\n", "#!hb config_files extra.cf\n#!hb accept_files on\n", 1), 0o644)
	s.write("n2", "ha.cf.d/local.conf", "accept_files off\n", 0o644)
	before := s.etc("n2", "authkeys")
	n["n1"].reload()
	n["n1"].awaitState("word of the refusal", func() bool {
		p := n["n1"].problems()
		return strings.Contains(p, "accept_files off") && strings.Contains(p, "heartbeat config push")
	})
	n["n2"].await(0, event.FilesDeclined, "n2")
	if s.etc("n2", "authkeys") != before {
		t.Error("files were written on a node that accepts none")
	}
	o := n["n1"].propagate(PropagateRequest{Compare: true})
	o.want(t, OutcomeDiffers, "n2 differs")
	for _, f := range o["n2"].Files {
		if f.Diff != "" {
			t.Errorf("a node that accepts no files shows its own: %s", f.Diff)
		}
	}
	s.remove("n2", "ha.cf.d/local.conf")
	n["n1"].reload() // a reload tries it at once
	n["n2"].await(0, event.FilesInstalled, "n2")
	n["n1"].awaitCompared([]string{"n1", "n2"}, propagate.Agree)
}

func TestNothingIsSentWhereNobodyWantsIt(t *testing.T) {
	s := newStand(t)
	n := s.clusterOf("n1", "n2")
	s.write("n1", "haresources", s.rsc+"# of n1\n", 0o644)
	n["n1"].reload()
	o := n["n1"].propagate(PropagateRequest{Compare: true})
	o.want(t, OutcomeDiffers, "n2 differs")
	if o["n2"].Relation != "" || o["n2"].Standing.Sync || strings.Contains(n["n1"].problems(), "config_sync") {
		t.Errorf("%+v", o)
	}
	if got := n["n1"].sync.now(); got.Head() != "" {
		t.Errorf("versions are kept although config_sync is off: %+v", got)
	}
}
