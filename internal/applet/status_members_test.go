package applet

import (
	"strings"
	"testing"

	"heartbeat/internal/node"
)

func TestStatusTellsMembersAndWhyThereIsQuorum(t *testing.T) {
	two := &node.MembershipStatus{Instance: 3, Leader: "n2", Quorum: true, Why: "majority: 2 of 3 nodes, 2 are enough",
		Members: []node.MemberStatus{{Name: "n1", BornOn: 3}, {Name: "n2", BornOn: 1}}}
	alone := &node.MembershipStatus{Instance: 4, Leader: "n1", Why: "majority: 1 of 3 nodes, 2 are needed", Members: []node.MemberStatus{{Name: "n1"}}}
	for want, m := range map[string]*node.MembershipStatus{
		"": nil,
		"members: n1 n2 (instance 3, led by n2)   quorum: yes (majority: 2 of 3 nodes, 2 are enough)\n": two,
		"members: n1 (instance 4, led by n1)   quorum: NO (majority: 1 of 3 nodes, 2 are needed)\n":     alone,
		"members: not agreed on yet (joining the membership of n2)\n":                                   {InFlux: true, Waiting: "joining the membership of n2"},
	} {
		var b strings.Builder
		writeMembership(&b, node.Status{Membership: m}, palette{})
		if b.String() != want {
			t.Errorf("%q, want %q", b.String(), want)
		}
	}
}
