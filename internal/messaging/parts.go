package messaging

import (
	"fmt"
	"strings"
	"time"

	"heartbeat/internal/wire"
)

// A message too large for one datagram travels between nodes of our kind in parts: ordinary
// sequenced messages, so that loss, copies and overtaking are mended by what mends them anyhow.
// The wire protocol of C has no fragments (messaging spec, section 4.6). C drops a part, after it
// has counted its sequence number, because a part is addressed: to the node that is meant, or to
// an identity that no machine has when it is for everybody.
const (
	KindPart = "x-part"

	MaxWhole   = 16 << 20 // bytes of the largest message that is cut into parts
	PartsAbove = 32 << 10 // bytes up to which a message is not cut
	PartSize   = 16 << 10 // bytes of a message in one part

	MaxOpen = 2 // messages of one sender that are on their way in parts at once

	fieldWhole  = "whole" // hex: number of the message, unique in a life of its sender
	fieldOffset = "at"    // hex: where in the message the part stands, in bytes
	fieldTotal  = "of"    // hex: bytes of the message
	fieldBytes  = "part"
)

// Everybody is the identity that parts for all nodes are addressed to.
var Everybody = UUID([]byte("heartbeat-go-all"))

// A Cutter cuts one encoded message into parts. Nothing is copied before Next is called.
type Cutter struct {
	ID   uint64
	Dest string // name of the node that is meant; empty: all
	Text string // the encoded message

	at int
}

// Done says that every part was taken.
func (c *Cutter) Done() bool { return c.at >= len(c.Text) }

// Next makes the message of the next part.
func (c *Cutter) Next() *wire.Message {
	end := min(c.at+PartSize, len(c.Text))
	m := wire.New(FieldType, KindPart)
	if c.Dest != "" {
		m.Set(FieldDest, wire.String, c.Dest)
	} else {
		m.Set(FieldDestUUID, wire.Binary, string(Everybody[:]))
	}
	m.Set(fieldWhole, wire.String, wire.FormatHex(c.ID))
	m.Set(fieldOffset, wire.String, wire.FormatHex(uint64(c.at)))
	m.Set(fieldTotal, wire.String, wire.FormatHex(uint64(len(c.Text))))
	m.Set(fieldBytes, wire.Binary, c.Text[c.at:end])
	c.at = end
	return m
}

// IsForAll says whether a part is addressed to every node of our kind.
func IsForAll(m *wire.Message) bool {
	u, ok := ParseUUID(m.Get(FieldDestUUID))
	return ok && u == Everybody
}

// An Assembler puts the parts of one sender together. It takes them in the order in which they
// were sent, as Receiver releases them. Its memory is bounded by MaxOpen messages of MaxWhole bytes.
type Assembler struct{ piles []pile }

// pile is a message of which parts are still missing.
type pile struct {
	id    uint64
	total int
	text  *strings.Builder
	at    time.Time // of the newest part
}

// A LostWhole says that a message in parts can never be complete.
type LostWhole struct {
	ID, Bytes, Had uint64
	Why            string
}

func (e *LostWhole) Error() string {
	return fmt.Sprintf("message %x of %d bytes is lost after %d bytes: %s", e.ID, e.Bytes, e.Had, e.Why)
}

// Add takes a part. It returns the encoded message when the part was its last one. The error tells of a
// message that is lost, not always the one of this part. A part of a message whose beginning is
// unknown is passed over in silence: its loss was told, or it began before we listened.
func (a *Assembler) Add(now time.Time, m *wire.Message) (whole string, done bool, lost error) {
	id, ok1 := m.Hex(fieldWhole)
	at, ok2 := m.Hex(fieldOffset)
	total, ok3 := m.Hex(fieldTotal)
	bytes := m.Get(fieldBytes)
	if !ok1 || !ok2 || !ok3 || total == 0 || total > MaxWhole || bytes == "" || at > total || uint64(len(bytes)) > total-at {
		return "", false, &LostWhole{ID: id, Bytes: total, Why: "a part does not fit into it"}
	}
	if at == 0 {
		lost = a.begin(now, id, int(total))
	}
	i := a.find(id)
	if i < 0 {
		return "", false, lost
	}
	p := &a.piles[i]
	if p.total != int(total) || p.text.Len() != int(at) {
		return "", false, a.drop(i, fmt.Sprintf("the part at byte %d is missing", p.text.Len()))
	}
	p.text.WriteString(bytes)
	p.at = now
	if p.text.Len() < p.total {
		return "", false, lost
	}
	whole = p.text.String()
	a.remove(i)
	return whole, true, lost
}

// begin makes room for a message; the one that has been waiting longest gives way.
func (a *Assembler) begin(now time.Time, id uint64, total int) (lost error) {
	if i := a.find(id); i >= 0 {
		lost = a.drop(i, "its sender began it again")
	}
	if len(a.piles) >= MaxOpen {
		oldest := 0
		for i := range a.piles {
			if a.piles[i].at.Before(a.piles[oldest].at) {
				oldest = i
			}
		}
		lost = a.drop(oldest, "its sender began others")
	}
	p := pile{id: id, total: total, text: &strings.Builder{}, at: now}
	p.text.Grow(total)
	a.piles = append(a.piles, p)
	return lost
}

func (a *Assembler) find(id uint64) int {
	for i := range a.piles {
		if a.piles[i].id == id {
			return i
		}
	}
	return -1
}

func (a *Assembler) drop(i int, why string) error {
	p := a.piles[i]
	a.remove(i)
	return &LostWhole{p.id, uint64(p.total), uint64(p.text.Len()), why}
}

func (a *Assembler) remove(i int) {
	last := len(a.piles) - 1
	a.piles[i] = a.piles[last]
	a.piles[last] = pile{}
	a.piles = a.piles[:last]
}

// Expire gives up the messages of which nothing came for longer than patience.
func (a *Assembler) Expire(now time.Time, patience time.Duration) (lost []error) {
	for i := 0; i < len(a.piles); {
		if now.Sub(a.piles[i].at) < patience {
			i++
			continue
		}
		lost = append(lost, a.drop(i, "no part of it came for "+patience.String()))
	}
	return lost
}

// Deadline is when Expire has something to do; zero: never.
func (a *Assembler) Deadline(patience time.Duration) (at time.Time) {
	for i := range a.piles {
		if end := a.piles[i].at.Add(patience); at.IsZero() || end.Before(at) {
			at = end
		}
	}
	return at
}

// Abandon forgets everything, because the sender died or began a new life.
func (a *Assembler) Abandon(why string) (lost []error) {
	for len(a.piles) > 0 {
		lost = append(lost, a.drop(len(a.piles)-1, why))
	}
	return lost
}

// Bytes is how much memory the unfinished messages hold.
func (a *Assembler) Bytes() (n int) {
	for i := range a.piles {
		n += a.piles[i].total
	}
	return n
}
