package messaging

import "time"

// Limits of the protocol (messaging spec, sections 1, 8, 9 and 10).
const (
	HistorySize = 500       // own messages kept for retransmission
	maxHoles    = 500       // holes followed per peer
	maxGap      = 250       // a larger gap is not a hole but a new beginning
	maxResends  = 50        // answers to one request
	maxQueue    = 500       // messages of one sender that wait for a hole
	FlowLimit   = 250       // unacknowledged messages before own sending pauses
	MaxSeq      = 1<<62 - 1 // larger sequence numbers are refused

	// MaxMessage is the largest datagram that Sender produces, in bytes: beyond it
	// UDP fragments badly and peers may never be able to fill the hole (section 4.6).
	MaxMessage = 60000

	// Patience is how many retransmission delays a message waits for a hole below
	// it. At 20 % loss in both directions one request in three stays without
	// answer, so sixteen leave less than one message in ten million behind.
	Patience = 16

	// AckAtOnce is the size of a packet, in bytes, that a receiver acknowledges without waiting for the tenth.
	AckAtOnce = 4096

	damping = 10 * time.Millisecond // a message is resent at most every delay minus this
	ageing  = 2500 * time.Millisecond
)
