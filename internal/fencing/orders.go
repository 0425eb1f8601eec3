package fencing

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/event"
)

// checked takes in a status check.
func (c *Core) checked(i int, ev Ended) {
	d := c.devices[i]
	was := d.view
	d.view.Checked, d.view.Took, d.view.OK, d.view.Output = c.now, ev.Took, ev.Result == Good, ""
	if was.Checked.IsZero() || was.OK != d.view.OK {
		d.view.Since = c.now
	}
	d.next = c.now.Add(checkEvery)
	if d.view.OK {
		d.slowest = max(d.slowest, ev.Took)
		if !was.Checked.IsZero() && !was.OK {
			c.note(event.FenceVerified, d.Name, "", "The fencing device %s answers again.", d.Name)
		}
		return
	}
	d.view.Output = ev.Output
	d.next = c.now.Add(recheck)
	if was.Checked.IsZero() || was.OK {
		c.note(event.FenceUnverified, d.Name, "", "STONITH status operation failed. This may mean that the STONITH device has failed! (%s: %s)", d.Name, said(ev.Output))
	}
}

func said(output string) string {
	if output == "" {
		return "it said nothing"
	}
	return output
}

// ordered begins what an administrator wants.
func (c *Core) ordered(ev Ordered) {
	o := &order{id: ev.ID, op: ev.Op, node: ev.Node}
	if o.op == Release {
		text := fmt.Sprintf("%s was not fenced in the last hour", o.node)
		if n := c.forgive(o.node); n > 0 {
			text = fmt.Sprintf("%s may be fenced again; it was %d times within an hour", o.node, n)
		}
		c.do(Answer{o.id, false, text})
		return
	}
	if len(c.devices) == 0 {
		c.do(Answer{o.id, true, "no stonith or stonith_host line of ha.cf is for this node: there is no fencing device"})
		return
	}
	c.orders = append(c.orders, o)
	if o.op == Off || o.op == Reset {
		c.note(event.FenceBegun, o.node, "", "Resetting node %s with [%s] (%s, by command)", o.node, c.devices[0].Name, o.op)
		c.run(0, o.op, o.node, job{order: o})
		return
	}
	for i := range c.devices {
		o.waits++
		c.run(i, Status, "", job{order: o})
		if o.node != "" {
			o.waits++
			c.run(i, List, o.node, job{order: o})
		}
	}
}

// orderEnded takes in a step of an order.
func (c *Core) orderEnded(j job, ev Ended) {
	o, d := j.order, c.devices[j.device]
	took := ev.Took.Round(time.Millisecond)
	switch {
	case o.op == Off || o.op == Reset:
		c.switched(j, ev)
		return
	case j.op == Status && ev.Result == Good:
		o.text = append(o.text, fmt.Sprintf("%s answers (%v)", d.Name, took))
	case j.op == Status:
		o.failures++
		o.text = append(o.text, fmt.Sprintf("%s does not answer: %s", d.Name, said(ev.Output)))
	case ev.Result == Good:
		o.switches++
		o.text = append(o.text, fmt.Sprintf("%s can switch %s", d.Name, o.node))
	default:
		o.text = append(o.text, fmt.Sprintf("%s cannot switch %s: %s", d.Name, o.node, said(ev.Output)))
	}
	if o.waits--; o.waits > 0 {
		return
	}
	c.finish(o, o.failures > 0 || o.node != "" && o.switches == 0)
}

// switched takes in one device of an order to switch a node.
func (c *Core) switched(j job, ev Ended) {
	o, d := j.order, c.devices[j.device]
	if ev.Result == Good {
		c.note(event.FenceDone, o.node, "", "node %s now reset. (%s by %s, by command)", o.node, o.op, d.Name)
		o.text = append(o.text, fmt.Sprintf("%s: %s by %s", o.node, o.op, d.Name))
		c.do(Report{Node: o.node, By: d.Name, OK: true, Text: fmt.Sprintf("node %s now reset.", o.node)})
		c.forgive(o.node)
		c.cancelled(o.node)
		c.finish(o, false)
		return
	}
	o.text = append(o.text, fmt.Sprintf("%s failed (%s): %s", d.Name, ev.Result, said(ev.Output)))
	if o.level++; o.level < len(c.devices) {
		c.run(o.level, o.op, o.node, job{order: o})
		return
	}
	c.note(event.FenceFailed, o.node, "", "Host %s not reset! (by command)", o.node)
	c.finish(o, true)
}

func (c *Core) finish(o *order, failed bool) {
	c.orders = slices.DeleteFunc(c.orders, func(x *order) bool { return x == o })
	c.do(Answer{o.id, failed, strings.Join(o.text, "\n")})
}
