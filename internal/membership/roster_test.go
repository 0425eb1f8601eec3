package membership

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// list is what cl_status listnodes would print, in the order of configuration.
func (p *peer) list() string { return strings.Join(p.core.normalNames(), " ") }

// ask asks for a change of the list of nodes and returns the answer.
func (p *peer) ask(t *testing.T, verb, value string, nodes ...string) RosterAnswered {
	t.Helper()
	p.step(RosterAsked{ID: 7, Verb: verb, Nodes: nodes, Value: value})
	for _, s := range slices.Backward(p.effects) {
		if a, ok := s.e.(RosterAnswered); ok {
			if a.ID != 7 {
				t.Errorf("the answer has ID %d", a.ID)
			}
			return a
		}
	}
	t.Fatalf("%s %v got no answer", verb, nodes)
	return RosterAnswered{}
}

// stored is what the host cache and the list of deleted nodes hold after the last change.
func (p *peer) stored() (members, deleted string) {
	for _, s := range slices.Backward(p.effects) {
		if r, ok := s.e.(RosterChanged); ok {
			line := func(list []Member) string {
				var out []string
				for _, m := range list {
					out = append(out, fmt.Sprintf("%s/%d/%s", m.Name, m.Weight, m.Site))
				}
				return strings.Join(out, " ")
			}
			return line(r.Members), line(r.Deleted)
		}
	}
	return "nothing", "nothing"
}

// joining is a lab in which the first nodes are configured and the others join.
func joining(t *testing.T, configured int, names ...string) *lab {
	l := newLab(t, names...)
	for _, p := range l.peers {
		p.cfg.Join = JoinAny
		p.cfg.Nodes = names[:configured]
		if !slices.Contains(p.cfg.Nodes, p.cfg.Self) {
			p.cfg.Nodes = []string{p.cfg.Self}
		}
	}
	return l
}

func TestAutojoinLetsAThirdNodeIn(t *testing.T) {
	l := joining(t, 2, "n1", "n2", "n3")
	l.peer("n1").boot()
	l.peer("n2").boot()
	l.run(2900 * time.Millisecond)
	if l.peer("n1").core.View().CommUp {
		t.Error("with autojoin a start waits for those whom nobody listed, the whole initdead")
	}
	l.run(200 * time.Millisecond)
	if !l.peer("n1").core.View().CommUp || !l.peer("n2").core.View().CommUp {
		t.Error("two nodes are not active after initdead")
	}
	l.peer("n3").boot()
	l.run(5 * time.Second)
	for _, name := range []string{"n1", "n2"} {
		p := l.peer(name)
		if got := p.list(); got != "n1 n2 n3" {
			t.Errorf("%s lists %q", name, got)
		}
		if e := p.records(event.NodeAdded); len(e) != 1 || e[0].Subject != "n3" {
			t.Errorf("%s: %+v", name, e)
		}
		if members, _ := p.stored(); members != "n1/100/ n2/100/ n3/100/" {
			t.Errorf("%s stores %q", name, members)
		}
		if p.core.find("n3").status != Active {
			t.Errorf("%s: n3 is %s", name, p.core.find("n3").status)
		}
	}
	n3 := l.peer("n3")
	if got := strings.Fields(n3.list()); len(got) != 3 || got[0] != "n3" {
		t.Errorf("n3 lists %q", got)
	}
	// What joined is delivered like what was configured.
	n3.say("from n3")
	l.run(100 * time.Millisecond)
	if got := l.peer("n1").delivered(); !slices.Equal(got, []string{"from n3"}) {
		t.Errorf("n1 got %q", got)
	}
}

func TestTheHostCacheIsRemembered(t *testing.T) {
	l := newLab(t, "n1", "n2")
	n1 := l.peer("n1")
	n1.cfg.Cached = []Member{{Name: "n2", UUID: l.peer("n2").cfg.UUID, Weight: 50, Site: "b"}, {Name: "n5", Weight: 7}, {Name: "bad name"}, {Name: "n6"}}
	n1.cfg.Deleted = []Member{{Name: "n6"}}
	n1.boot()
	if got := n1.list(); got != "n1 n2" {
		t.Errorf("without autojoin the host cache adds nodes: %q", got)
	}
	n1.cfg.Join = JoinOther
	n1.boot()
	if got := n1.list(); got != "n1 n2 n5" {
		t.Errorf("with autojoin the nodes are %q", got)
	}
	v := n1.core.View()
	if n := v.Nodes[1]; n.Weight != 50 || n.Site != "b" || n.UUID != l.peer("n2").cfg.UUID || n.Joined {
		t.Errorf("n2 is %+v", n)
	}
	if n := v.Nodes[2]; n.Weight != 7 || !n.Joined || !slices.Equal(v.Deleted, []string{"n6"}) {
		t.Errorf("n5 is %+v, deleted %q", n, v.Deleted)
	}
}

func TestAddNodeReachesEveryNode(t *testing.T) {
	l := newLab(t, "n1", "n2", "n3")
	for _, name := range []string{"n1", "n2"} {
		l.peer(name).cfg.Nodes = []string{"n1", "n2"}
		l.peer(name).boot()
	}
	l.run(time.Second)
	n1, n2, n3 := l.peer("n1"), l.peer("n2"), l.peer("n3")
	n3.boot()
	l.run(time.Second)
	if n1.list() != "n1 n2" || len(n1.records(event.NodeUnknown)) != 1 {
		t.Fatalf("n3 is no node yet: %q", n1.list())
	}
	if a := n1.ask(t, "addnode", "", "n1"); !a.Refused || !strings.Contains(a.Text, "already") {
		t.Errorf("adding n1: %+v", a)
	}
	if a := n1.ask(t, "addnode", "", "N3"); a.Refused {
		t.Errorf("adding n3: %+v", a)
	}
	l.run(time.Second)
	for _, p := range []*peer{n1, n2} {
		if p.list() != "n1 n2 n3" || p.core.find("n3").status != Active {
			t.Errorf("%s lists %q, n3 is %v", p.cfg.Self, p.list(), p.core.find("n3").status)
		}
	}
	if !n3.core.View().CommUp {
		t.Error("n3 is not active")
	}
	if a := n2.ask(t, "setweight", "50", "n3"); a.Refused {
		t.Errorf("%+v", a)
	}
	if a := n2.ask(t, "setsite", "berlin east", "n3"); a.Refused {
		t.Errorf("%+v", a)
	}
	for _, bad := range []string{"", "-1", "many", "1e3"} {
		if a := n2.ask(t, "setweight", bad, "n3"); !a.Refused {
			t.Errorf("weight %q: %+v", bad, a)
		}
	}
	if a := n2.ask(t, "setweight", "1", "n9"); !a.Refused || !strings.Contains(a.Text, "n1 n2 n3") {
		t.Errorf("%+v", a)
	}
	l.run(100 * time.Millisecond)
	if members, _ := n1.stored(); members != "n1/100/ n2/100/ n3/50/berlin east" {
		t.Errorf("n1 stores %q", members)
	}
}

func TestDelNodeNeedsADeadNodeAndLiveOthers(t *testing.T) {
	l := newLab(t, "n1", "n2", "n3", "n4")
	for _, p := range l.peers {
		p.boot()
	}
	l.run(time.Second)
	n1, n2, n3, n4 := l.peer("n1"), l.peer("n2"), l.peer("n3"), l.peer("n4")
	if a := n1.ask(t, "delnode", "", "n3"); !a.Refused || !strings.Contains(a.Text, "deletion failed: node n3 is not dead") {
		t.Errorf("a live node: %+v", a)
	}
	if a := n1.ask(t, "delnode", "", "n1"); !a.Refused {
		t.Errorf("itself: %+v", a)
	}
	n3.kill()
	n4.kill()
	l.run(3 * time.Second)
	if a := n1.ask(t, "delnode", "", "n3"); !a.Refused || !strings.Contains(a.Text, "We don't have all required nodes alive (n4 is dead)") {
		t.Errorf("another one is dead: %+v", a)
	}
	if a := n1.ask(t, "delnode", "", "n3", "n4"); a.Refused {
		t.Errorf("both dead ones: %+v", a)
	}
	l.run(time.Second)
	for _, p := range []*peer{n1, n2} {
		members, deleted := p.stored()
		if p.list() != "n1 n2" || members != "n1/100/ n2/100/" || deleted != "n3/100/ n4/100/" {
			t.Errorf("%s: %q, stores %q and %q", p.cfg.Self, p.list(), members, deleted)
		}
	}
	// A deleted node is ignored, autojoin or not, until it is added.
	n1.core.cfg.Join, n2.core.cfg.Join = JoinAny, JoinAny
	n3.boot()
	l.run(5 * time.Second)
	if n1.list() != "n1 n2" || n3.core.View().CommUp {
		t.Errorf("the deleted node is back: %q", n1.list())
	}
	if e := n3.records(event.NodeExpelled); len(e) != 1 || !strings.Contains(e[0].Text, "hb_addnode n3") {
		t.Errorf("n3 was told %+v", e)
	}
	if a := n2.ask(t, "addnode", "", "n3"); a.Refused {
		t.Errorf("%+v", a)
	}
	l.run(5 * time.Second)
	if n1.list() != "n1 n2 n3" || !n3.core.View().CommUp || n1.core.find("n3").status != Active {
		t.Errorf("after hb_addnode: %q, n3 active %v", n1.list(), n3.core.View().CommUp)
	}
}

func TestANodeDeletedWhileItWasCutOffStops(t *testing.T) {
	l := newLab(t, "n1", "n2", "n3")
	for _, p := range l.peers {
		p.boot()
	}
	l.run(time.Second)
	whole := l.road
	l.road = func(link string, from, to *peer) []time.Duration {
		if (from.cfg.Self == "n3") != (to.cfg.Self == "n3") {
			return nil
		}
		return whole(link, from, to)
	}
	l.run(3 * time.Second)
	n1, n3 := l.peer("n1"), l.peer("n3")
	if a := n1.ask(t, "delnode", "", "n3"); a.Refused {
		t.Fatalf("%+v", a)
	}
	l.run(time.Second)
	l.road = whole
	l.run(3 * time.Second)
	if e, _, ok := first[Expelled](n3); !ok || (e.By != "n1" && e.By != "n2") {
		t.Errorf("n3 goes on: %+v %v", e, n3.changes())
	}
	if n1.list() != "n1 n2" {
		t.Errorf("n1 lists %q", n1.list())
	}
}

func TestHaresourcesClustersAddOnlyNodesWithAGroup(t *testing.T) {
	l := newLab(t, "n1", "n2")
	n1, n2 := l.peer("n1"), l.peer("n2")
	for _, p := range l.peers {
		p.cfg.Homes = []string{"n1", "n4"}
		p.boot()
	}
	l.run(time.Second)
	if a := n1.ask(t, "addnode", "", "n3"); !a.Refused || !strings.Contains(a.Text, "haresources") {
		t.Errorf("%+v", a)
	}
	if a := n1.ask(t, "addnode", "", "n4"); a.Refused {
		t.Errorf("%+v", a)
	}
	// A C peer asks for what this node cannot do: refused, and said once.
	n2.step(SendRequested{Message: wire.New("t", "addnode", "nodelist", "n5,n6")})
	l.run(100 * time.Millisecond)
	if n1.list() != "n1 n2 n4" || n2.list() != "n1 n2 n4" {
		t.Errorf("%q %q", n1.list(), n2.list())
	}
	if e := n2.records(event.RosterRefused); len(e) != 1 {
		t.Errorf("%+v", e)
	}
	f := newForger("n2", 5000)
	n1.step(from("2", f.packet(t, l.now, statusOf(Active))))
	n1.step(from("2", f.packet(t, l.now, wire.New("t", "addnode", "nodelist", "n5"))))
	if e := n1.records(event.RosterRefused); len(e) != 1 || n1.list() != "n1 n2 n4" {
		t.Errorf("%+v %q", e, n1.list())
	}
}

func TestARestartedNodeLearnsTheListFromItsPeers(t *testing.T) {
	l := newLab(t, "n1", "n2", "n3", "n4")
	for _, name := range []string{"n1", "n2", "n3"} {
		l.peer(name).cfg.Nodes = []string{"n1", "n2", "n3"}
		l.peer(name).boot()
	}
	l.run(time.Second)
	n1, n2, n3 := l.peer("n1"), l.peer("n2"), l.peer("n3")
	if a := n1.ask(t, "addnode", "", "n4"); a.Refused {
		t.Fatal(a)
	}
	l.peer("n4").boot()
	n3.kill()
	l.run(3 * time.Second)
	if a := n1.ask(t, "delnode", "", "n3"); a.Refused {
		t.Fatal(a)
	}
	n2.kill()
	l.run(3 * time.Second)
	n2.boot() // its ha.cf lists n1 n2 n3
	l.run(5 * time.Second)
	if got := n2.list(); got != "n1 n2 n4" {
		t.Errorf("n2 lists %q; added and deleted nodes are learnt from the peers", got)
	}
	if v := n2.core.View(); !slices.Equal(v.Deleted, []string{"n3"}) || !v.CommUp {
		t.Errorf("deleted %q, active %v", v.Deleted, v.CommUp)
	}
}

func TestACPeerCannotBringADeletedNodeBack(t *testing.T) {
	l := newLab(t, "n1", "n2")
	n1, n2 := l.peer("n1"), newForger("n2", 50)
	n1.cfg.Deleted = []Member{{Name: "n9", Weight: 100}}
	n1.boot()
	n1.step(from("2", n2.packet(t, l.now, statusOf(Active))))
	n1.step(from("2", n2.packet(t, l.now, wire.New("dest", "n1", "t", "repnodes", "nodelist", "n1 n2 n9 n8 ", "delnodelist", " "))))
	if got := n1.list(); got != "n1 n2 n8" {
		t.Errorf("n1 lists %q", got)
	}
	if v := n1.core.View(); !slices.Equal(v.Deleted, []string{"n9"}) {
		t.Errorf("deleted: %q", v.Deleted)
	}
}

func TestARenamedMachineIsOneNode(t *testing.T) {
	l := joining(t, 1, "n1", "n2")
	n1, n2 := l.peer("n1"), l.peer("n2")
	n1.boot()
	n2.boot()
	l.run(4 * time.Second)
	n2.kill()
	l.run(3 * time.Second)
	n2.cfg.Self, n2.cfg.Nodes = "n3", []string{"n3"}
	n2.boot()
	l.run(5 * time.Second)
	if got := n1.list(); got != "n1 n3" {
		t.Errorf("n1 lists %q", got)
	}
}
