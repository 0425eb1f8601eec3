package node

import (
	"strings"

	"heartbeat/internal/event"
)

// causes remembers which event led to which, to tell scripts in one word why they run. It keeps the last
// event of each kind and subject, so it grows with the configuration and not with time.
type causes map[string]string

func (c causes) learn(e event.Event) { c[e.Ref()] = e.Cause }

// longestChain bounds the walk: an event may name itself through others.
const longestChain = 16

// word is the HEARTBEAT_REASON of an order with this cause (resources spec, section 3.3).
func (c causes) word(cause string) string {
	for range longestChain {
		kind, _, _ := strings.Cut(cause, " ")
		switch kind {
		case event.NodeDead.Name, event.NodeLeft.Name, event.NodeRestarted.Name:
			return "peer-dead"
		case event.StandbyBegun.Name, event.StandbyDone.Name:
			return "standby"
		case event.FailbackBegun.Name:
			return "failback"
		case event.ShutdownBegun.Name:
			return "shutdown"
		case event.NodeReturned.Name, event.GroupConflict.Name, event.GroupKept.Name:
			return "conflict"
		case event.GroupFailed.Name, event.GroupStuck.Name:
			return "retry"
		}
		next, known := c[cause]
		if !known {
			break
		}
		cause = next
	}
	return "cold-start"
}
