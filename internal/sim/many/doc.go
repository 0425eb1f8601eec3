// Package many simulates large clusters, up to 256 nodes: the real core of membership and messaging of every node, in virtual time, for hours.
// Nodes lose power and come back, one and many at once, leave gracefully, and start anew; every packet may be lost on its way to each
// single receiver, and is late.
//
// What is checked: nobody is declared dead while it lives, nor before its deadtime has passed in silence; who dies is declared dead by
// all, who comes is known to all, and all agree on the membership, each within its bound.
//
// What is played: every packet is really encoded and signed by its sender, and really verified and decoded, but once for all its
// receivers, who share the message and change nothing in it (the world looks after that). Left out are the sockets with their
// finite queues, the processors, and all floors above membership. The links lose packets of each receiver independently; a
// datagram of several fragments counts as one.
//
//	r := many.Run(many.Plan{Nodes: 256, Links: 1, Keepalive: 2 * time.Second, Deadtime: 30 * time.Second, Loss: 0.01, Length: time.Hour})
//	if r.Violation != "" { ... }
package many
