// Package ccm agrees with the other nodes on who is a member of the cluster: the consensus
// membership of Heartbeat (messaging spec, section 19). It turns "who is alive", which every node
// sees for itself, into numbered memberships that all members share, each with a verdict on quorum.
// It speaks the protocol of C's ccm, so that nodes of both kinds form one membership.
//
// It is a pure core: events and the time go in, effects come out.
//
//	core := ccm.New(cfg, now)
//	for _, effect := range core.Step(now, ccm.CommunicationUp{Dead: dead}) { … }
//	wakeUp := core.NextDeadline()
//
// # Words
//
// A membership has an instance (C: the major transition number), a list of members, each with the
// instance in which it came (born-on), a leader, and a cookie: a random word that names it. A message
// with another cookie is of another membership and is not listened to; so the sides of a partition
// ignore each other.
//
// # How a membership changes
//
//   - A newcomer asks (PROTOVERSION), the leader answers with cookie and instance, the newcomer says that
//     it comes (ALIVE), every member vouches for it (NEW_NODE), the leader announces the list (MEM_LIST).
//   - A member that dies is announced by the leader, every member confirms, the leader announces the list.
//   - When anything else happens, or the leader dies, all nodes start a full round: everybody says JOIN, the
//     oldest member collects who heard whom, and announces the largest set that hears each other.
//
// # Where it is better than C
//
// With nodes of our kind: sides of a healed partition do not all start again, the side that loses (see
// outranks in merge.go) joins the other one; instances never go backwards in the life of a node; a node whose
// list of nodes differs is reported and waited for, where C's ccm exits; nobody waits for ever, because
// every state has a time limit, and members tell their view to outsiders that are alive.
//
// What it refuses to do: it takes no decision about resources. Whoever needs quorum reads it from the
// Formed effect, and takes it for lost between InFlux and the next Formed.
package ccm
