package membership

import (
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/event"
)

// judge declares nodes and links dead whose time is over. It runs on ticks only,
// because before a tick the shell has handed over every packet that waited.
func (c *Core) judge() {
	if c.stopped {
		return
	}
	died := false
	for _, n := range c.dueNodes() {
		c.judgeUnproven(n)
		if at := c.deathOf(n); !at.IsZero() && !c.now.Before(at) {
			c.die(n)
			died = died || !n.ping
		}
		if at := n.lateAt(); !at.IsZero() && !c.now.Before(at) {
			n.late = true
			c.emit(PingLate{Node: n.name, Late: true})
		}
		for i := range n.links {
			if at := linkDeath(n, &n.links[i]); !at.IsZero() && !c.now.Before(at) {
				c.linkDown(n, &n.links[i], "nothing was heard on it for "+ms(c.now.Sub(n.links[i].heard)))
			}
		}
	}
	if died {
		c.tell() // others learn at once whom we no longer hear
	}
	c.advance()
}

// deathOf is when a node will be dead if nothing more is heard; zero when it is
// dead already. Until communication is up everybody has initdead.
func (c *Core) deathOf(n *node) time.Time {
	switch {
	case n.status == Dead:
		return time.Time{}
	case !c.commUp:
		return n.heard.Add(max(c.cfg.Initdead, n.deadtime))
	}
	return n.heard.Add(n.deadtime)
}

func linkDeath(n *node, l *link) time.Time {
	if !l.up {
		return time.Time{}
	}
	return l.heard.Add(n.deadtime)
}

// die declares a node dead.
func (c *Core) die(n *node) {
	c.flush(n)
	from, silent, why := n.status, c.now.Sub(n.heard), Silence
	if n.leaving {
		why = LeftQuiet
	}
	n.status, n.late = Dead, false
	n.rx.Suspend()
	c.wholeLost(n, n.whole.Abandon("its sender is dead")...)
	n.debt.Leave()
	c.debtsChanged()
	reason := c.reasonDead(n, silent)
	c.emit(NodeChanged{Node: n.name, From: from, To: Dead, Why: why, Silent: silent, Reason: reason})
	if why == LeftQuiet {
		c.record(event.NodeLeft, n.name, "node "+n.name+": is gone, as it had announced")
	} else {
		c.record(event.NodeDead, n.name, "node "+n.name+": is dead: "+reason,
			event.Attr{Key: "silent_ms", Value: milliseconds(silent)}, event.Attr{Key: "deadtime_ms", Value: milliseconds(n.deadtime)})
	}
	n.ackDue, n.acks = 0, acking{inStatus: n.acks.inStatus}
	c.rememberNow = true
}

// reasonDead is a clause with the deciding numbers.
func (c *Core) reasonDead(n *node, silent time.Duration) string {
	on, doubted := strings.Join(n.linkNames(), ", "), c.doubted(n)
	switch {
	case doubted != "" && !n.ever:
		return "nothing that proves itself was heard on " + on + " since the start " + ms(silent) + " ago (initdead " + ms(c.cfg.Initdead) + "); " + doubted
	case doubted != "":
		return "nothing that proves itself was heard on " + on + " for " + ms(silent) + " (deadtime " + ms(n.deadtime) + "); " + doubted
	case !n.ever:
		return "never heard on " + on + " since the start " + ms(silent) + " ago (initdead " + ms(c.cfg.Initdead) + ")"
	}
	return "nothing was heard on " + on + " for " + ms(silent) + " (deadtime " + ms(n.deadtime) + ")"
}

func (c *Core) linkDown(n *node, l *link, why string) {
	l.up, l.since = false, c.now
	if n == c.self {
		return
	}
	c.emit(LinkChanged{Node: n.name, Link: l.name, Silent: c.now.Sub(l.heard)})
	c.record(event.LinkDead, n.name+"/"+l.name, "Link "+n.name+":"+l.name+" dead. "+strings.ToUpper(why[:1])+why[1:]+".")
}

// linkFailed takes a link that cannot send for dead at once; the next packet that
// arrives on it brings it back.
func (c *Core) linkFailed(e LinkFailed) {
	for _, n := range c.nodes {
		if l := n.link(e.Link); l != nil && l.up {
			c.linkDown(n, l, "sending on it failed: "+e.Err)
		}
	}
}

// milliseconds writes a duration in milliseconds without unit, for attributes.
func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
