package node

import (
	"strings"
	"testing"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/membership"
)

func TestReloadRefusesAKeyThatTheOtherNodeDoesNotHave(t *testing.T) {
	s := newStand(t)
	s.files("n1")
	s.files("n2")
	n1, n2 := s.start("n1"), s.start("n2")
	n1.await(0, event.NodeActive, "n2")
	n2.await(0, event.NodeActive, "n1")
	mark := n1.last()
	for _, keys := range []string{"auth 2\n1 sha1 secret\n2 sha256 newer\n", "auth 1\n1 sha1 another\n", "auth 2\n2 sha256 newer\n"} {
		s.write("n1", "authkeys", keys, 0o600)
		p := n1.Reload(true)
		if !conf.Problems(p).HasErrors() || !strings.Contains(texts(p), "n2 is alive") {
			t.Errorf("%q: %s", keys, texts(p))
		}
		n1.await(mark, event.ConfigRefused, "n1")
		mark = n1.last()
	}
	if k := n1.Config().AuthKeys; k.Sign != 1 || k.Keys[0].Secret != "secret" {
		t.Errorf("in force: %+v", k)
	}
	// In order: the key first, then the signature.
	s.write("n1", "authkeys", "auth 1\n1 sha1 secret\n2 sha256 newer\n", 0o600)
	s.write("n2", "authkeys", "auth 1\n1 sha1 secret\n2 sha256 newer\n", 0o600)
	for _, n := range []*running{n1, n2} {
		if p := n.Reload(true); conf.Problems(p).HasErrors() {
			t.Fatal(texts(p))
		}
	}
	for _, keys := range []string{"auth 2\n1 sha1 secret\n2 sha256 newer\n", "auth 2\n2 sha256 newer\n"} {
		s.write("n1", "authkeys", keys, 0o600)
		s.write("n2", "authkeys", keys, 0o600)
		for _, n := range []*running{n1, n2} {
			if p := n.Reload(true); conf.Problems(p).HasErrors() {
				t.Fatalf("%q: %s", keys, texts(p))
			}
		}
	}
	for _, e := range n1.Events(mark, 0) {
		if e.Kind == event.NodeDead {
			t.Errorf("a change of keys in order cost a node: %s", e.Text)
		}
	}
	// Once the other one is gone there is nobody to be cut off from.
	n2.Shutdown()
	n2.ends()
	n1.await(0, event.LinkDead, "n2/lo")
	s.write("n1", "authkeys", "auth 1\n1 sha1 another\n", 0o600)
	if p := n1.Reload(true); conf.Problems(p).HasErrors() {
		t.Error(texts(p))
	}
}

func TestKeysBesideAClassicNodeAreNotChangedOnOneSide(t *testing.T) {
	old := conf.AuthKeys{Sign: 1, Keys: []conf.Key{{Slot: 1, Method: "sha1", Secret: "a"}}}
	now := conf.AuthKeys{Sign: 2, Keys: []conf.Key{{Slot: 1, Method: "sha1", Secret: "a"}, {Slot: 2, Method: "sha1", Secret: "b"}}}
	c := membership.NodeView{Name: "c", Status: membership.Active, Heard: time.Unix(1, 0), Signs: 1}
	v := membership.View{Nodes: []membership.NodeView{{Name: "me", Status: membership.Active}, c}}
	if p := judgeKeys(old, now, v, "me"); len(p) != 1 || !strings.Contains(p[0].Fix, "at the same moment") {
		t.Errorf("%+v", p)
	}
	v.Nodes[1].Signs = 2 // it was changed already, and this node has the key
	if p := judgeKeys(old, now, v, "me"); len(p) != 0 {
		t.Errorf("%+v", p)
	}
	v.Nodes[1].Signs, v.Nodes[1].Status = 1, membership.Dead
	if p := judgeKeys(old, now, v, "me"); len(p) != 0 {
		t.Errorf("%+v", p)
	}
}
