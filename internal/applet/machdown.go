package applet

// machDown and reqResource are the scripts by which C's daemon takes over. This daemon does that itself, so for it they have nothing to do; a site's own
// event script that calls them goes on working (resources spec, section 3.9).

func machDown(c *call, args []string) int {
	if len(args) != 1 {
		c.complain("usage: %s nodename\n", c.prog)
		return exitNotWell
	}
	return c.nothingToDo("the resources of " + args[0] + " are taken over by heartbeat itself")
}

func reqResource(c *call, args []string) int {
	if len(args) != 1 {
		c.complain("usage: %s resource-key\n", c.prog)
		return exitNotWell
	}
	return c.nothingToDo("heartbeat acquires " + args[0] + " itself when it is due; to have it here now: heartbeat move or hb_takeover")
}

func (c *call) nothingToDo(text string) int {
	ctx, cancel := c.soon()
	defer cancel()
	if _, err := c.client().PID(ctx); err != nil {
		c.complain("%s: heartbeat does not run here\n", c.prog)
		return exitNotRunning
	}
	c.printf("info: %s: %s.\n", c.prog, text)
	return exitOK
}
