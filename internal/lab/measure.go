package lab

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// daemonUp waits until the daemon of a node answers.
func (d *demo) daemonUp(ctx context.Context, node string) error {
	ctx, cancel := context.WithTimeout(ctx, stepPatience)
	defer cancel()
	return d.lab.WaitDaemon(ctx, node)
}

// settled waits until the named nodes (none: all) are not in transition, so that
// the next fault hits a quiet cluster.
func (d *demo) settled(ctx context.Context, nodes ...string) error {
	ctx, cancel := context.WithTimeout(ctx, stepPatience)
	defer cancel()
	l := *d.lab
	if nodes != nil {
		l.Nodes = nodes
	}
	return l.settle(ctx)
}

// firstAnswer is the first good one after t.
func (d *demo) firstAnswer(t time.Time) Answer {
	for _, a := range d.client.Since(t) {
		if a.Node != "" {
			return a
		}
	}
	return Answer{}
}

// serviceTime is how long the last operation of every resource took on a node, by
// its own account: their start where the service runs, their stop where it ran.
func (d *demo) serviceTime(ctx context.Context, node string) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var sum time.Duration
	if st, err := d.lab.Status(ctx, node); err == nil {
		for _, g := range st.Groups {
			for _, r := range g.Resources {
				sum += r.Took
			}
		}
	}
	return sum
}

// noteGap judges the longest silence of a step after which node serves; that it
// does was waited for.
func (d *demo) noteGap(step string, gap Gap, node string, limit time.Duration, why string) {
	limit += d.slack
	length := gap.Length(time.Now())
	d.note(Result{Step: step, Expected: fmt.Sprintf("%s, gap ≤ %s", node, inMS(limit)), Why: why,
		Measured: fmt.Sprintf("%s, gap %s", node, inMS(length)), Millis: millisOf(length), OK: length <= limit})
}

// notePlanned judges an outage of a planned move: the services stop on one
// machine and start on the other.
func (d *demo) notePlanned(ctx context.Context, step string, gap Gap, from, to string) {
	if stop := d.serviceTime(ctx, from); stop > 0 { // a node that left cannot be asked any more
		d.stop = stop
	}
	services := d.stop + d.serviceTime(ctx, to)
	d.noteGap(step, gap, to, handoverGrace+services, fmt.Sprintf("%s grace + stop and start of the services %s", inMS(handoverGrace), inMS(services)))
}

// waitSoleOwner waits until exactly one node carries addr and returns it.
func (l *Lab) waitSoleOwner(ctx context.Context, addr string) (string, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	found := make(chan string, len(l.Nodes))
	sole := errors.New("another node is the owner")
	for _, node := range l.Nodes {
		go func() {
			if l.WaitOwners(ctx, addr, node) == nil {
				found <- node
			}
		}()
	}
	defer cancel(sole)
	select {
	case node := <-found:
		return node, nil
	case <-ctx.Done():
		owners, _ := l.Owners(addr)
		return "", fmt.Errorf("%s is carried by %v, not by one machine: %w", addr, owners, context.Cause(ctx))
	}
}

func inMS(d time.Duration) string {
	if d >= 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

func millisOf(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
