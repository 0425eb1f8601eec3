// Package session decides what the clients of a node may do and what they are told: who may sign on
// under which name, the answers to their requests, which message goes to whom, and what they may say to
// the cluster (messaging spec, sections 2.4, 2.6 and 17).
//
// It is a core: events in, effects out, in order; no clock, no socket. Clients are known by the number of
// their connection; who is at the other end the shell has asked the kernel.
//
//	c := session.New(config)
//	effects := c.Step(session.Connected{ID: 1, Peer: peer})
//	effects = c.Step(session.Received{ID: 1, Message: signOn})
//
// It keeps a copy of what the cluster looks like, so a request never bothers the heartbeat loop.
//
// Where C forwards anything that a named client or the FIFO says, this package keeps back what would
// speak for the messaging layer or for resource management itself: a status or a release that is not
// true would make peers act on it. Requests of administrators among them (ask_resources, hb_takeover) become orders to
// resource management, which is what they mean.
package session
