package takeover

import (
	"strings"
	"testing"
)

// oneGroup is a node beside a running C peer, with the group of "a" only.
func oneGroup(t *testing.T, self string) *stage {
	s := &stage{t: t, now: epoch}
	s.core = New(Config{Self: self, Nodes: []string{"a", "b"}, Groups: []Group{{"ga", "a"}}, Digest: "d",
		Failback: FailbackOn, StartRetries: 1}, s.now)
	s.step(PeerAnnounced{Node: s.peer()})
	s.step(NodeActive{s.peer()})
	s.hear("starting")
	s.step(CommunicationUp{})
	s.resource("none", "0")
	s.resource("local", "1")
	s.saidLast(local1)
	return s
}

// saidLast checks the last resource message.
func (s *stage) saidLast(want string) {
	s.t.Helper()
	last := ""
	for _, m := range s.sent {
		if strings.HasPrefix(m, "resource ") && strings.Contains(m, "rtype=full") {
			last = m
		}
	}
	s.sent = nil
	if !strings.HasPrefix(last, want) {
		s.t.Errorf("said %q last, want %q", last, want)
	}
}

func TestEmptyHalfIsHeldByItsNode(t *testing.T) {
	s := oneGroup(t, "b")
	if v := s.core.View(); v.Resources != "local" {
		t.Errorf("rscstatus %s", v.Resources)
	}
}

func TestEmptyHalfOfADeadPeerIsHeldByTheSurvivor(t *testing.T) {
	s := oneGroup(t, "a")
	s.step(NodeDied{Node: "b"})
	s.saidLast(all1)
	if v := s.core.View(); v.Resources != "all" {
		t.Errorf("rscstatus %s", v.Resources)
	}
	s.step(NodeRestarted{"b"})
	s.hear("starting")
	s.saidLast(local1)
}

func TestEmptyHalfMovesWithAHandOver(t *testing.T) {
	s := oneGroup(t, "a")
	s.ask("all", "me")
	s.resource("none", "0", "standby")
	s.ask("all", "done")
	s.saidLast(all1)
	s.resource("none", "1")
	s.step(StandbyAsked{ID: 7, Set: "foreign"}) // back to C, although no group moves
	s.ask("foreign", "other")
	s.ask("foreign", "done")
	s.saidLast(local1)

	s = oneGroup(t, "b")
	s.ask("all", "me")
	s.resource("none", "0", "standby")
	s.ask("all", "done")
	s.did("start ga")
	s.saidLast(all1)
}

func TestEmptyHalfThatCStillHasIsNotClaimed(t *testing.T) {
	s := &stage{t: t, now: epoch}
	s.core = New(Config{Self: "b", Nodes: []string{"a", "b"}, Groups: []Group{{"ga", "a"}}, Digest: "d", Failback: FailbackOn}, s.now)
	s.step(PeerAnnounced{Node: "a"})
	s.step(NodeActive{"a"})
	s.step(CommunicationUp{})
	s.resource("all", "1")
	s.saidLast(none1)
	s.ask("foreign", "me")
	s.ask("foreign", "done")
	s.saidLast(local1)
}
