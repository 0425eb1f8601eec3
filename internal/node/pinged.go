package node

import (
	"context"
	"time"

	"heartbeat/internal/arbiter"
	"heartbeat/internal/conf"
	"heartbeat/internal/membership"
)

// pinged is the arbiter that asks the ping nodes of ha.cf. It tells a node that is cut off from one that is not, and excludes nobody: when
// both nodes reach the ping nodes and not each other, both go on. The one that is not to go first asks later, so
// that the other one goes on and it does not, when only its own way is disturbed.
type pinged struct {
	n       *Node
	answer  func(arbiter.Answered)
	waiting chan arbiter.Consult
}

func newPinged(n *Node, answer func(arbiter.Answered)) *pinged {
	return &pinged{n: n, answer: answer, waiting: make(chan arbiter.Consult, 1)}
}

func (p *pinged) Consult(q arbiter.Consult) {
	select {
	case <-p.waiting:
	default:
	}
	p.waiting <- q
}

func (p *pinged) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case q := <-p.waiting:
			p.answer(p.judge(q))
		}
	}
}

func (p *pinged) judge(q arbiter.Consult) arbiter.Answered {
	ev := arbiter.Answered{Reference: q.Reference, Serial: q.Serial, Outcome: arbiter.Failed, Text: "no ping node answers"}
	seen := make(chan time.Time, 1)
	look := func(c *membership.Core) {
		var last time.Time
		for _, v := range c.View().Nodes {
			if v.Ping && v.Status == membership.Ping && v.Heard.After(last) {
				last = v.Heard
			}
		}
		seen <- last
	}
	if !p.n.pulse.post(job{look: look}) {
		return ev
	}
	var left time.Duration
	select {
	case last := <-seen:
		if left = p.believed() - p.n.clock.now().Sub(last); last.IsZero() || left <= 0 {
			return ev
		}
	case <-p.n.pulse.done:
		return ev
	}
	if q.Op != arbiter.Ask {
		ev.Outcome, ev.Text = arbiter.Noted, ""
		return ev
	}
	ev.Outcome, ev.Text, ev.Lease, ev.Free = arbiter.Granted, "", left, time.Hour
	return ev
}

// believed is for how long an answer of a ping node says that this node is not cut off: no longer than the other node waits before it
// takes this one for dead, so that a node that is cut off from everything stops first.
func (p *pinged) believed() time.Duration { return pingLease(p.n.Config().HaCf) }

func pingLease(h conf.HaCf) time.Duration { return min(h.Deadtime, h.Deadping) }
