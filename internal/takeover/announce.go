package takeover

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/connectivity"
	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// Names of the announcement fields.
const (
	fieldOwn   = "x-own"   // id:state:number of every group that is not simply stopped
	fieldPhase = "x-phase" // progress of start-up or end
	fieldMove  = "x-move"  // the node with which a hand-over is under way; empty: none
	fieldRev   = "x-rev"   // LIFE.REVISION
	fieldSeen  = "x-seen"  // NODE=LIFE.REVISION of every live peer, blank separated
	fieldCfg   = "x-cfg"   // digest of haresources
	fieldIdle  = "x-idle"  // 1: not entitled, so it stops everything and starts nothing; only under the policy Arbiter
)

// fields is our announcement as of now. Every change of content gets a new revision.
func (c *Core) fields() []wire.Field {
	connect := c.connectFields()
	content := c.ownWord() + "|" + c.phase.String() + "|" + c.move.with
	for _, f := range [...]wire.Field{{Name: fieldOrders, Value: c.encodeOrders()}, {Name: fieldFailed, Value: c.failedWords()}} {
		if f.Value != "" {
			connect = append(connect, f)
		}
	}
	if c.unentitled {
		connect = append(connect, wire.Field{Name: fieldIdle, Value: "1"})
	}
	for _, f := range connect {
		content += "|" + f.Value
	}
	if c.bump || content != c.content {
		c.rev++
		c.bump, c.content = false, content
	}
	return append([]wire.Field{
		{Name: fieldOwn, Value: c.ownWord()},
		{Name: fieldPhase, Value: c.phase.String()},
		{Name: fieldRev, Value: fmt.Sprintf("%d.%d", c.life, c.rev)},
		{Name: fieldSeen, Value: c.seenWord()},
		{Name: fieldCfg, Value: c.cfg.Digest},
		{Name: fieldMove, Value: c.move.with},
	}, connect...)
}

// ownWord lists the groups. A failed group carries the number of failures, by which
// the nodes take turns; every other one its claim.
func (c *Core) ownWord() string {
	var words []string
	for _, g := range c.groups {
		state, num := g.state, g.claim
		switch {
		case g.want && !g.held():
			state, num = wanted, g.fails
		case state == Failed:
			num = g.fails
		case state == Stopped:
			continue
		}
		words = append(words, fmt.Sprintf("%s:%s:%d", g.id, state, num))
	}
	return strings.Join(words, ",")
}

func (c *Core) seenWord() string {
	var words []string
	for _, p := range c.peers {
		if p.alive && p.rev > 0 {
			words = append(words, fmt.Sprintf("%s=%d.%d", p.name, p.life, p.rev))
		}
	}
	return strings.Join(words, " ")
}

// announce hands the fields to the status messages when they changed.
func (c *Core) announce() {
	f := c.fields()
	var b strings.Builder
	for _, x := range f {
		b.WriteString(x.Value)
		b.WriteByte(0)
	}
	if b.String() == c.announced {
		return
	}
	c.announced = b.String()
	c.do(Announce{Fields: f})
}

func (c *Core) peerAnnounced(ev PeerAnnounced) {
	p := c.peer(ev.Node)
	if p == nil {
		return
	}
	p.caps, p.introduced = ev.Caps, true
	get := func(name string) (string, bool) {
		for _, f := range ev.Fields {
			if f.Name == name {
				return f.Value, true
			}
		}
		return "", false
	}
	if !c.absorb(p, get) {
		return
	}
	p.hears = p.hears || ev.Heard
	c.hearsAgain(p)
	c.healed(p)
}

// absorb takes an announcement in. It reports false for one that is not complete or outdated.
func (c *Core) absorb(p *peer, get func(string) (string, bool)) bool {
	word, _ := get(fieldRev)
	life, rev, ok := parsePair(word)
	if !ok || life == 0 || rev == 0 {
		return false
	}
	switch {
	case life == p.life && rev < p.rev, life == p.deadLife && life != p.life:
		return false // outdated, or a word from a former life
	case life != p.life && p.life != 0 && p.alive:
		c.reborn(p)
		p.newborn = true
	}
	p.life, p.rev, p.fresh = life, rev, true
	p.phase, _ = get(fieldPhase)
	p.moving, _ = get(fieldMove)
	idle, _ := get(fieldIdle)
	p.idle = idle == "1"
	links, _ := get(fieldLinks)
	ping, _ := get(fieldPing)
	p.reach = connectivity.Parse(links, ping)
	own, _ := get(fieldOwn)
	p.own = parseOwn(own)
	failed, _ := get(fieldFailed)
	p.failedAt = parseFailed(failed)
	seen, _ := get(fieldSeen)
	c.absorbSeen(p, seen)
	p.orders, _ = get(fieldOrders)
	c.absorbOrders(p, p.orders)
	if digest, ok := get(fieldCfg); ok {
		c.compareDigest(p, digest)
	}
	return true
}

// absorbMessage takes in the announcement that a message carries. A message may wait for another one and be overtaken by statuses, so of what
// has no revision, as whom its sender hears, the statuses have the last word: they come at once when it changes, and never out of order.
func (c *Core) absorbMessage(p *peer, m *wire.Message) {
	life, rev, ok := parsePair(m.Get(fieldRev))
	if !ok || !p.fresh || life != p.life || rev != p.rev {
		c.absorb(p, m.Lookup)
		return
	}
	hears := p.hears
	c.absorbSeen(p, m.Get(fieldSeen)) // what is acknowledged once stays so
	p.hears = hears
}

func (c *Core) absorbSeen(p *peer, seen string) {
	p.hears = false
	for word := range strings.FieldsSeq(seen) {
		name, pair, _ := strings.Cut(word, "=")
		if name != c.cfg.Self {
			continue
		}
		if life, rev, ok := parsePair(pair); ok && life == c.life {
			p.ackLife, p.ackRev, p.hears = life, max(rev, p.ackRev), true
		}
	}
}

func (c *Core) compareDigest(p *peer, digest string) {
	if digest == p.digest {
		return
	}
	p.digest = digest
	if digest != c.cfg.Digest {
		c.note(event.ConfigDiffers, p.name, "", fmt.Sprintf(
			"haresources of %s differs from the one of %s (digest %s, here %s): groups that only one of them knows are not protected.",
			p.name, c.cfg.Self, digest, c.cfg.Digest))
	}
}

func parseOwn(s string) map[string]claim {
	own := map[string]claim{}
	for word := range strings.SplitSeq(s, ",") {
		part := strings.Split(word, ":")
		if len(part) != 3 {
			continue
		}
		num, err := strconv.ParseUint(part[2], 10, 64)
		if err != nil {
			continue
		}
		own[part[0]] = claim{state: GroupState(part[1]), num: num}
	}
	return own
}

func parsePair(s string) (a, b uint64, ok bool) {
	x, y, _ := strings.Cut(s, ".")
	a, err := strconv.ParseUint(x, 10, 64)
	if err != nil {
		return 0, 0, false
	}
	b, err = strconv.ParseUint(y, 10, 64)
	return a, b, err == nil
}

// patience is how long a node that does not hear us may hold what we hold: time for
// one of our heartbeats to reach it and for its answer to come.
func (c *Core) patience() time.Duration { return 2 * c.cfg.Keepalive }
