package membership

import "time"

// RenewalBegun: this node's process is about to end and to be started again, with its resources running. The peers are asked
// for patience: until they hear the next life, silence of Within more than the deadtime is no death. That is what C does when it restarts
// itself (resources spec, section 4.13). 0 takes the request back.
type RenewalBegun struct{ Within time.Duration }

func (RenewalBegun) isEvent() {}

func (c *Core) renewalBegun(ev RenewalBegun) {
	c.renewal = min(max(ev.Within, 0), surcharge)
	c.sendStatus()
}
