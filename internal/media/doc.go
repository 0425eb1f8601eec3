// Package media moves datagrams between a node and its heartbeat links: one
// file a medium (ucast, bcast, mcast, ping), each with the socket options that
// C Heartbeat uses, so that both kinds of nodes share a wire (messaging spec,
// section 15).
//
// A Set holds all media of a node and belongs to one goroutine, the pulse. It
// waits for packets, for a deadline and for Wake in a single system call of the
// goroutine's own thread, so a real-time priority of that thread covers the whole
// way from the wire to the verdict:
//
//	for {
//		set.Wait(time.Until(deadline))
//		for p, ok := set.Next(); ok; p, ok = set.Next() {
//			judge(p)
//		}
//	}
//
// Media decide nothing: they do not look into packets, never filter by source
// port, and report what fails. An interface that is missing, or goes away and comes
// back, is opened again with a growing pause; only what no waiting can mend (a
// missing permission, a medium that is not built) keeps a Set from opening.
package media
