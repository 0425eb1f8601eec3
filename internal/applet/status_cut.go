package applet

import (
	"fmt"
	"strings"

	"heartbeat/internal/node"
)

// writeCut says what would happen if the nodes lost sight of each other: the ladder of docs/split-brain.md.
func writeCut(b *strings.Builder, s node.Status, p palette) {
	if len(s.Cut) == 0 {
		if s.IfCut != "" {
			fmt.Fprintf(b, "if the links are cut: %s\n", strings.TrimSuffix(s.IfCut, "."))
		}
		return
	}
	var names []string
	for _, n := range s.Nodes {
		if n.Type == "normal" && n.Status != "dead" {
			names = append(names, n.Name)
		}
	}
	fmt.Fprintf(b, "if %s lose sight of each other:\n", strings.Join(names, " and "))
	for _, step := range s.Cut {
		text := step.Text
		if !step.OK {
			text = p.warn(text)
		}
		fmt.Fprintf(b, "  %s\n", text)
		if step.Fix != "" {
			fmt.Fprintf(b, "    mend: %s\n", step.Fix)
		}
	}
}
