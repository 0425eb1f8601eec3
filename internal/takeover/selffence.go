package takeover

import (
	"fmt"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// FenceSelf resets this machine: something that will not stop runs on it, and nothing else lets another node start it
// (rule I8; resources spec, S27). The peers have been told.
type FenceSelf struct{ Key, Reason, Cause string }

func (FenceSelf) isEffect() {}

// kindFenceSelf is the message about it. A C peer offers it to its event scripts, as any type that it does not know.
const kindFenceSelf = "fence-self"

// fenceSelf follows a stop that failed, where stop_failure says so.
func (c *Core) fenceSelf(g *group, cause string) {
	if !c.cfg.FenceSelf {
		return
	}
	reason := fmt.Sprintf("%s would not stop (%s)", g.key, g.failure)
	c.send(wire.New("t", kindFenceSelf, "node", c.cfg.Self, "info", reason))
	ref := c.note(event.SelfFence, c.cfg.Self, cause, fmt.Sprintf("Resource STOP failure. Reboot required! %s resets itself: %s.", c.cfg.Self, reason))
	c.do(FenceSelf{Key: g.key, Reason: reason, Cause: ref})
}

// fenceSelfArrived takes note that a peer is about to go down. Nothing of it is started before it is down.
func (c *Core) fenceSelfArrived(p *peer, m *wire.Message) {
	c.note(event.SelfFence, p.name, "", fmt.Sprintf("Node %s resets itself: %s. Its resources follow when it is down.", p.name, m.Get("info")))
	c.do(RunEventScripts{m})
}
