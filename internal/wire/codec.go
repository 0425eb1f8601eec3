package wire

// Dialect is one of the encodings seen on the wire (messaging spec, section 4.2).
type Dialect uint8

const (
	Hybrid    Dialect = iota // netstring that also carries the classic auth field: what 3.0.6 sends by default
	Netstring                // msgfmt netstring
	Classic                  // Heartbeat 1.x and 2.x, serial lines
)

// Method is a signing method of authkeys.
type Method string

const (
	CRC    Method = "crc"
	MD5    Method = "md5"    // HMAC-MD5
	SHA1   Method = "sha1"   // HMAC-SHA1
	SHA256 Method = "sha256" // HMAC-SHA-256; ours, unknown to C Heartbeat
)

// A Key is one slot of authkeys.
type Key struct {
	Slot   int // 0..15
	Method Method
	Secret string // empty for crc
}

// A Keyring signs with one key and verifies with all of them, each packet with
// the key of the slot that the packet names.
type Keyring struct {
	Sign int // slot that signs
	Keys []Key
}

// MaxPacket is the largest datagram that is decoded, in bytes.
const MaxPacket = 256 << 10

// A DropError says why bytes from the network are not a message of our cluster.
type DropError struct {
	Reason DropReason
	Detail string // for the log; never longer than a line
}

func (e *DropError) Error() string {
	if e.Detail == "" {
		return e.Reason.String()
	}
	return e.Reason.String() + ": " + e.Detail
}

// DropReason is a counter name as well as a reason.
type DropReason uint8

const (
	Malformed   DropReason = iota // not a message at all
	Oversized                     // larger than MaxPacket, or inflates beyond the limit
	Unsigned                      // no authentication
	UnknownSlot                   // signed with a slot that authkeys does not define
	BadDigest                     // signed with another key
)

// DropReasons is every reason, for counters.
var DropReasons = []DropReason{Malformed, Oversized, Unsigned, UnknownSlot, BadDigest}

func (r DropReason) String() string {
	switch r {
	case Malformed:
		return "malformed"
	case Oversized:
		return "oversized"
	case Unsigned:
		return "unsigned"
	case UnknownSlot:
		return "unknown-key-slot"
	case BadDigest:
		return "bad-digest"
	}
	return "unknown"
}
