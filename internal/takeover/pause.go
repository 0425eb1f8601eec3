package takeover

import (
	"fmt"
	"time"
)

// Exposed says that, were this node silent for its deadtime, somebody would take over what it holds: after such a pause its
// addresses go before anything else is done, also before this core is asked. A node that is alone has nobody to make room for.
func (c *Core) Exposed() bool {
	for _, p := range c.live() {
		if p.active {
			return true
		}
	}
	return false
}

// selfPaused: we did not run for so long that a peer may have taken over what we hold.
// Release first; then the peers' next words decide as after any heal.
func (c *Core) selfPaused(ev SelfPaused) {
	for _, p := range c.peers {
		if !p.proof.until.IsZero() {
			p.proof.until = p.proof.until.Add(ev.Gap) // nobody could see the alarm here
		}
	}
	if ev.Gap < c.cfg.Deadtime && !ev.Silenced || c.phase == leaving {
		return
	}
	if !c.Exposed() && !ev.Silenced {
		return
	}
	for _, p := range c.live() {
		if p.active {
			c.mistrust(p)
		}
	}
	// What was silenced is not in service, whoever lives: only a start brings it back whole.
	for _, g := range c.groups {
		if c.frozen(g) && g.state == Running && c.allKnowOrders() && c.onlyHere(g) {
			// Nobody took it, because everybody knows that it is held. The executor puts back what was silenced.
			g.reason = "this node was paused, and nobody takes over what is held"
			c.start(g)
			continue
		}
		c.release(g, fmt.Sprintf("this node was paused for %v, deadtime is %v: another node may have taken it", ev.Gap.Round(time.Millisecond), c.cfg.Deadtime),
			"self.paused "+c.cfg.Self)
		c.touch(g)
	}
}

// mistrust forgets what a peer said about groups before our pause.
func (c *Core) mistrust(p *peer) {
	c.moveLost(p, "this node was paused", "self.paused "+c.cfg.Self)
	c.askingLost(p, "this node was paused")
	p.fresh, p.told, p.stable, p.began = false, false, false, false
	if p.ours() {
		p.healing = true
		c.doubt(p)
		return
	}
	p.suspect(c.now)
}
