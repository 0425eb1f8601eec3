package membership

import (
	"slices"
	"time"

	"heartbeat/internal/event"
)

// A Conflict is one identity that two machines use, as long as both are heard.
type Conflict struct {
	Node string    // the name under which it shows
	Text string    // who, from where, and the mend
	Seen time.Time // last
}

// conflictLasts is for how long after its last packet a conflict is shown.
const conflictLasts = 2 * time.Minute

// maxConflicts bounds what forged names can make us remember.
const maxConflicts = 16

// conflict reports, at most once a minute, that two machines use one identity, and shows it in the view.
func (c *Core) conflict(reason, node, text string) {
	c.limited(event.NodeDuplicate, reason, node, text)
	node = printable(node)
	i := slices.IndexFunc(c.conflicts, func(x Conflict) bool { return x.Node == node })
	switch {
	case i >= 0:
		c.conflicts[i].Text, c.conflicts[i].Seen = text, c.now
	case len(c.conflicts) < maxConflicts:
		c.conflicts = append(c.conflicts, Conflict{node, text, c.now})
	}
}

// presentConflicts returns the conflicts that are not over.
func (c *Core) presentConflicts() []Conflict {
	var out []Conflict
	for _, x := range c.conflicts {
		if c.now.Sub(x.Seen) < conflictLasts {
			out = append(out, x)
		}
	}
	return out
}

// forgetConflicts makes room for new ones.
func (c *Core) forgetConflicts() {
	c.conflicts = slices.DeleteFunc(c.conflicts, func(x Conflict) bool { return c.now.Sub(x.Seen) >= conflictLasts })
}

// whence names a node with the address of its last status.
func (n *node) whence() string {
	if n.source == "" {
		return n.name
	}
	return n.name + " (" + printable(n.source) + ")"
}
