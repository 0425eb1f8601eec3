// Package sim runs whole clusters of the real cores in virtual time: membership
// and takeover of every machine, joined by the same bridge as in the node, over
// a simulated network, with simulated resource agents. Nothing else decides.
//
// A run is a function of its seed: the seed draws the cluster, its timers, the
// network's manners and a schedule of faults (loss, duplication, reordering,
// delay, one-way cuts, partitions, pauses, power cuts, steps of the wall clock,
// slow and failing agents). After every step the invariants are checked; after
// the faults the cluster must settle within the documented bound.
//
//	r := sim.Run(sim.Random(42))
//	if r.Violation != "" { ... } // r.Trace tells the story
//
// A violation is always reported with its seed; the same seed gives the same run.
package sim
