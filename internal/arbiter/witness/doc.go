// Package witness carries the questions of nodes to witnesses and answers them: the sockets of package lease. A Client is a node's side, one
// a witness; a Server is `heartbeat witness`.
package witness
