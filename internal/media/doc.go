// Package media moves datagrams between a node and its heartbeat links: one
// file a medium (ucast, bcast, mcast, ucast6, mcast6, serial, ping), each with the
// socket options that C Heartbeat uses, so that both kinds of nodes share a wire
// (messaging spec, section 15).
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
// port, and report what fails. The kernel's word that an interface came, went, changed
// its address or lost its carrier is acted upon at once; a serial device, about which
// the kernel says nothing, is tried again with a growing pause. Only what no waiting
// can mend (a missing permission, a file that is no device) keeps a Set from opening.
package media
