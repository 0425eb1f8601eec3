// Package lease is the witness without its socket: the datagrams of its protocol (docs/witness.md) and the desk that grants. It is pure: keys,
// time and random numbers come in as values.
//
// A desk remembers who holds the lease of which pair of nodes, in memory only. What it forgets by a restart it cannot give away: for the
// longest lease there is (arbiter.MaxLease) it grants only to a node whose partner has told this very desk that it holds none, or
// to one that claims to hold it still.
//
// Every request carries the ticket of its sender, which the desk changes with every request it takes in. So a recorded, repeated or late
// request changes nothing, and no two desks, nor two lives of one, mistake each other's requests for their own.
package lease
