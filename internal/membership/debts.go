package membership

import (
	"math"
	"strconv"

	"heartbeat/internal/event"
	"heartbeat/internal/messaging"
)

// debts is what all peers together owe. It is asked for at every packet, so it is kept and counted anew only when the debt that
// decided changed.
type debts struct {
	known bool
	floor uint64 // everybody who counts has everything up to here; math.MaxUint64: nobody counts
	last  int    // how many have no more than that
}

// debtsChanged says that the debt of some peer began, ended, or may not decide any more.
func (c *Core) debtsChanged() { c.debts.known = false }

// unacked is how many sent messages some live node has not acknowledged.
func (c *Core) unacked() uint64 {
	if !c.debts.known {
		c.debts = debts{known: true, floor: math.MaxUint64}
		for n := range c.peers {
			switch has, counts := n.debt.Has(); {
			case !counts || has > c.debts.floor:
			case has == c.debts.floor:
				c.debts.last++
			default:
				c.debts.floor, c.debts.last = has, 1
			}
		}
	}
	if sent := c.sender.Seq(); c.debts.floor < sent {
		return sent - c.debts.floor
	}
	return 0
}

// watchDebts gives peers up that do not acknowledge for two deadtimes.
func (c *Core) watchDebts() {
	if c.unacked() <= messaging.FlowLimit {
		return // nobody lags
	}
	for n := range c.peers {
		behind := n.debt.Missing(c.sender.Seq())
		if n.debt.Watch(c.now, c.sender.Seq(), c.patience()) {
			c.debtsChanged()
			c.record(event.PeerSlow, n.name, "node "+n.name+" has not acknowledged "+strconv.FormatUint(behind, 10)+
				" messages for "+ms(c.patience())+"; it is not waited for any more")
			c.neverAcknowledged(n)
		}
		if behind > messaging.FlowLimit {
			c.touch(n)
		}
	}
}

// acknowledges takes note of an acknowledgement; false when it is for more than was ever sent.
func (c *Core) acknowledges(n *node, seq uint64) bool {
	has, counts := n.debt.Has()
	if !n.debt.Acknowledge(seq, c.sender.Seq()) {
		return false
	}
	now, still := n.debt.Has()
	switch {
	case still != counts:
		c.debtsChanged()
	case counts && c.debts.known && now != has && has == c.debts.floor:
		if c.debts.last--; c.debts.last == 0 {
			c.debtsChanged()
		}
	}
	return true
}
