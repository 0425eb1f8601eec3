package membership

import (
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// Reasons of our own for dropping a packet, besides those of wire.
const (
	unknownNode       = "unknown-node"
	replayed          = "replayed"
	badField          = "bad-field"
	duplicateIdentity = "duplicate-identity"
)

const (
	quiet       = time.Minute // one line for a source and a reason
	maxRefusals = 64          // sources and reasons that are told apart; as many again for acquaintances
	everybody   = "others"    // stands for all further ones
)

// refusal is one (source, reason) that was reported a moment ago.
type refusal struct {
	kind       *event.Kind
	source     string
	reason     string
	friend     bool // of an acquaintance
	since      time.Time
	suppressed uint64
	text       string // of the newest suppressed one
}

// refusals limits what a flood of bad packets can make us say and remember.
type refusals struct {
	list []refusal
	due  time.Time // when the oldest minute is over; zero when nothing was refused
}

// refuse counts a dropped packet and reports it at most once a minute.
func (c *Core) refuse(source, reason, detail string) {
	c.count.drop(reason)
	text := "packets from " + printable(source) + " are dropped: " + reason
	if detail != "" {
		text += ": " + detail
	}
	c.limited(event.PacketDropped, reason, source, text)
}

// replay drops a message that must be a recording or comes far too late.
func (c *Core) replay(a *arrival, detail string) { c.refuse(a.source, replayed, detail) }

// limited records an event unless the same was said less than a minute ago; it reports whether it did.
func (c *Core) limited(kind *event.Kind, reason, source, text string) bool {
	source = printable(source)
	r := c.refusals.find(kind, reason, source)
	if r == nil {
		friend := c.refusals.full(false) && c.acquainted(source)
		if c.refusals.full(friend) {
			if r = c.refusals.find(event.PacketDropped, everybody, everybody); r == nil {
				r = c.refusals.add(refusal{kind: event.PacketDropped, source: everybody, reason: everybody, since: c.now})
			}
			r.suppressed++
			r.text = text
			return false
		}
		c.refusals.add(refusal{kind: kind, source: source, reason: reason, friend: friend, since: c.now})
		c.record(kind, source, text, event.Attr{Key: "reason", Value: reason})
		return true
	}
	r.suppressed++
	r.text = text
	return false
}

// reportRefusals says how many were suppressed in the minute that is over, and
// forgets who has been quiet.
func (c *Core) reportRefusals() {
	if due := c.refusals.due; due.IsZero() || c.now.Before(due) {
		return
	}
	kept := c.refusals.list[:0]
	for _, r := range c.refusals.list {
		if c.now.Sub(r.since) < quiet {
			kept = append(kept, r)
			continue
		}
		if r.suppressed == 0 {
			continue
		}
		n := strconv.FormatUint(r.suppressed, 10)
		c.record(r.kind, r.source, r.text+" ("+n+" more in the last minute)",
			event.Attr{Key: "reason", Value: r.reason}, event.Attr{Key: "suppressed", Value: n})
		r.since, r.suppressed = c.now, 0
		kept = append(kept, r)
	}
	clear(c.refusals.list[len(kept):])
	c.refusals.list, c.refusals.due = kept, time.Time{}
	for i := range kept {
		c.refusals.due = sooner(c.refusals.due, kept[i].since.Add(quiet))
	}
}

// acquainted says whether a source matters more than one of thousands of forged addresses: it is a configured node, it sent something
// authentic lately, or its packet claims to come from a configured node (whose authkeys may differ from ours).
func (c *Core) acquainted(source string) bool {
	return c.find(source) != nil || c.guard.trusts(c.now, source) || c.packet != nil && c.claimed(c.packet)
}

// claimed says whether a packet, of which nothing is verified, names a configured node as its sender.
func (c *Core) claimed(packet []byte) bool {
	src := wire.Source(packet)
	return src != "" && c.find(src) != nil
}

// full says whether there is no room for one more source, of an acquaintance or of a stranger.
func (s *refusals) full(friend bool) bool {
	n := 0
	for i := range s.list {
		if s.list[i].friend == friend {
			n++
		}
	}
	return n >= maxRefusals
}

func (s *refusals) find(kind *event.Kind, reason, source string) *refusal {
	for i := range s.list {
		if r := &s.list[i]; r.kind == kind && r.reason == reason && r.source == source {
			return r
		}
	}
	return nil
}

func (s *refusals) add(r refusal) *refusal {
	s.list = append(s.list, r)
	s.due = sooner(s.due, r.since.Add(quiet))
	return &s.list[len(s.list)-1]
}

// printable makes a source fit for a log line, whatever an attacker put in it.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return '?'
		}
		return r
	}, s)
	if len(s) > 64 {
		s = strings.ToValidUTF8(s[:64], "?")
	}
	return s
}
