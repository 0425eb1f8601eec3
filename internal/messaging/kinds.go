package messaging

import (
	"strconv"

	"heartbeat/internal/wire"
)

// Types of the messages of this layer (messaging spec, section 11).
const (
	KindStatus   = "status"
	KindAck      = "NS_ackmsg"
	KindRequest  = "NS_rexmit"
	KindNak      = "NS_nak_rexmit"
	KindPing     = "NS_st"
	KindProbe    = "NS_probe" // between nodes of our kind; C drops what is not addressed to it
	KindReqNodes = "reqnodes"
	KindRepNodes = "repnodes"

	KindAddNode   = "addnode"
	KindDelNode   = "delnode"
	KindSetWeight = "setweight"
	KindSetSite   = "setsite"
)

// Ask makes a retransmission request; its numbers are decimal.
func Ask(dest string, r Range) *wire.Message {
	return wire.New(FieldType, KindRequest, FieldDest, dest,
		"firstseq", strconv.FormatUint(r.First, 10), "lastseq", strconv.FormatUint(r.Last, 10))
}

// Acknowledge makes an acknowledgement of an empty message, with its number in s.
func Acknowledge(m *wire.Message, s *wire.Scratch, dest string, seq uint64) {
	m.Fields = append(m.Fields, wire.Field{Name: FieldType, Value: KindAck}, wire.Field{Name: FieldDest, Value: dest}, wire.Field{Name: "ackseq", Value: s.Hex(seq)})
}

// Probe asks a peer how far it has everything, and tells how far there is something.
func Probe(dest string, last uint64) *wire.Message {
	return wire.New(FieldType, KindProbe, FieldDest, dest, "lastseq", wire.FormatHex(last))
}

// ReadRequest reads the numbers of a request; ok is false when they make no sense.
func ReadRequest(m *wire.Message) (r Range, ok bool) {
	first, err1 := strconv.ParseUint(m.Get("firstseq"), 10, 64)
	last, err2 := strconv.ParseUint(m.Get("lastseq"), 10, 64)
	if err1 != nil || err2 != nil || first == 0 || last < first || last > MaxSeq {
		return Range{}, false
	}
	return Range{first, last}, true
}
