package executor

import (
	"errors"
	"slices"

	"heartbeat/internal/agent"
)

// CannotRun tells for every group of which a member has no script on this machine why. It is asked before any order.
func (x *Executor) CannotRun() map[string]string {
	out := map[string]string{}
	for _, w := range x.order {
		i := slices.IndexFunc(w.members, func(m *member) bool { return errors.Is(m.err, agent.ErrNoScript) })
		if i >= 0 {
			out[w.key] = w.members[i].res.Word + ": " + w.members[i].err.Error()
		}
	}
	return out
}
