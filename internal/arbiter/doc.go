// Package arbiter decides whether a node may run resources while it does not know what the other node does (rules I1 and I17 of the
// resources spec, policy `take_over arbiter`). It is a pure core: events and the time go in, effects come out.
//
// # Two reasons to run
//
// A node is entitled to run resources
//
//   - while the other node acknowledges its heartbeats: for one deadtime from the moment at which it sent the newest heartbeat that was
//     acknowledged. The other node cannot believe it dead before that, because it counts its own deadtime from when that heartbeat came;
//   - or while it holds the lease of the arbiter, which only one node holds at a time. It counts from the moment at which it asked, the
//     arbiter from when it answered, so the node's lease ends first.
//
// Two more need no proof: the other node left in order (and promised, in its state directory, to start nothing by itself before the two meet again,
// see Config.Away), or a human confirmed that it is down.
//
// A node that is not entitled any more stops everything at once (Lose), within the stop budget, and starts nothing (Gain ends that).
//
// # When a death is proven
//
// A node that holds the lease may take what the other one had (Prove) when that one has surely stopped: both of its reasons have ended, by
// the deadtime and by the time for which the lease had been free, and its stop budget and a margin have passed since. No message and no clock
// but the own one is needed for that; only clocks that run at nearly the same speed.
//
// # Who goes first
//
// Both sides know who is to go first (Situation.First). It asks at half of the deadtime, while it is still entitled, so that it never has to
// stop; the other one asks later, or when the death is to be proven. The order is a preference only: the lease decides.
//
// # Several references
//
// With several witnesses more than half of them must grant. Ping nodes cannot exclude anybody: see Kind.
package arbiter
