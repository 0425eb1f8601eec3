package node

import (
	"time"

	"heartbeat/internal/ccm"
	"heartbeat/internal/event"
)

// MembershipStatus is what the nodes agreed on.
type MembershipStatus struct {
	State    string         `json:"state"`    // of the protocol, as C names it: CCM_STATE_JOINED when a membership holds
	InFlux   bool           `json:"in_flux"`  // no membership holds at the moment
	Instance uint32         `json:"instance"` // of the membership, or of the last one; grows with every change
	Leader   string         `json:"leader,omitempty"`
	Members  []MemberStatus `json:"members"`
	Quorum   bool           `json:"quorum"`
	Why      string         `json:"quorum_why"` // the reason of the verdict
	Since    time.Time      `json:"since"`      // when it was agreed on; zero: never yet
	Waiting  string         `json:"waiting,omitempty"`
	Votes    []VoteStatus   `json:"votes"` // all configured nodes
}

// MemberStatus is one member.
type MemberStatus struct {
	Name   string `json:"name"`
	BornOn uint32 `json:"born_on"` // instance in which it became a member
}

// VoteStatus is what a node counts.
type VoteStatus struct {
	Name   string `json:"name"`
	Weight int    `json:"weight"`
	Site   string `json:"site,omitempty"`
}

// membersView turns the core's view into the one for people and programs.
func membersView(v ccm.View) *MembershipStatus {
	m := &MembershipStatus{State: v.State.String(), InFlux: v.InFlux, Instance: v.Last.Instance, Leader: v.Last.Leader,
		Quorum: v.Last.Quorum && !v.InFlux, Why: v.Last.Why, Since: v.Formed, Waiting: v.Waiting, Members: []MemberStatus{}}
	if v.InFlux {
		m.Why = "no membership holds at the moment"
	}
	for _, x := range v.Last.Members {
		m.Members = append(m.Members, MemberStatus{x.Name, x.BornOn})
	}
	for _, n := range v.Nodes {
		m.Votes = append(m.Votes, VoteStatus{n.Name, n.Weight, n.Site})
	}
	return m
}

// membership is the part of the status about consensus membership; nil when there is none.
func (n *Node) membership() *MembershipStatus {
	if n.members == nil {
		return nil
	}
	v, ok := n.members.look(lookPatience)
	if !ok {
		return nil
	}
	return membersView(v)
}

// needs says what about the membership needs a human.
func (m *MembershipStatus) needs() (out []string) {
	if m == nil {
		return nil
	}
	if !m.InFlux && !m.Quorum {
		out = append(out, "no quorum ("+m.Why+"): "+event.QuorumLost.Action)
	}
	if m.Waiting != "" && m.InFlux && m.State != ccm.VersionRequest.String() && m.State != ccm.None.String() || m.differs() {
		out = append(out, "no membership is agreed on yet: "+m.Waiting)
	}
	return out
}

// differs says that the lists of nodes differ, which only an administrator can mend.
func (m *MembershipStatus) differs() bool { return m.Waiting != "" && m.State == ccm.Joined.String() }
