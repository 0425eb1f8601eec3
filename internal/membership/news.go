package membership

import "time"

// Every node tells the others at once whom it hears for the first time and whom it does not hear any more. In a large
// cluster that is much at once: where N nodes start together, everybody hears N-1 others for the first time, and N x N statuses would
// reach N receivers each. So news that come while the last status is fresh wait for each other.

const (
	// breathPerPair is by how much each pair of nodes makes a node wait between two statuses about news, so that all nodes
	// together receive about as much in a small cluster as in a large one.
	breathPerPair = 250 * time.Microsecond
	// crowd is the number of nodes from which on even the first word waits a random part of that: all the others have the same news.
	crowd = 8
)

// tell sends a status because of news.
func (c *Core) tell() {
	n := len(c.nodes)
	breath := min(time.Duration(n*(n-1)/2)*breathPerPair, c.cfg.Keepalive/4)
	at := c.told.Add(breath)
	if n > crowd {
		if random := c.now.Add(c.jitter.Between(0, breath)); random.After(at) {
			at = random
		}
	}
	switch {
	case !c.now.Before(at):
		c.sendStatus()
	case at.Before(c.nextStatus):
		c.nextStatus = at
	}
}

// tellAnnouncement sends a status because the announcement changed. In a small cluster nothing may hold it up: a step of a take-over waits
// for it. In a crowd each such step changes the announcements of all, which only say that they have seen it.
func (c *Core) tellAnnouncement() {
	if len(c.nodes) > crowd {
		c.tell()
		return
	}
	c.sendStatus()
}
