package membership

import "time"

// Every node tells the others at once whom it hears for the first time and whom it does not hear any more. In a large
// cluster that is much at once: where N nodes start together, everybody hears N-1 others for the first time, and N x N statuses would
// reach N receivers each. So news that come while the last status is fresh wait for each other.

const (
	// breathPerNode is by how much each node of the cluster makes the others wait between two statuses about news, so that all
	// nodes together say about a thousand a second at most.
	breathPerNode = time.Millisecond
	// crowd is the number of nodes from which on even the first word waits a random part of that: all the others have the same news.
	crowd = 8
)

// tell sends a status because of news.
func (c *Core) tell() {
	breath := min(time.Duration(len(c.nodes))*breathPerNode, c.cfg.Keepalive/4)
	at := c.told.Add(breath)
	if len(c.nodes) > crowd {
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
