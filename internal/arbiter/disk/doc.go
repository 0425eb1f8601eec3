// Package disk is the disk lock without its device: what stands in a small area of a disk that two nodes share, and how a node gets and keeps
// the lease of the arbiter by nothing but reading and writing it. It is pure: blocks, time and numbers come in as values.
//
// # Blocks
//
// Every node has blocks of its own and writes no others. A record has 512 bytes, which a disk writes as a whole, at the beginning of a block of
// 4096. The newest record of a node, by life and number, is its word. So nobody needs an atomic exchange.
//
// # Getting the lease
//
// A node that wants the lease writes a bid, and then reads the word of the other one. If that is free, it has the lease: of two that do so at
// once, at least one sees the bid of the other. One of two bidders has precedence and lets its bid stand; the other one takes
// its own back. Who has the lease renews it by writing again.
//
// # Time
//
// There is no common clock. A node counts its lease from when it began to ask; the other node, from when it first read the record, which is
// later. A record that has stayed the same for its lease and a five hundredth of it is as none. What cannot be read, a torn
// record, and a node that has never written are as a lease of the longest length that began when this node saw it first.
//
// # Writes that come late
//
// A program has one write under way at a time. But one that failed, or one of a former life of the machine, may still reach the disk when nobody
// expects it. So after a failure, and in every life, a node writes to another of its blocks, and a late record loses against the newer one.
package disk
