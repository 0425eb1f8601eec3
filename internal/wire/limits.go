package wire

import "strings"

// Bounds on what is encoded and decoded. C Heartbeat has the first two, the
// others keep a hostile or broken sender from costing memory or stack.
const (
	MaxInflated  = 2 << 20 // bytes of a message before compression (messaging spec, section 4.5)
	MaxDepth     = 16      // messages nested in a message (section 4.3)
	MaxFields    = 4096    // fields of one message, items of one list
	MaxName      = 255     // bytes of a field name
	MaxListBytes = 1024    // bytes of an encoded list that we send; C reads no more (section 4.3)

	// SafePacket is the largest datagram that every kernel between here and
	// there carries. Larger packets are encoded all the same: the caller
	// decides whether to refuse them (sections 4.6 and 21.9).
	SafePacket = 60_000
)

// Marks around a message, by dialect (sections 4.3 and 4.4).
const (
	classicStart   = ">>>\n"
	classicEnd     = "<<<\n"
	netstringStart = "###\n"
	netstringEnd   = "%%%\n"
)

// authField is the field that signs a classic message (section 5.2). It belongs
// to the encoding: Decode takes it out and AppendPacket puts its own in.
const authField = "auth"

// ValidName says whether every dialect can carry a field of this name: printable
// ASCII without "=", 1..MaxName bytes, not like a mark of an encoding, and not
// like the type that precedes a name in classic text (section 4.1).
func ValidName(name string) bool {
	if name == "" || len(name) > MaxName || name[0] == '(' {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c < ' ' || c > '~' || c == '=' {
			return false
		}
	}
	switch {
	case len(name) < 3:
		return true
	case strings.HasPrefix(name, ">>>"), strings.HasPrefix(name, "<<<"),
		strings.HasPrefix(name, "###"), strings.HasPrefix(name, "%%%"):
		return false
	}
	return true
}
