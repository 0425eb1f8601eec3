package takeover

// A half without any group is owned all the same in the words of C: from the end of
// its start-up a node says local though haresources names nothing for it, the
// survivor says all, and a hand-over moves the empty half too. A C node that misses
// such a word logs "No one owns foreign resources!" at every change, and scripts
// compare rscstatus with `all`.

// emptyHeld is the empty halves that count as held here.
func (c *Core) emptyHeld() Set {
	if c.phase != stable || c.cfg.Failback == FailbackLegacy {
		return None
	}
	var s Set
	if !c.emptyGiven {
		s |= Local
	}
	if c.emptyTaken || len(c.live()) == 0 {
		s |= Foreign
	}
	if c.move.role == giving || c.move.role == given {
		s &^= c.move.set
	}
	return s &^ halvesOf(c.groups, c.cfg.Self)
}

// emptyAtStart leaves our empty half to a C peer that has it from our former life,
// until it hands it back.
func (c *Core) emptyAtStart() {
	for _, p := range c.live() {
		c.emptyGiven = c.emptyGiven || p.rev == 0 && p.holds&Foreign != 0
	}
}

// emptyMoved notes the end of a hand-over of set, as the giver sees it.
func (c *Core) emptyMoved(set Set, gave bool) {
	switch {
	case gave:
		c.emptyGiven = c.emptyGiven || set&Local != 0
		c.emptyTaken = c.emptyTaken && set&Foreign == 0
	default:
		c.emptyTaken = c.emptyTaken || set&Local != 0
		c.emptyGiven = c.emptyGiven && set&Foreign == 0
	}
}

// emptyHome ends what hand-overs did to the empty halves: the peer's life is over.
func (c *Core) emptyHome() { c.emptyGiven, c.emptyTaken = false, false }
