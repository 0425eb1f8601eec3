package applet

import (
	"sync"

	"heartbeat/internal/guard"
)

// guard joins this process to its guard, or becomes the guard: then this function does not return, and the node is started by it. A node
// that shall have none gets nil.
func (c *call) guard(s startFlags, lost func(error)) (*guard.Ward, error) {
	args := c.runArguments(s)
	switch {
	case s.guarded:
		return guard.Join(args, lost)
	case s.noGuard:
		return nil, nil
	}
	return nil, guard.Become(args, s.readyFD)
}

// runArguments start this node as it was started.
func (c *call) runArguments(s startFlags) []string {
	args := append([]string{"run", "--etc=" + c.Etc, "--state=" + c.State, "--run=" + c.Run}, s.arguments()...)
	if c.Node != "" {
		args = append(args, "--node="+c.Node)
	}
	if s.quiet {
		args = append(args, "--quiet")
	}
	return args
}

// guardLost carries what became of the guard to a node that may not be there yet.
type guardLost struct {
	mu      sync.Mutex // guards all below
	node    interface{ GuardLost(error) }
	waiting []error
}

func (g *guardLost) tell(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.node == nil {
		g.waiting = append(g.waiting, err)
		return
	}
	g.node.GuardLost(err)
}

func (g *guardLost) to(d Daemon) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.node, _ = d.(interface{ GuardLost(error) })
	if g.node == nil {
		return
	}
	for _, err := range g.waiting {
		g.node.GuardLost(err)
	}
	g.waiting = nil
}
