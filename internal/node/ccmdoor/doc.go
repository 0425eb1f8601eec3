// Package ccmdoor is the socket at which programs written for C's ccm learn the membership: /run/heartbeat/ccm/ccm
// (messaging spec, section 19.9). It only speaks; what clients say is read and thrown away.
//
// A client is told the list of nodes and the membership in force as soon as it connects, then the
// same again at every change, and a single word when the membership is in flux or this node is out of
// it. A client that does not read is let go when too much waits for it, so nobody waits for a client.
package ccmdoor
