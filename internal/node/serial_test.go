package node

import (
	"strings"
	"testing"

	"heartbeat/internal/event"
	"heartbeat/internal/testenv"
)

func TestTwoNodesOnASerialCableAlone(t *testing.T) {
	for _, more := range []string{"", "#!hb encryption required\n", "msgfmt netstring\n"} {
		t.Run(more, func(t *testing.T) { serialStory(t, more) })
	}
}

func serialStory(t *testing.T, more string) {
	cable := testenv.NewCable(t)
	s := newStand(t)
	s.more += more
	s.keys = "auth 1\n1 sha1 a-secret-that-is-long-enough\n"
	ports := map[string]string{"n1": cable.A, "n2": cable.B}
	s.links = func(node string) string { return "baud 115200\nserial " + ports[node] + "\nnode n1 n2\n" }
	s.files("n1")
	s.files("n2")
	n1, n2 := s.start("n1"), s.start("n2")
	n1.await(0, event.GroupAcquired, "web::1")
	n2.await(0, event.GroupAcquired, "mail::2")
	if links := n2.Status().Nodes[0].Links; len(links) != 1 || links[0].Name != cable.B || !links[0].Up {
		t.Errorf("n2 hears n1 on %+v", links)
	}
	mark := n2.last()
	n1.Shutdown()
	n2.await(mark, event.GroupAcquired, "web::1")
	n1.ends()
	left := n2.await(mark, event.LinkDead, "n1/"+cable.B).ID
	back := s.start("n1")
	n2.await(left, event.NodeUp, "n1")
	back.await(0, event.NodeActive, "n2")
	mark = n2.last()
	cable.Cut()
	n2.await(mark, event.NodeDead, "n1")
	for _, e := range n2.Events(0, 0) {
		if e.Kind == event.PacketDropped {
			t.Errorf("%s", e.Text)
		}
	}
}

// Three nodes in a row, so that the outer ones hear each other only through the one in the middle; the same wiring is what
// remains of a ring when one cable breaks.
func TestSerialRowIsOneCluster(t *testing.T) {
	left, right, closing := testenv.NewCable(t), testenv.NewCable(t), testenv.NewCable(t)
	s := newStand(t)
	ports := map[string]string{"n1": left.A + " " + closing.B, "n2": left.B + " " + right.A, "n3": right.B + " " + closing.A}
	s.links = func(node string) string { return "baud 460800\nserial " + ports[node] + "\nnode n1 n2 n3\n" }
	s.more = strings.Replace(s.more, "keepalive 50ms", "keepalive 100ms", 1)
	s.rsc = ""
	var nodes []*running
	closing.Cut()
	for _, name := range []string{"n1", "n2", "n3"} {
		s.files(name)
		nodes = append(nodes, s.start(name))
	}
	n1, n2, n3 := nodes[0], nodes[1], nodes[2]
	n1.await(0, event.NodeActive, "n3")
	n3.await(0, event.NodeActive, "n1")
	if n2.Status().Counters["relayed"] == 0 {
		t.Error("the node in the middle passed nothing on")
	}
	mark := n1.last()
	closing.Mend() // now it is a ring
	n1.await(mark, event.LinkUp, "n2/"+closing.B)
	mark = n1.last()
	right.Cut() // and a row again, the other way round
	n3.await(0, event.LinkDead, "n2/"+right.B)
	n2.await(0, event.LinkDead, "n3/"+right.A)
	n1.await(mark, event.LinkDead, "n2/"+closing.B)
	for _, n := range nodes {
		for _, e := range n.Events(0, 0) {
			if e.Kind == event.NodeDead || e.Kind == event.PacketDropped {
				t.Errorf("%s: %s", n.Name(), e.Text)
			}
		}
	}
}
