package fencing

import (
	"fmt"
	"slices"
	"time"

	"heartbeat/internal/event"
)

// wanted begins to fence a node. After a separation both sides want each other down: the loser of the tie waits until
// the winner has had its time; and of several survivors one after the other tries.
func (c *Core) wanted(ev Wanted) {
	if c.hunt(ev.Node) != nil {
		return
	}
	h := &hunt{node: ev.Node, ask: ev.Ask, cause: ev.Cause, at: c.now, pause: firstRetry}
	if ev.Yield {
		h.at = h.at.Add(c.yield())
	}
	h.at = h.at.Add(time.Duration(ev.Turn) * (turnTime + c.yield()))
	if d := h.at.Sub(c.now); d > 0 && len(c.devices) > 0 {
		c.note(event.FenceYields, h.node, h.cause, "Node %s is fenced in %v: until then the other side may fence first, so that not both nodes go down.", h.node, d.Round(time.Millisecond))
	}
	c.hunts = append(c.hunts, h)
}

func (c *Core) hunt(node string) *hunt {
	i := slices.IndexFunc(c.hunts, func(h *hunt) bool { return h.node == node })
	if i < 0 {
		return nil
	}
	return c.hunts[i]
}

// cancelled forgets a hunt; what is under way is killed.
func (c *Core) cancelled(node string) {
	h := c.hunt(node)
	if h == nil {
		return
	}
	if h.serial != 0 {
		delete(c.jobs, h.serial)
		c.do(Kill{h.serial})
	}
	c.forget(h)
}

func (c *Core) forget(h *hunt) {
	c.hunts = slices.DeleteFunc(c.hunts, func(o *hunt) bool { return o == h })
}

// shoot uses the next device of the ladder.
func (c *Core) shoot(h *hunt) {
	if len(c.devices) == 0 {
		h.at = c.now.Add(lastRetry)
		h.tries++
		c.fail(h, "no device", false, "no stonith or stonith_host line of ha.cf is for this node")
		return
	}
	if c.hold(h) {
		return
	}
	c.loaded(h.node)
	d := c.devices[h.level]
	c.note(event.FenceBegun, h.node, h.cause, "Resetting node %s with [%s]", h.node, d.Name)
	if d.Human {
		c.note(event.FenceHuman, h.node, h.cause, "OPERATOR INTERVENTION REQUIRED to reset %s. When it is down for sure: heartbeat confirm %s, or meatclient -c %s.", h.node, h.node, h.node)
	}
	h.serial = c.run(h.level, c.cfg.Action, h.node, job{hunt: h})
}

// shot takes in the end of an attempt.
func (c *Core) shot(h *hunt, ev Ended) {
	d := c.devices[h.level]
	h.serial = 0
	if ev.Result == Good {
		c.forget(h)
		c.note(event.FenceDone, h.node, h.cause, "node %s now reset. (%s by %s in %v)", h.node, c.cfg.Action, d.Name, ev.Took.Round(time.Millisecond))
		c.do(Report{Ask: h.ask, Node: h.node, By: d.Name, OK: true, Text: fmt.Sprintf("node %s now reset.", h.node)})
		return
	}
	h.tries++
	c.missed(h.node)
	text := fmt.Sprintf("Host %s not reset!", h.node)
	if ev.Result == BadHost {
		text = fmt.Sprintf("Device %s cannot reset host %s.", d.Name, h.node)
	}
	if ev.Output != "" {
		text += " " + ev.Output
	}
	h.level++
	what := fmt.Sprintf("The next device is tried: %s.", c.devices[h.level%len(c.devices)].Name)
	h.at = c.now
	if h.level == len(c.devices) {
		h.level = 0
		h.at = c.now.Add(h.pause)
		what = fmt.Sprintf("STONITH of %s failed.  Retrying... in %v.", h.node, h.pause)
		h.pause = min(2*h.pause, lastRetry)
	}
	c.fail(h, d.Name, ev.Result == BadHost, text+" "+what)
}

func (c *Core) fail(h *hunt, by string, badHost bool, text string) {
	c.note(event.FenceFailed, h.node, h.cause, "%s (%s)", text, by)
	c.do(Report{Ask: h.ask, Node: h.node, By: by, BadHost: badHost, Text: text})
}
