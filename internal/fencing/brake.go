package fencing

import (
	"fmt"
	"slices"
	"time"

	"heartbeat/internal/event"
)

// Two nodes that do not hear each other and start again after every reset would reset each other for ever. So a node switches the same
// other node off only so often in an hour (Config.Brake); what it did is remembered on disk, because it may be reset itself. After that it waits
// for the word of a human, or until the oldest of these times is an hour ago.

// BrakeTime is the window in which Config.Brake counts.
const BrakeTime = time.Hour

// A Shot is an attempt that switched a node off, or may have: it did not end in a failure.
type Shot struct {
	Node string
	At   time.Time
}

// Remember is the effect that keeps the shots of the last hour for the next life.
type Remember struct{ Past []Shot }

func (Remember) isEffect() {}

// Release is what an administrator orders to let a node be fenced again that was fenced too often.
const Release Op = "release"

// recent drops what does not count any more. A clock that was set back makes a shot of the future one of now.
func (c *Core) recent() {
	c.past = slices.DeleteFunc(c.past, func(s Shot) bool { return c.now.Sub(s.At) >= BrakeTime })
	for i := range c.past {
		if c.past[i].At.After(c.now) {
			c.past[i].At = c.now
		}
	}
}

// braked says that a node was fenced too often; until is when that is over by itself.
func (c *Core) braked(node string) (until time.Time, yes bool) {
	c.recent()
	if c.cfg.Brake <= 0 {
		return until, false
	}
	var times []time.Time
	for _, s := range c.past {
		if s.Node == node {
			times = append(times, s.At)
		}
	}
	if len(times) < c.cfg.Brake {
		return until, false
	}
	slices.SortFunc(times, time.Time.Compare)
	return times[len(times)-c.cfg.Brake].Add(BrakeTime), true
}

// hold lets a hunt wait because of the brake; false when it need not.
func (c *Core) hold(h *hunt) bool {
	until, yes := c.braked(h.node)
	if !yes {
		h.held = false
		return false
	}
	h.at = until
	if h.held {
		return true
	}
	h.held = true
	text := fmt.Sprintf("Node %s was fenced %d times within an hour and is not fenced again before %s: it may be healthy, and only the links between the nodes broken.",
		h.node, c.cfg.Brake, until.Format(time.TimeOnly))
	c.note(event.FenceBraked, h.node, h.cause, "%s heartbeat fence release %s lets it be fenced; if it is down for sure: heartbeat confirm %s.", text, h.node, h.node)
	c.do(Report{Ask: h.ask, Node: h.node, By: "fence_brake", Text: text})
	return true
}

// loaded counts an attempt before it begins: the machine may be gone before it ends.
func (c *Core) loaded(node string) {
	c.past = append(c.past, Shot{node, c.now})
	c.do(Remember{slices.Clone(c.past)})
}

// missed takes the newest attempt at a node back, which switched nothing off.
func (c *Core) missed(node string) {
	for i := len(c.past) - 1; i >= 0; i-- {
		if c.past[i].Node == node {
			c.past = slices.Delete(c.past, i, i+1)
			break
		}
	}
	c.do(Remember{slices.Clone(c.past)})
}

// forgive forgets what was done to a node, by the word of a human; it says how often that was.
func (c *Core) forgive(node string) int {
	c.recent()
	before := len(c.past)
	c.past = slices.DeleteFunc(c.past, func(s Shot) bool { return s.Node == node })
	if h := c.hunt(node); h != nil && h.held {
		h.held, h.at = false, c.now
	}
	if n := before - len(c.past); n > 0 {
		c.note(event.FenceReleased, node, "", "Node %s may be fenced again: what was done to it in the last hour (%d times) no longer counts.", node, n)
		c.do(Remember{slices.Clone(c.past)})
		return n
	}
	return 0
}
