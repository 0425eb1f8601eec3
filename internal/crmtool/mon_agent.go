package crmtool

import (
	"context"
	"os"
	"sync"
	"time"

	"heartbeat/internal/program"
)

const (
	// agentTime is how long a program of --external-agent may take for one event.
	agentTime = time.Minute
	// agentWaits is how many events may wait for it: more than a large cluster makes at once.
	agentWaits = 10_000
)

// A notifier runs a program for each event, one after another, so that nobody waits for it but the events behind.
type notifier struct {
	*World
	program, recipient string
	waiting            chan operationEvent
	ended              sync.WaitGroup
	lost               int // events that found no room
}

// notify starts a notifier. It ends when stop is called.
func (w *World) notify(path, recipient string) *notifier {
	n := &notifier{World: w, program: path, recipient: recipient, waiting: make(chan operationEvent, agentWaits)}
	n.ended.Go(func() {
		for e := range n.waiting {
			n.run(e)
		}
	})
	return n
}

// tell hands events over.
func (n *notifier) tell(events []operationEvent) {
	for _, e := range events {
		select {
		case n.waiting <- e:
		default:
			n.lost++
			n.complain("%s: %s does not keep up: %d events were not told\n", n.Prog, n.program, n.lost)
		}
	}
}

// stop ends it; what waits is still told when the command was not interrupted.
func (n *notifier) stop() {
	close(n.waiting)
	n.ended.Wait()
}

func (n *notifier) run(e operationEvent) {
	if n.Ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(n.Ctx, agentTime)
	defer cancel()
	ended := program.Run(ctx, program.Call{Argv: []string{n.program}, Env: append(os.Environ(), e.environ(n.recipient)...)})
	if ended.Err != nil {
		n.complain("%s: telling of %s of %s on %s: %s\n", n.Prog, e.task, e.resource, e.node, program.Join(ended.Err.Error(), ended.Stderr))
	}
}
