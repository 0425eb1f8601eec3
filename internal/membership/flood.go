package membership

import (
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/event"
)

// What bad packets may cost before the packets of their source are dropped unread. Verifying costs time by the byte, so the allowance
// is in bytes: a source that only sends rubbish costs about a millisecond of every second.
const (
	burst     = 1 << 20   // bytes of bad packets that are read at once
	refill    = 256 << 10 // bytes a second after that
	perPacket = 256       // bytes that a packet counts besides its own: reading it costs something too

	maxStrangers = 64        // sources with an allowance of their own; all further ones share one
	minProven    = 128       // sources that have sent something authentic; in a large cluster four for each node and link
	provenFor    = time.Hour // how long that counts
)

// flooding is the reason of a packet that was not even read.
const flooding = "flood"

// An allowance is what one source may still cost.
type allowance struct {
	left   int64 // bytes; may fall below zero by one packet
	at     time.Time
	unread uint64 // packets dropped since told
	told   time.Time
}

// A guard keeps a flood of bad packets from costing the time of heartbeats. Sources that have proven themselves are always read: whoever
// forges their address cannot silence them. All others are read as long as their allowance lasts; then a sample is, so that a node which
// begins to speak from an address under attack is heard sooner or later, and has proven itself then.
type guard struct {
	proven    map[string]*proof
	maxProven int
	latest    *proof // of the source that was looked up last; nil: it has none
	strangers map[string]*allowance
	others    allowance // of all strangers without one of their own
	claimants allowance // of those among them whose packets claim to come from a configured node
	swept     time.Time
}

// A proof is that a source sent something authentic and new.
type proof struct {
	source string
	at     time.Time
	from   *node // who
}

func newGuard(cfg Config) guard {
	return guard{maxProven: max(minProven, 4*len(cfg.Nodes)*len(cfg.Links)), proven: map[string]*proof{}, strangers: map[string]*allowance{}, others: allowance{left: burst}, claimants: allowance{left: burst}}
}

// trusts says whether a source sent something authentic and new within provenFor.
func (g *guard) trusts(now time.Time, source string) bool {
	if g.latest == nil || g.latest.source != source {
		g.latest = g.proven[source]
	}
	return g.latest != nil && now.Sub(g.latest.at) < provenFor
}

// admits says whether a packet of the source shall be read. The allowance is the one that ran out otherwise.
func (g *guard) admits(now time.Time, source string, claims func() bool) (bool, *allowance) {
	if g.trusts(now, source) {
		return true, nil
	}
	a := g.strangers[source]
	if a == nil {
		if len(g.strangers) < maxStrangers {
			return true, nil
		}
		a = g.shared(claims)
	}
	a.fill(now)
	return a.left > 0, a
}

// shared is the allowance of strangers without one of their own: noise from thousands of forged addresses must not keep a node with
// a new address, or with another authkeys, from being noticed.
func (g *guard) shared(claims func() bool) *allowance {
	if claims() {
		return &g.claimants
	}
	return &g.others
}

// charge makes a source pay for a packet that was dropped.
func (g *guard) charge(now time.Time, source string, size int, claims func() bool) {
	if g.trusts(now, source) {
		return
	}
	a := g.strangers[source]
	if a == nil {
		a = g.open(now, source, claims)
	}
	a.fill(now)
	a.left -= int64(size + perPacket)
}

// open gives a source its own allowance, or the shared one when there are too many.
func (g *guard) open(now time.Time, source string, claims func() bool) *allowance {
	if len(g.strangers) >= maxStrangers && now.Sub(g.swept) >= time.Second {
		g.sweep(now)
	}
	if len(g.strangers) >= maxStrangers {
		return g.shared(claims)
	}
	a := &allowance{left: burst, at: now}
	g.strangers[source] = a
	return a
}

// sweep forgets strangers whose allowance is whole again.
func (g *guard) sweep(now time.Time) {
	g.swept = now
	for source, a := range g.strangers {
		if a.fill(now); a.left == burst {
			delete(g.strangers, source)
		}
	}
}

// prove takes note that a source sent something that only a holder of the key can send, and that is new.
func (g *guard) prove(now time.Time, source string, from *node) {
	if g.latest != nil && g.latest.source == source {
		g.latest.at, g.latest.from = now, from
		return
	}
	p := g.proven[source]
	if p == nil {
		if len(g.proven) >= g.maxProven {
			g.forgetOldest()
		}
		delete(g.strangers, source)
		p = &proof{source: strings.Clone(source)}
		g.proven[p.source] = p
	}
	p.at, p.from = now, from
	g.latest = p
}

func (g *guard) forgetOldest() {
	var oldest *proof
	for _, p := range g.proven {
		if oldest == nil || p.at.Before(oldest.at) {
			oldest = p
		}
	}
	delete(g.proven, oldest.source)
	g.latest = nil
}

// sender is who spoke last from the source that was looked up last; nil when that is not known.
func (g *guard) sender() *node {
	if g.latest == nil {
		return nil
	}
	return g.latest.from
}

// fill gives back what the time since the last look is worth.
func (a *allowance) fill(now time.Time) {
	if since := now.Sub(a.at); since > 0 {
		a.left = min(burst, a.left+int64(min(since, time.Minute).Seconds()*refill))
		a.at = now
	}
}

// unread drops a packet without looking at it, and says so once a minute.
func (c *Core) unread(source string, a *allowance) {
	c.count.drop(flooding)
	a.unread++
	if !a.told.IsZero() && c.now.Sub(a.told) < quiet {
		return
	}
	if a == &c.guard.others || a == &c.guard.claimants {
		source = everybody
	}
	text := "too many bad packets from " + printable(source) + ": it is flooding; beyond a sample they are dropped unread"
	if !a.told.IsZero() {
		text += " (" + strconv.FormatUint(a.unread, 10) + " since the last such line)"
	}
	a.told, a.unread = c.now, 0
	c.limited(event.PacketDropped, flooding, source, text)
}
