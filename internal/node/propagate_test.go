package node

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/propagate"
)

// told is what became of a request: the last news of every node, and the end under "".
type told map[string]PropagateNews

func (n *running) propagate(req PropagateRequest) told {
	n.t.Helper()
	out := told{}
	req.By = "a test"
	n.Propagate(n.t.Context(), req, func(news PropagateNews) { out[news.Node] = news })
	return out
}

// want checks the outcome and states such as "n2 installed".
func (o told) want(t *testing.T, outcome string, states ...string) {
	t.Helper()
	if o[""].Outcome != outcome {
		t.Errorf("the outcome is %s, want %s: %+v", o[""].Outcome, outcome, o)
	}
	for _, s := range states {
		name, state, _ := strings.Cut(s, " ")
		if o[name].State != state {
			t.Errorf("%s is %s, want %s: %+v", name, o[name].State, state, o[name])
		}
	}
}

// etc is a file of a node as it is now.
func (s *stand) etc(node, name string) string {
	s.t.Helper()
	data, err := os.ReadFile(s.path(node, "etc", name))
	if err != nil && !os.IsNotExist(err) {
		s.t.Fatal(err)
	}
	return string(data)
}

// clusterOf starts nodes that know each other.
func (s *stand) clusterOf(names ...string) map[string]*running {
	s.t.Helper()
	s.keys = "auth 1\n1 sha1 the-key-of-these-tests\n"
	s.more = "keepalive 50ms\ndeadtime 3\nwarntime 2\ninitdead 6\nauto_failback off\n" // a busy machine is no dead node here
	s.links = func(string) string { return "bcast lo\nnode " + strings.Join(names, " ") + "\n" }
	out := map[string]*running{}
	for _, name := range names {
		s.files(name)
	}
	for _, name := range names {
		out[name] = s.start(name)
	}
	for _, a := range names {
		for _, b := range names {
			if a != b {
				out[a].await(0, event.NodeActive, b)
			}
		}
	}
	return out
}

func TestFilesReachTheOtherNodeAndAreTakenBack(t *testing.T) {
	s := newStand(t)
	n := s.clusterOf("n1", "n2")
	old := map[string]string{}
	for _, name := range propagate.Names() {
		old[name] = s.etc("n2", name)
	}
	s.write("n1", "haresources", s.rsc+"n2 web::3\n", 0o644)
	s.write("n1", "ha.cf", s.haCf("n1")+"# a new comment\n", 0o600)
	s.write("n1", "authkeys", s.keys+"2 sha256 another-key-of-these-tests\n", 0o600)

	o := n["n1"].propagate(PropagateRequest{DryRun: true})
	o.want(t, OutcomeDone, "n2 ready")
	diff := fmt.Sprint(o["n2"].Files)
	if !strings.Contains(diff, "+n2 web::3") || !strings.Contains(diff, "+2 sha256 (secret, id ") || strings.Contains(diff, "another-key") {
		t.Errorf("the dry run shows %s", diff)
	}
	for name, text := range old {
		if s.etc("n2", name) != text {
			t.Errorf("a dry run changed %s", name)
		}
	}

	o = n["n1"].propagate(PropagateRequest{})
	o.want(t, OutcomeDone, "n2 installed", "n1 here")
	for _, name := range propagate.Names() {
		if s.etc("n2", name) != s.etc("n1", name) {
			t.Errorf("%s differs:\n%s", name, s.etc("n2", name))
		}
	}
	if got := fmt.Sprint(o["n2"].InForce, o["n2"].Restart, o["n1"].InForce); got != "[authkeys log targets] [the resource groups] [authkeys]" {
		t.Errorf("in force and after a restart: %s", got)
	}
	if len(n["n2"].Config().AuthKeys.Keys) != 2 {
		t.Error("the new key is not in force on n2")
	}
	if info, err := os.Stat(s.path("n2", "etc", "authkeys")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("authkeys: %v %v", info, err)
	}
	if info, err := os.Stat(s.path("n2", "etc", "ha.cf")); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("ha.cf has the mode of another node: %v %v", info, err)
	}
	e := n["n2"].await(0, event.FilesInstalled, "n2")
	if !strings.Contains(e.Text, "n1") || !strings.Contains(e.Text, "a test") || !strings.Contains(e.Text, "haresources changed (") {
		t.Errorf("the timeline of n2 says %s", e.Text)
	}
	if e := n["n1"].await(0, event.FilesSent, "n1"); !strings.Contains(e.Text, "n2 (installed)") {
		t.Errorf("the timeline of n1 says %s", e.Text)
	}
	n["n1"].propagate(PropagateRequest{}).want(t, OutcomeDone, "n2 same")

	// Once back, once again, and back on the node itself.
	n["n1"].propagate(PropagateRequest{Undo: true}).want(t, OutcomeDone, "n2 installed")
	for name, text := range old {
		if s.etc("n2", name) != text {
			t.Errorf("after an undo %s is\n%s", name, s.etc("n2", name))
		}
	}
	n["n2"].await(0, event.FilesUndone, "n2")
	n["n1"].propagate(PropagateRequest{Undo: true}).want(t, OutcomeDone, "n2 installed")
	if s.etc("n2", "haresources") != s.etc("n1", "haresources") {
		t.Error("the second undo does not make the change again")
	}
	n["n2"].propagate(PropagateRequest{Undo: true, Nodes: []string{"n2"}}).want(t, OutcomeDone, "n2 installed")
	if s.etc("n2", "haresources") != old["haresources"] {
		t.Error("an undo on the node itself changes nothing")
	}
	s.write("n2", "haresources", old["haresources"]+"# by hand\n", 0o644)
	o = n["n1"].propagate(PropagateRequest{Undo: true, Nodes: []string{"n2"}})
	o.want(t, OutcomeRefused, "n2 refused")
	if !strings.Contains(o["n2"].Text, "haresources was changed on n2") {
		t.Errorf("an undo over a change by hand: %+v", o["n2"])
	}
}

func TestFilesThatOneNodeRefusesChangeNothingAnywhere(t *testing.T) {
	s := newStand(t)
	s.rsc = "n1 web::1\nn2 mail::2\n"
	n := s.clusterOf("n1", "n2", "n3")
	for _, name := range []string{"n1", "n2"} {
		s.write(name, "resource.d/ledger", "#!/bin/sh\nexit 0\n", 0o755)
	}
	before := s.etc("n2", "haresources")
	s.write("n1", "haresources", "n1 web::1\nn2 mail::2 ledger::3\n", 0o644)
	o := n["n1"].propagate(PropagateRequest{})
	o.want(t, OutcomeRefused, "n2 kept", "n3 refused")
	if p := fmt.Sprint(o["n3"].Problems); !strings.Contains(p, "haresources 2 error") || !strings.Contains(p, "ledger") {
		t.Errorf("n3 says %s", p)
	}
	if s.etc("n2", "haresources") != before || s.etc("n3", "haresources") != before {
		t.Error("a refused file was written")
	}
	n["n3"].await(0, event.FilesDeclined, "n3")

	// A mistake here is found before anything is sent.
	mark := n["n2"].last()
	s.write("n1", "ha.cf", s.haCf("n1")+"keepaliv 3\n", 0o644)
	o = n["n1"].propagate(PropagateRequest{})
	o.want(t, OutcomeBroken)
	if p := fmt.Sprint(o[""].Problems); !strings.Contains(p, "keepaliv") {
		t.Errorf("the mistake is not shown: %s", p)
	}
	if got := n["n2"].Events(mark, 0); len(got) > 0 {
		t.Errorf("n2 was bothered with it: %v", got)
	}
	// With a node left out, the rest goes through.
	s.write("n1", "ha.cf", s.haCf("n1"), 0o644)
	n["n1"].propagate(PropagateRequest{Nodes: []string{"n2"}}).want(t, OutcomeDone, "n2 installed")
	n["n1"].propagate(PropagateRequest{Nodes: []string{"n9"}}).want(t, OutcomeRefused)
}

func TestNodesThatCannotBeGivenFilesAreNamed(t *testing.T) {
	s := newStand(t)
	n := s.clusterOf("n1", "n2", "n3")
	s.write("n2", "ha.cf.d/local.conf", "accept_files off\n", 0o644)
	n["n3"].Abandon()
	n["n3"].ends()
	n["n1"].await(0, event.NodeDead, "n3")
	s.write("n1", "ha.cf", strings.Replace(s.haCf("n1"), "node n1 n2 n3", "node n1 n2 n3 n4", 1), 0o644)
	o := n["n1"].propagate(PropagateRequest{})
	o.want(t, OutcomePartial, "n2 skipped", "n3 skipped", "n4 skipped")
	for name, want := range map[string]string{"n2": "accept_files off", "n3": "node n3 is down", "n4": "new in ha.cf"} {
		if !strings.Contains(o[name].Text, want) || o[name].Mend == "" {
			t.Errorf("%s: %+v", name, o[name])
		}
	}
	if strings.Contains(s.etc("n2", "ha.cf"), "n4") {
		t.Error("the node that forbids it was given files")
	}
}

func TestNodeWithAnotherKeyIsNamed(t *testing.T) {
	s := newStand(t)
	n := s.clusterOf("n1", "n2")
	n["n2"].Abandon()
	n["n2"].ends()
	n["n1"].await(0, event.NodeDead, "n2")
	other := "auth 1\n1 sha1 another-key-of-these-tests\n"
	s.write("n2", "authkeys", other, 0o600)
	s.start("n2")
	n["n1"].await(0, event.NodeUnproven, "n2")
	o := n["n1"].propagate(PropagateRequest{})
	o.want(t, OutcomePartial, "n2 skipped")
	if !strings.Contains(o["n2"].Text, "do not verify here") || s.etc("n2", "authkeys") != other {
		t.Errorf("%+v", o["n2"])
	}
}

func TestEmptyAndMissingFilesAreCarriedAndComeBack(t *testing.T) {
	s := newStand(t)
	s.rsc = ""
	n := s.clusterOf("n1", "n2")
	if err := os.Remove(s.path("n2", "etc", "haresources")); err != nil {
		t.Fatal(err)
	}
	if o := n["n1"].propagate(PropagateRequest{Files: []string{"haresources"}}); o["n2"].State != PropagateInstalled || o["n2"].Files[0].State != propagate.New {
		t.Errorf("%+v", o)
	}
	if data, err := os.ReadFile(s.path("n2", "etc", "haresources")); err != nil || len(data) != 0 {
		t.Errorf("an empty file arrived as %q %v", data, err)
	}
	// Without the file the node would not start, so taking it back is refused.
	o := n["n1"].propagate(PropagateRequest{Undo: true})
	o.want(t, OutcomeRefused, "n2 refused")
	if p := fmt.Sprint(o["n2"].Problems); !strings.Contains(p, "Cannot open resources file") {
		t.Errorf("%s", p)
	}
	if err := os.Remove(s.path("n1", "etc", "haresources")); err != nil {
		t.Fatal(err)
	}
	o = n["n1"].propagate(PropagateRequest{Files: []string{"haresources"}})
	o.want(t, OutcomeRefused)
	if !strings.Contains(o[""].Text, "there is no haresources") {
		t.Errorf("%+v", o[""])
	}
}

func TestTwoAdministratorsDoNotMixTheirFiles(t *testing.T) {
	s := newStand(t)
	n := s.clusterOf("n1", "n2", "n3")
	s.write("n1", "haresources", s.rsc+"# of n1\n", 0o644)
	s.write("n2", "haresources", s.rsc+"# of n2\n", 0o644)
	done := make(chan told, 2)
	for _, name := range []string{"n1", "n2"} {
		go func() {
			out := told{}
			n[name].Propagate(t.Context(), PropagateRequest{Files: []string{"haresources"}}, func(news PropagateNews) { out[news.Node] = news })
			done <- out
		}()
	}
	won := 0
	for range 2 {
		if o := <-done; o[""].Outcome == OutcomeDone {
			won++
		} else if o[""].Outcome != OutcomeRefused {
			t.Errorf("%+v", o)
		}
	}
	a, b := s.etc("n1", "haresources"), s.etc("n2", "haresources")
	if won == 1 && (a != b || s.etc("n3", "haresources") != a) {
		t.Errorf("one of two went through, and the nodes have %q, %q, %q", a, b, s.etc("n3", "haresources"))
	}
	n["n1"].propagate(PropagateRequest{Files: []string{"haresources"}}).want(t, OutcomeDone) // nothing is left occupied
}

func TestKeyThatWouldMakeNodesDeafIsRefused(t *testing.T) {
	s := newStand(t)
	n := s.clusterOf("n1", "n2", "n3")
	keys := func(text string) { s.write("n1", "authkeys", text, 0o600) }
	first, second := "1 sha1 the-key-of-these-tests\n", "2 sha256 another-key-of-these-tests\n"
	for _, hasty := range []string{"auth 2\n" + second, "auth 2\n" + first + second, "auth 1\n1 sha1 not-the-key-of-these-tests\n"} {
		keys(hasty)
		o := n["n1"].propagate(PropagateRequest{})
		o.want(t, OutcomeRefused, "n2 refused", "n3 refused")
		if p := fmt.Sprint(o["n2"].Problems); !strings.Contains(p, "would not hear") || !strings.Contains(p, "three steps") {
			t.Errorf("%q: %s", hasty, p)
		}
	}
	for _, step := range []string{"auth 1\n" + first + second, "auth 2\n" + first + second, "auth 2\n" + second} {
		keys(step)
		marks := n["n3"].last()
		n["n1"].propagate(PropagateRequest{Files: []string{"authkeys"}}).want(t, OutcomeDone, "n2 installed", "n3 installed", "n1 here")
		want := "n2 " + s.etc("n1", "authkeys")
		if got := "n2 " + s.etc("n2", "authkeys"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		for _, e := range n["n3"].Events(marks, 0) {
			if e.Kind == event.NodeDead || e.Kind == event.NodeUnproven {
				t.Errorf("%q: %s", step, e.Text)
			}
		}
		// The next step needs that the others know of this one: a status of each.
		for _, a := range n {
			for b := range n {
				a.awaitKeys(b, strings.Count(step, "\n")-1, int(step[5]-'0'))
			}
		}
	}
}

// awaitKeys waits until this node knows that another has so many keys and signs with one.
func (r *running) awaitKeys(of string, count, signs int) {
	r.t.Helper()
	give := time.NewTimer(patience)
	defer give.Stop()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		for _, v := range r.Status().Nodes {
			if v.Name == of && len(v.Keys) == count && v.Signs == signs {
				return
			}
		}
		select {
		case <-look.C:
		case <-give.C:
			r.t.Fatalf("%s does not learn the keys of %s", r.Name(), of)
		}
	}
}

func TestNothingTravelsUnderAKeyWithoutSecret(t *testing.T) {
	s := newStand(t)
	s.keys = "auth 1\n1 crc\n"
	s.files("n1")
	n1 := s.start("n1")
	n1.await(0, event.NodeStarting, "")
	o := n1.propagate(PropagateRequest{})
	o.want(t, OutcomeRefused)
	if !strings.Contains(o[""].Text, "crc") {
		t.Errorf("%+v", o[""])
	}
}

// A node that was started again so fast that nobody called it dead knows nothing of conversations with its life before.
func TestAConversationEndsWithTheLifeOfTheOtherNode(t *testing.T) {
	s := newStand(t)
	n := s.clusterOf("n1", "n2")
	v, err := n["n1"].courier.call(t.Context(), "n2")
	if err != nil {
		t.Fatal(err)
	}
	defer v.close()
	n["n2"].Abandon()
	n["n2"].ends()
	s.start("n2").await(0, event.NodeActive, "n1")
	if _, err := v.ask(t.Context(), propagate.Order{Verb: propagate.Compare}); !errors.Is(err, errSilent) || !strings.Contains(err.Error(), "started again") {
		t.Errorf("a conversation with a former life ends with %v", err)
	}
}
