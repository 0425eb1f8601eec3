package takeover

import (
	"fmt"
	"time"

	"heartbeat/internal/event"
)

// Silence is no death. With a policy other than Unsafe nothing of a silent node is started before the node is known
// to be down (rule I1): withheld, in unproven.go, says so to place. This file asks for the proof and takes it in. It
// looks at the whole state after every event (prove), so a proof is asked for once, whatever made it necessary, and is
// called off as soon as it is needed no more.

// Policy says what it takes to believe in a death.
type Policy uint8

const (
	Unsafe  Policy = iota // silence is enough, as for C without stonith
	Fenced                // a fencing device switched it off or reset it
	Manual                // a human says so
	Arbiter               // an arbiter says so
)

// String is the word of the setting take_over.
func (p Policy) String() string {
	return [...]string{"unsafe", "fenced", "manual", "arbiter"}[p]
}

type (
	// DownProven ends a ProveDown, or tells that an attempt failed and more follow. By names the device or arbiter.
	DownProven struct {
		Node, By string
		OK       bool
		BadHost  bool   // no device knows this node
		Ask      uint64 // of the ProveDown that it answers; 0: the present one
		Text     string // a sentence: what was done, or why not
	}
	// DownConfirmed is the word of a human, By, that a node is down. It counts under every policy. ID returns in Answer; 0: no answer.
	DownConfirmed struct {
		ID       uint64
		Node, By string
	}
)

func (DownProven) isEvent()    {}
func (DownConfirmed) isEvent() {}

type (
	// ProveDown wants proof that a node is down, until a DownProven with OK or a CancelProof. The shell repeats its attempts itself.
	ProveDown struct {
		Node, Reason, Cause string
		Policy              Policy
		Ask                 uint64        // number of this request
		Yield               bool          // after a partition the other side fences first; see goesFirst
		Turn                int           // other nodes that live here and fence before this one; their success is told to us
		Since               time.Duration // for how long the node has been dead here
	}
	// CancelProof calls a ProveDown off.
	CancelProof struct{ Node string }
)

func (ProveDown) isEffect()   {}
func (CancelProof) isEffect() {}

// fieldLife names the life that was ended, so that the word of another node about it is not taken for the next one.
const fieldLife = "x-life"

// proof is what is known about the end of a peer.
type proof struct {
	wanted bool      // nothing of it is started before its death is proven, or before until under Unsafe
	strict bool      // it may run any group; otherwise what it held, or its own
	asked  bool      // ProveDown was given
	ask    uint64    // its number
	timed  bool      // until was set
	told   bool      // the alarm was recorded
	since  time.Time // of its death
	until  time.Time // takeover_delay ends
	by     string    // device, arbiter or human; empty: nothing proved it
	fenced bool      // by a device, here or on another node
	early  string    // a human said so before this node had judged it
	failed string    // how the last attempt failed
	tries  int       // attempts that failed
}

// doubtDeath decides, at the death of a peer, whether it must be proven. harmless says that it held nothing
// when it was last heard; under a strict policy it must not be able to have started anything since (begun), either.
func (c *Core) doubtDeath(p *peer, harmless, begun bool) {
	early := p.proof.early
	strict := c.cfg.TakeOver != Unsafe
	p.proof, p.overruled = proof{since: c.now, strict: strict}, false
	if early != "" && !p.heard {
		p.overruled, p.proof.by = true, early
		return
	}
	if strict {
		harmless = len(c.groups) == 0 || !p.stuck() && (p.left || harmless && !begun)
	}
	if harmless || !strict && c.cfg.TakeoverDelay <= 0 {
		return
	}
	p.proof.wanted = true
}

// stuck says that a group would not stop there.
func (p *peer) stuck() bool {
	for _, cl := range p.own {
		if cl.state == Blocked {
			return true
		}
	}
	return false
}

// mayHaveBegun says that a peer may run a group by now although it held none when it was last heard: one that nobody else
// holds may be being started there, after the last word that reached us.
func (c *Core) mayHaveBegun(p *peer) bool {
	if p.rev > 0 && (!p.fresh || !p.metAgain()) {
		return true // its last word is from before a separation
	}
	for _, g := range c.groups {
		if g.homeless || g.held() {
			continue
		}
		other := false
		for _, q := range c.live() {
			other = other || q != p && c.peerHolds(q, g) && !q.healing
		}
		if !other {
			return true
		}
	}
	return false
}

// prove asks for the proofs that are wanted, and calls off those that are not wanted any more.
func (c *Core) prove() bool {
	changed := false
	for _, p := range c.peers {
		switch {
		case p.proof.wanted && (p.alive || p.buried):
			p.proof.wanted = false
			if p.alive && c.phase == stable {
				c.note(event.TakeoverCancelled, p.name, "node.returned "+p.name, fmt.Sprintf(
					"Node %s is heard again: nothing is taken over from it.", p.name))
			}
			changed = true
		case !p.proof.wanted || c.phase != stable:
			if p.proof.asked && (!p.proof.wanted || c.phase == leaving) {
				p.proof.asked = false
				c.do(CancelProof{p.name})
			}
		case p.proof.asked || c.delays(p):
			c.alarm(p)
		case !p.proof.strict:
			p.proof.wanted = false
			c.releaseWithheld(p)
			changed = true
		default:
			c.alarm(p)
			c.asks++
			p.proof.asked, p.proof.ask = true, c.asks
			c.do(ProveDown{Node: p.name, Policy: c.cfg.TakeOver, Ask: c.asks, Cause: "node.dead " + p.name, Yield: !c.goesFirst(p), Turn: c.turn(),
				Reason: fmt.Sprintf("%s is silent and may run resources", p.name), Since: c.now.Sub(p.proof.since)})
		}
	}
	return changed
}

// delays says that takeover_delay is not over. It begins with the alarm.
func (c *Core) delays(p *peer) bool {
	if !p.proof.timed {
		p.proof.timed = true
		if c.cfg.TakeoverDelay > 0 {
			p.proof.until = c.now.Add(c.cfg.TakeoverDelay)
		}
	}
	return c.now.Before(p.proof.until)
}

// alarm tells once that a take-over waits, and for what. A device or an arbiter that answers at once is no reason for alarm.
func (c *Core) alarm(p *peer) {
	if p.proof.told || p.proof.tries == 0 && c.cfg.TakeOver != Manual && !c.now.Before(p.proof.until) {
		return
	}
	p.proof.told = true
	text := fmt.Sprintf("Node %s is silent. Nothing of it is started here before %s.", p.name, c.awaited(p))
	c.note(event.TakeoverWaits, p.name, "node.dead "+p.name, text+" If you have made sure that it is down: heartbeat confirm "+p.name+".")
}

// awaited says in a clause what a take-over waits for.
func (c *Core) awaited(p *peer) string {
	what := map[Policy]string{
		Fenced: "fencing has switched it off", Manual: "a human confirms that it is down", Arbiter: "the arbiter grants it",
	}[c.cfg.TakeOver]
	switch {
	case !c.now.Before(p.proof.until):
		return what
	case !p.proof.strict:
		return fmt.Sprintf("takeover_delay (%v) is over", c.cfg.TakeoverDelay)
	}
	return fmt.Sprintf("takeover_delay (%v) is over and %s", c.cfg.TakeoverDelay, what)
}

// goesFirst breaks the tie between two nodes that lost sight of each other and would fence each other: who holds more groups
// fences at once, then the lower name; the other one waits. Both sides come to the same answer from what
// they last heard. When the first one really died, the wait is the price.
func (c *Core) goesFirst(p *peer) bool {
	ours, theirs := 0, 0
	for _, g := range c.groups {
		if g.held() {
			ours++
		}
		if p.rev > 0 && isHeld(p.own[g.id].state) || p.rev == 0 && p.deadHeld(g) {
			theirs++
		}
	}
	if ours != theirs {
		return ours > theirs
	}
	return c.cfg.Self < p.name
}

// turn counts the live nodes of our kind that ha.cf names before this one: they see the same death and fence first.
func (c *Core) turn() int {
	n := 0
	for _, name := range c.cfg.Nodes {
		if name == c.cfg.Self {
			break
		}
		if p := c.peer(name); p != nil && p.present() && p.rev > 0 {
			n++
		}
	}
	return n
}
