package applet

import (
	"fmt"
	"strings"

	"heartbeat/internal/node"
)

// writeMembership is one line about what the nodes agreed on, and whether they are enough.
func writeMembership(b *strings.Builder, s node.Status, p palette) {
	m := s.Membership
	if m == nil {
		return
	}
	var names []string
	for _, x := range m.Members {
		names = append(names, x.Name)
	}
	switch {
	case m.InFlux && m.Waiting != "":
		fmt.Fprintf(b, "members: %s (%s)\n", p.warn("not agreed on yet"), m.Waiting)
		return
	case m.InFlux:
		fmt.Fprintf(b, "members: %s\n", p.warn("not agreed on yet"))
		return
	}
	quorum := p.bad("NO")
	if m.Quorum {
		quorum = p.good("yes")
	}
	fmt.Fprintf(b, "members: %s (instance %d, led by %s)   quorum: %s (%s)\n", strings.Join(names, " "), m.Instance, m.Leader, quorum, m.Why)
}
