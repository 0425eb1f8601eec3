package node

import (
	"errors"
	"os"
	"strings"
	"testing"

	"heartbeat/internal/event"
	"heartbeat/internal/node/identity"
	"heartbeat/internal/pidfile"
)

func TestTwoNodesShareAndTakeOver(t *testing.T) {
	s := newStand(t)
	s.files("n1")
	s.files("n2")
	n1, n2 := s.start("n1"), s.start("n2")
	n1.await(0, event.GroupAcquired, "web::1")
	n2.await(0, event.GroupAcquired, "mail::2")
	if a, b := n1.groups.runs(), n2.groups.runs(); a != "web::1" || b != "mail::2" {
		t.Fatalf("n1 runs %q, n2 runs %q", a, b)
	}

	n1.Abandon() // as if its process were killed
	n1.ends()
	n2.await(0, event.NodeDead, "n1")
	n2.await(0, event.GroupAcquired, "web::1")
	if got := n2.groups.runs(); got != "mail::2 web::1" {
		t.Errorf("the survivor runs %q", got)
	}
}

func TestGracefulStopHandsOverAndEnds(t *testing.T) {
	s := newStand(t)
	s.files("n1")
	s.files("n2")
	n1, n2 := s.start("n1"), s.start("n2")
	n1.await(0, event.GroupAcquired, "web::1")
	n2.await(0, event.GroupAcquired, "mail::2")
	mark := n2.last()
	n1.Signal(os.Interrupt) // means nothing
	n1.Shutdown()
	n1.Shutdown()
	n2.await(mark, event.GroupAcquired, "web::1")
	n1.ends()
	if got := n1.groups.runs(); got != "" || !n1.groups.closed {
		t.Errorf("the node left with %q running; executor closed: %v", got, n1.groups.closed)
	}
	for _, e := range n2.Events(mark, 0) {
		if e.Kind == event.NodeDead {
			t.Errorf("an announced leave was taken for a death: %s", e.Text)
		}
	}
	if _, err := os.Stat(identity.PIDPath(s.path("n1", "run"))); err == nil {
		t.Error("the pid file stays")
	}
	log, _ := os.ReadFile(s.path("n1", "ha-log"))
	for _, phrase := range []string{"Configuration validated. Starting heartbeat", "heartbeat: [", "Heartbeat shutdown complete."} {
		if !strings.Contains(string(log), phrase) {
			t.Errorf("the log lacks %q:\n%s", phrase, log)
		}
	}
}

func TestStopBeforeCommunicationIsUpTouchesNothing(t *testing.T) {
	s := newStand(t)
	s.more = strings.Replace(s.more, "initdead 800ms", "initdead 600", 1)
	s.files("n1")
	n1 := s.start("n1")
	n1.await(0, event.NodeStarting, "")
	n1.Shutdown()
	n1.ends()
	if len(n1.groups.log) > 0 {
		t.Errorf("groups were touched: %v", n1.groups.log)
	}
}

func TestOneProcessPerNode(t *testing.T) {
	s := newStand(t)
	s.files("n1")
	n1 := s.start("n1")
	n1.await(0, event.NodeStarting, "")
	_, err := Open(s.options("n1"))
	var running *pidfile.RunningError
	if !errors.As(err, &running) || running.PID != os.Getpid() {
		t.Errorf("a second one: %v", err)
	}
}
