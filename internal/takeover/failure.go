package takeover

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/event"
)

// A failed start is remembered for a while, so that a group does not run in circles between nodes that cannot run it; then it is
// forgotten, so that a failure of last month does not forbid a node for ever.

// defaultMemory is how long a failure is remembered.
const defaultMemory = time.Hour

const fieldFailed = "x-failed" // id:TIME of every failed group: when this node forgets it, ms of the wall clock

// forgetAt is when the failure of g here is forgotten; zero: it has not failed.
func (c *Core) forgetAt(g *group) time.Time {
	if g.state != Failed || g.failedAt.IsZero() {
		return time.Time{}
	}
	return g.failedAt.Add(c.cfg.FailureMemory)
}

// forget ends the memory of old failures.
func (c *Core) forget() {
	for _, g := range c.groups {
		if at := c.forgetAt(g); !at.IsZero() && !c.now.Before(at) {
			c.note(event.FailureForgotten, g.key, "group.failed "+g.key, fmt.Sprintf(
				"The failed start of %s on %s is %v ago and counts no longer.", g.key, c.cfg.Self, c.now.Sub(g.failedAt).Round(time.Second)))
			c.pardon(g)
		}
	}
}

// failedFields announces until when our failures count; none when there are none.
func (c *Core) failedWords() string {
	var words []string
	for _, g := range c.groups {
		if at := c.forgetAt(g); !at.IsZero() {
			words = append(words, g.id+":"+strconv.FormatInt(at.UnixMilli(), 10))
		}
	}
	return strings.Join(words, ",")
}

func parseFailed(s string) map[string]time.Time {
	out := map[string]time.Time{}
	for word := range strings.SplitSeq(s, ",") {
		id, at, _ := strings.Cut(word, ":")
		if ms, err := strconv.ParseInt(at, 10, 64); err == nil && ms > 0 && ms < 1<<52 {
			out[id] = time.UnixMilli(ms)
		}
	}
	return out
}

// barred says that g failed on a node that lives, and start_failure block wants it to wait there for a human.
func (c *Core) barred(g *group) bool {
	return c.cfg.BlockFailed && c.failedSomewhere(g)
}
