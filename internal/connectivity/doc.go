// Package connectivity compares how well the nodes reach the world outside the
// cluster: does the interface of a service address have a carrier, and which ping
// nodes answer? It is a pure core; takeover asks it before a group changes hands
// for that reason (resources spec, sections 5 and 12.1; it is what the ipfail
// program is to C Heartbeat).
//
// # Certainty instead of waiting
//
// Everything watched is Bad, Shaky or Good. Shaky is what works but is not relied
// on: a carrier that just came back, a ping node whose answer is overdue, anything
// in its first moments of failure. A node gives a group away only when the other
// node is better even if every Shaky thing here works and every Shaky thing there
// does not. So no fixed wait stands between a failure and the hand-over:
//
//   - a switch that loses its power takes the carrier of both nodes within
//     milliseconds; settle (20 ms) lets both notice before either acts;
//   - a ping node that dies falls silent for both nodes within one keepalive. When
//     it is dead for one of them it is overdue for the other, because half of its
//     dead time is longer than a keepalive, and so it counts for neither.
//
// # Flapping
//
// What returns counts again only after it held for Dampen, 5 s; twice as long after
// every further loss within an hour, up to 5 minutes. A node that is in doubt
// receives nothing, so a link that flaps moves a group once, not at every beat.
//
// # Order
//
// The carrier of the group's own interfaces decides first, the weighted number of
// answering ping nodes second. What is unknown on one side, ping nodes configured
// differently, equal scores, no carrier on either side: the group stays.
//
//	t := connectivity.NewTracker(connectivity.Config{Carrier: true})
//	t.Links(now, []connectivity.Link{{Name: "eth0", Carrier: true}}, map[string][]string{"g1": {"eth0"}})
//	if why := connectivity.Better("g1", t.Report(now), peer); why != connectivity.No { … }
package connectivity
