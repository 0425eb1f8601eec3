package executor

import (
	"context"
	"fmt"
	"slices"

	"heartbeat/internal/agent"
)

// prune is an order of our own: stop the members that a new configuration no longer has, and leave the others as they are.
const prune agent.Op = "prune"

// pruning is what a prune order needs.
type pruning struct {
	wanted []string // resource words that stay
	done   chan error
}

// Prune stops, right to left, every member that runs or may run and is not among the words that wanted gives for its group; a group that
// is missing there loses all. It returns when that is done, with an error for the first member that would not stop. What
// was ordered before is carried out before.
func (x *Executor) Prune(ctx context.Context, wanted map[string][]string, cause string) error {
	for _, w := range slices.Backward(x.order) {
		p := &pruning{wanted: wanted[w.key], done: make(chan error, 1)}
		if !w.loses(p.wanted) {
			continue
		}
		w.give(order{op: prune, reason: "reconfigured", cause: cause, prune: p})
		select {
		case err := <-p.done:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// loses says whether some member is not wanted and not known to be stopped.
func (w *worker) loses(wanted []string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.members, func(m *member) bool {
		return m.shown.State != StateStopped && !slices.Contains(wanted, m.res.Word)
	})
}

func (w *worker) prune(ctx context.Context, o order) error {
	for _, m := range slices.Backward(w.members) {
		if m.known == isStopped || slices.Contains(o.prune.wanted, m.res.Word) {
			continue
		}
		if m.known == isUnknown && !w.status(ctx, m, o.reason) && m.known == isStopped {
			continue
		}
		if !w.takeDown(ctx, m, o) {
			return fmt.Errorf("%s of group %s would not stop: %s", m.res.Word, w.key, m.lastOutput(w))
		}
	}
	return nil
}
