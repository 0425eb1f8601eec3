package takeover

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// How a wait for a proof ends: with the proof, with the word of another node or of a human; and what is told about it.

// downProven takes in what became of a ProveDown.
func (c *Core) downProven(ev DownProven) {
	p := c.peer(ev.Node)
	if p == nil || !p.proof.asked || p.alive || !p.proof.wanted || ev.Ask != 0 && ev.Ask != p.proof.ask {
		return // called off meanwhile
	}
	if !ev.OK {
		p.proof.failed = ev.Text
		p.proof.tries++
		if c.cfg.TakeOver == Fenced {
			result := "bad"
			if ev.BadHost {
				result = "badhost"
			}
			c.send(wire.New("t", "stonith", "node", p.name, "result", result))
		}
		return
	}
	by := cmp.Or(ev.By, c.cfg.TakeOver.String())
	c.note(event.NodeDown, p.name, "node.dead "+p.name, fmt.Sprintf("Node %s is known to be down (%s). Its resources may be started here.", p.name, by))
	p.proof.asked, p.proof.fenced = false, c.cfg.TakeOver == Fenced
	c.proven(p, by)
}

// proven begins the take-over from a node that is known to be down. An attempt to prove it that is still under way is called off.
func (c *Core) proven(p *peer, by string) {
	p.proof.wanted, p.proof.by = false, by
	c.releaseWithheld(p)
}

// stonithArrived takes the word of another node of our kind that it has fenced p: of the very life that ended here.
func (c *Core) stonithArrived(from *peer, m *wire.Message) {
	p := c.peer(m.Get("node"))
	if p == nil || p == from || !from.ours() || m.Get("result") != "OK" || !p.proof.wanted || p.alive || c.cfg.TakeOver != Fenced {
		return
	}
	if m.Get(fieldLife) != strconv.FormatUint(p.life, 10) {
		return
	}
	c.note(event.NodeDown, p.name, "node.dead "+p.name, fmt.Sprintf("Node %s is known to be down: %s has fenced it.", p.name, from.name))
	p.proof.fenced = true
	c.proven(p, from.name)
}

// downConfirmed: a human knows better.
func (c *Core) downConfirmed(ev DownConfirmed) {
	answer := func(refused bool, format string, args ...any) {
		if ev.ID != 0 {
			c.do(Answer{ev.ID, refused, fmt.Sprintf(format, args...)})
		}
	}
	p := c.peer(ev.Node)
	switch {
	case p == nil:
		answer(true, "refused: %s is no other node of this cluster; they are: %s", ev.Node, c.peerNames())
	case p.alive && !p.heard && c.phase < stable && !p.left:
		p.proof.early = cmp.Or(ev.By, "a human")
		c.note(event.NodeConfirmed, p.name, "", fmt.Sprintf("%s confirmed that node %s is down.", p.proof.early, p.name))
		answer(false, "noted: when %s is still silent at the end of initdead, its resources are taken over without further proof", p.name)
	case p.alive && !p.left:
		c.note(event.StandbyRefused, p.name, "", fmt.Sprintf("Node %s was said to be down, but it is heard.", p.name))
		answer(true, "refused: %s is alive: this node hears it. To take its resources: heartbeat takeover", p.name)
	case !p.withheld() || c.phase != stable:
		answer(false, "nothing waits for %s", p.name)
	default:
		by := cmp.Or(ev.By, "a human")
		c.note(event.NodeConfirmed, p.name, "node.dead "+p.name, fmt.Sprintf("%s confirmed that node %s is down. Its resources may be started here.", by, p.name))
		p.overruled = true
		c.proven(p, by)
		answer(false, "the resources of %s are being taken over", p.name)
	}
}

func (c *Core) peerNames() string {
	names := ""
	for _, p := range c.peers {
		names += " " + p.name
	}
	return cmp.Or(names, "none")
}

// buryProven tells what a proven death means; false when nothing proved it.
func (c *Core) buryProven(p *peer) bool {
	if p.proof.by == "" {
		return false
	}
	m := wire.New("t", "stonith", "node", p.name, "result", "n_stnth")
	if p.proof.fenced {
		m = wire.New("t", "stonith", "node", p.name, "result", "OK", fieldLife, strconv.FormatUint(p.life, 10))
	}
	c.send(m)
	return true
}

// contradicted tells when a node speaks on that was proven to be down.
func (c *Core) contradicted(p *peer) {
	if p.proof.by != "" && p.buried && (c.cfg.TakeOver != Arbiter || p.overruled) { // who lost against the arbiter has stopped and speaks on
		c.note(event.FencedAlive, p.name, "node.down "+p.name, fmt.Sprintf(
			"Node %s speaks on with the identity it had before, although it was down for sure (%s): what was taken over from it may run twice.", p.name, p.proof.by))
	}
}

// hurry is an hb_takeover while a proof is awaited: it is the confirmation under Manual, ends a
// delay under every policy, and no proof under Fenced and Arbiter.
func (c *Core) hurry(p *peer, id uint64) (answered bool) {
	if !p.proof.strict || c.cfg.TakeOver == Manual {
		return false
	}
	p.proof.until = time.Time{}
	c.do(Answer{id, true, fmt.Sprintf("refused: nothing is taken from %s before %s. If you have made sure that it is down: heartbeat confirm %s", p.name, c.awaited(p), p.name)})
	return true
}

// hurried carries out an hb_takeover that hurry did not refuse.
func (c *Core) hurried(p *peer) {
	if p.proof.wanted && c.cfg.TakeOver == Manual {
		c.note(event.NodeConfirmed, p.name, "node.dead "+p.name, fmt.Sprintf("hb_takeover confirmed that node %s is down.", p.name))
		c.proven(p, "hb_takeover")
		return
	}
	p.proof.wanted = false
	c.releaseWithheld(p)
}

// A Wait is a take-over that waits for a proof.
type Wait struct {
	Node   string
	Since  time.Time
	Until  time.Time // takeover_delay ends then; zero: it is not for time that it waits
	For    string    // a clause: what is awaited
	Failed string    // how the last attempt failed; empty: none did
	Tries  int       // attempts that failed
}

func (c *Core) waits() []Wait {
	var out []Wait
	for _, p := range c.peers {
		if !p.withheld() || !p.proof.wanted || c.phase != stable {
			continue
		}
		w := Wait{Node: p.name, Since: p.proof.since, For: c.awaited(p), Failed: p.proof.failed, Tries: p.proof.tries}
		if c.now.Before(p.proof.until) {
			w.Until = p.proof.until
		}
		out = append(out, w)
	}
	return out
}

// ifCutProven says what a loss of contact would lead to where deaths are proven.
func (c *Core) ifCutProven(live []*peer, others string) string {
	begin := fmt.Sprintf("If %s and %s lost sight of each other now, ", c.cfg.Self, others)
	switch {
	case c.cfg.TakeOver == Manual:
		return begin + "every group would stay where it is, and what ran on a node that died would wait for heartbeat confirm NODE."
	case c.cfg.TakeOver == Arbiter:
		return begin + "the arbiter would decide which side goes on."
	case len(live) > 1:
		return begin + "each would be fenced by the first node, in the order of ha.cf, that still stands; its groups start when a device reports success."
	}
	first, second := c.cfg.Self, live[0].name
	if !c.goesFirst(live[0]) {
		first, second = second, first
	}
	return begin + fmt.Sprintf("%s would fence %s at once, and %s would wait before it fences %s; groups of the fenced node start on the other one when its device reports success, and nowhere before.", first, second, second, first)
}
