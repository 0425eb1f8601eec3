package messaging

import (
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/wire"
)

// Names of the control fields (messaging spec, section 6).
const (
	FieldType     = "t"
	FieldDest     = "dest"
	FieldDestUUID = "destuuid"
	FieldSource   = "src"
	FieldUUID     = "srcuuid"
	FieldSeq      = "seq"
	FieldGen      = "hg"
	FieldTime     = "ts"
	FieldLoad     = "ld"
	FieldTTL      = "ttl"
	FieldAuth     = "auth"
)

// UUID is a node identity; the zero value is none.
type UUID [16]byte

// ParseUUID reads 16 raw bytes; ok is false for another length and for all zero.
func ParseUUID(raw string) (u UUID, ok bool) {
	if len(raw) != len(u) {
		return u, false
	}
	copy(u[:], raw)
	return u, u != UUID{}
}

// Identity is who sends.
type Identity struct {
	Name       string
	UUID       UUID
	Generation uint32
}

// Stamp is what the control fields need besides the identity.
type Stamp struct {
	Time     time.Time // wall clock
	Load     string
	TTL      int
	DestUUID UUID // of the node named in dest; zero: unknown

	Scratch *wire.Scratch // for the values of a message that is not to be kept; nil: it may be
}

// Unsequenced says whether messages of this type travel without a sequence number.
func Unsequenced(kind string) bool { return strings.HasPrefix(kind, "NS_") }

// Control adds the control fields in C's order. A field that is already there
// keeps its place; it gets our value, except in unsequenced messages.
func Control(m *wire.Message, id Identity, seq uint64, s Stamp) { control(m, id.words(), seq, s) }

// words are an identity as messages spell it.
type words struct {
	id                     Identity
	name, uuid, generation string
}

func (id Identity) words() words {
	return words{id: id, name: id.Name, uuid: string(id.UUID[:]), generation: wire.FormatHex(uint64(id.Generation))}
}

func control(m *wire.Message, w words, seq uint64, s Stamp) {
	c := controller{m: m, keep: seq == 0}
	if s.DestUUID != (UUID{}) {
		c.set(FieldDestUUID, wire.Binary, s.Scratch.Raw(s.DestUUID[:]))
	}
	c.set(FieldSource, wire.String, w.name)
	c.set(FieldUUID, wire.Binary, w.uuid)
	if seq != 0 {
		c.set(FieldSeq, wire.String, s.Scratch.Hex(seq))
	}
	c.set(FieldGen, wire.String, w.generation)
	c.set(FieldTime, wire.String, s.Scratch.Hex(timestamp(s.Time)))
	if seq != 0 && s.Load != "" {
		c.set(FieldLoad, wire.String, s.Load)
	}
	c.set(FieldTTL, wire.String, strconv.Itoa(s.TTL))
}

// timestamp is a time_t that is never 0: receivers drop zero.
func timestamp(t time.Time) uint64 {
	if u := t.Unix(); u > 0 {
		return uint64(u)
	}
	return 1
}

type controller struct {
	m    *wire.Message
	keep bool // what is there stays
}

func (c *controller) set(name string, t wire.Type, value string) {
	if c.keep {
		if _, there := c.m.Lookup(name); there {
			return
		}
	}
	c.m.Set(name, t, value)
}

// ForUs says whether a message is addressed to us: by uuid when it names one,
// else by name; a message without address is for everybody (section 8).
func ForUs(m *wire.Message, id Identity) bool {
	if u, ok := ParseUUID(m.Get(FieldDestUUID)); ok {
		return u == id.UUID
	}
	dest, ok := m.Lookup(FieldDest)
	return !ok || dest == id.Name
}
