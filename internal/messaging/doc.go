// Package messaging makes an ordered, reliable, de-duplicated stream of each
// sender's messages out of datagrams that are lost, copied and overtake each
// other on redundant links (messaging spec, sections 6 to 10).
//
// The sending side is Sender: it numbers and signs messages, remembers the last
// 500 of them for those who ask again (History), and knows who has acknowledged
// how much (Flow). The receiving side is one Receiver per peer: it judges every
// sequence number, keeps the table of holes, says what must be asked for again,
// and releases messages in the order in which they were sent.
//
// Everything is pure: time and randomness come in as values. The package does
// not know who is alive; membership, one floor up, tells it.
//
// Where C Heartbeat delivers messages as they arrive, a Receiver waits for a
// hole, because resource management must not see "done" before "begun". The
// wait ends when the hole is filled, when the sender says that it cannot fill
// it, when the sender dies or restarts, or after Patience retransmission delays.
// C swaps neighbouring messages at every transition (section 7.1); waiting hides that.
package messaging
