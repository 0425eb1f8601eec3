package node

import (
	"context"
	"time"

	"heartbeat/internal/arbiter"
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
	seen := make(chan bool, 1)
	look := func(c *membership.Core) {
		answers := false
		for _, v := range c.View().Nodes {
			answers = answers || v.Ping && v.Status == membership.Ping
		}
		seen <- answers
	}
	if !p.n.pulse.post(job{look: look}) {
		return ev
	}
	select {
	case answers := <-seen:
		if !answers {
			return ev
		}
	case <-p.n.pulse.done:
		return ev
	}
	if q.Op != arbiter.Ask {
		ev.Outcome, ev.Text = arbiter.Noted, ""
		return ev
	}
	// A ping node that answers now is believed for as long as it would take to find it dead.
	ev.Outcome, ev.Text, ev.Lease, ev.Free = arbiter.Granted, "", 2*p.n.Config().HaCf.Deadping, time.Hour
	return ev
}
