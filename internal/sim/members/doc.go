// Package members simulates consensus membership: 2 to 16 real cores of internal/ccm in virtual time, over a network
// that behaves as internal/membership promises: messages of one sender arrive once and in order while
// both nodes believe each other alive, and are lost otherwise; deaths are seen a deadtime after the last heartbeat, by each
// node for itself.
//
// A story is a function of its seed, which draws the size of the cluster, its timers, the delays, which nodes are
// of the C kind (cores that keep C's weaknesses), and the faults: power cuts, restarts before anybody noticed, graceful stops, pauses,
// partitions, one-way cuts, flapping links, messages lost for good.
//
// What is checked all the time: nodes under one cookie have the same instance and the same members; the instances of a node grow;
// two memberships never both have quorum for longer than nodes need to notice. What is checked in calm
// times, each partition for itself: all its nodes agree on a membership of exactly them, within a bound.
//
//	r := members.Run(members.Random(42))
//	if r.Violation != "" { ... } // Replay tells the story
package members
