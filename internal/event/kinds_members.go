package event

// What consensus membership reports: who belongs together, and whether they are enough.
var (
	MembersFormed  = &Kind{"members.formed", Info, "A membership is agreed on", "All its members agree on who they are, under this instance number.", "none"}
	MembersInFlux  = &Kind{"members.in-flux", Info, "A membership no longer holds", "Members came, left or fell silent, and the next membership is being agreed on. There is no quorum until then.", "none; if it takes longer than a minute, look at the links and at heartbeat status"}
	MembersEvicted = &Kind{"members.evicted", Warn, "This node is out of the membership", "The others formed a membership without this node, or this node left a smaller one to join a larger one. It asks to come in again by itself.", "look for loss in one direction between the nodes if it happens often"}
	MembersMerged  = &Kind{"members.merged", Warn, "Two memberships become one", "Nodes that had formed memberships of their own hear each other again.", "give the cluster a second, independent link or a larger deadtime"}
	MembersDiffer  = &Kind{"members.differ", Error, "The lists of nodes differ", "Another node knows more or fewer nodes than this one, so the two can form no membership.", "make the node lines of ha.cf the same on all nodes; with autojoin compare the files hostcache"}
	QuorumGained   = &Kind{"quorum.gained", Info, "There is quorum", "The membership is large enough, by the quorum plug-ins of ha.cf.", "none"}
	QuorumLost     = &Kind{"quorum.lost", Warn, "There is no quorum", "The membership is not large enough, by the quorum plug-ins of ha.cf: others may form one without this node.", "bring the other nodes or the links to them back"}
)

var memberKinds = []*Kind{MembersFormed, MembersInFlux, MembersEvicted, MembersMerged, MembersDiffer, QuorumGained, QuorumLost}
