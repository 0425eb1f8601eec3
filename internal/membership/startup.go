package membership

import (
	"slices"
	"strings"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// askEvery is after how long another node is asked for the node list (section 12.2).
const askEvery = time.Second

// advance brings the start-up on: everybody heard or dead, then the node list of
// one live peer, then communication is up (section 12.3).
func (c *Core) advance() {
	if c.commUp || c.silent || c.cloned() {
		return
	}
	for n := range c.others {
		if !n.ever && n.status != Dead {
			return
		}
	}
	if c.now.Before(c.joinersUntil()) {
		return
	}
	if c.asked != nil && c.asked.live() && c.now.Before(c.askAgain) {
		return
	}
	c.askedInVain()
	if c.asked = c.nextToAsk(); c.asked == nil {
		c.communicationUp("there is nobody to ask for the node list")
		return
	}
	c.askAgain = c.now.Add(askEvery)
	c.transmit(wire.New(messaging.FieldType, messaging.KindReqNodes, messaging.FieldDest, c.asked.name))
}

// cloned says whether another machine used our identity a moment ago, or a node that we refuse to understand is alive. Until it is
// silent for a deadtime we must not begin: two machines of one name would both act.
func (c *Core) cloned() bool {
	if c.refusesPlain() {
		return true
	}
	return !c.cloneSeen.IsZero() && c.now.Sub(c.cloneSeen) < c.cfg.Deadtime
}

// nextToAsk goes round the live normal peers in configuration order; nil when
// there is none that would answer.
func (c *Core) nextToAsk() *node {
	live := make([]*node, 0, len(c.nodes))
	for n := range c.peers {
		if n.live() && n.speaks {
			live = append(live, n)
		}
	}
	if len(live) == 0 {
		return nil
	}
	n := live[c.askedIndex%len(live)]
	c.askedIndex++
	return n
}

func (c *Core) communicationUp(why string) {
	c.commUp, c.asked = true, nil
	c.touchAll() // nobody has initdead any more
	c.setLocal(Active)
	c.sendStatus()
	var dead []string
	for n := range c.peers {
		if n.status == Dead {
			dead = append(dead, n.name)
		}
	}
	text := "Local status now set to: 'active'; " + why
	if len(dead) > 0 {
		text += "; never heard or dead: " + strings.Join(dead, " ")
	}
	c.emit(CommUp{Dead: slices.Clone(dead)})
	c.record(event.CommUp, c.cfg.Self, text+".")
}
