package node

import (
	"strings"
	"testing"

	"heartbeat/internal/event"
	"heartbeat/internal/testenv"
)

func TestMissingLinkIsReportedAndTheOtherOneUsed(t *testing.T) {
	s := newStand(t)
	s.more += "ucast nosuch0 127.0.0.1\n"
	s.files("n1")
	s.files("n2")
	n1, n2 := s.start("n1"), s.start("n2")
	n1.await(0, event.MediaError, "nosuch0")
	n1.await(0, event.NodeActive, "n2")
	n2.await(0, event.GroupAcquired, "mail::2")
	if got := strings.Join(n1.Status().Attention, "\n"); !strings.Contains(got, "ucast nosuch0") || !strings.Contains(got, "check the name of the interface") {
		t.Errorf("attention: %s", got)
	}
}

func TestPingNodeIsWatched(t *testing.T) {
	testenv.NeedRoot(t)
	s := newStand(t)
	s.more += "ping 127.0.0.1\n"
	s.files("n1")
	n1 := s.start("n1")
	n1.await(0, event.GroupAcquired, "web::1")
	for _, n := range n1.Status().Nodes {
		if n.Type == "ping" && (n.Status != "ping" || n.Name != "127.0.0.1" || n.Kind != "") {
			t.Errorf("%+v", n)
		}
	}
	if len(n1.Status().Nodes) != 3 {
		t.Errorf("nodes: %+v", n1.Status().Nodes)
	}
}
