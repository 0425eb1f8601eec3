package applet

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"heartbeat/internal/api"
	"heartbeat/internal/node"
	"heartbeat/internal/propagate"
)

// configCommand keeps the files of all nodes the same.
func configCommand(c *call) *cobra.Command {
	cmd := &cobra.Command{
		Use: "config", Short: "the same files on all nodes: which differ, how, make them so, take it back",
		Long: `Compares ha.cf, authkeys, haresources and what config_files names on all nodes, over the cluster channel: no ssh is needed, and nothing but
the running nodes.

  heartbeat config status    which node differs in which file, and who is merely late
  heartbeat config diff      how; secrets of authkeys are never shown
  heartbeat config push      give the files of this node to the others (ha_propagate): every node checks them first, and one refusal
                             changes nothing anywhere; a node that would lose its keys refuses
  heartbeat config undo      take the last push back (ha_propagate --undo)

#!hb config_sync on in ha.cf does the push by itself, from the node where heartbeat reload put a change into force to those that still have
what it had before. Files that were changed on two nodes are left alone; then push from the node whose files are right.`,
		Example: "  heartbeat config status\n  heartbeat config diff --to node2\n  heartbeat config push --dry-run && heartbeat config push",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(compareCommand(c, "status", "which node differs in which file", false), compareCommand(c, "diff", "how the files of the other nodes differ from the ones here", true),
		pushCommand(c, "push", "give the files of this node to the others, checked there first", nil),
		pushCommand(c, "undo", "take the last push back", []string{"--undo"}))
	return cmd
}

// pushCommand is ha_propagate by another name, with all its options.
func pushCommand(c *call, name, short string, first []string) *cobra.Command {
	return &cobra.Command{
		Use: name + " [options of ha_propagate]", Short: short, DisableFlagParsing: true,
		Long:    "The same as ha_propagate " + strings.Join(append(slices.Clone(first), "[--node NODE,...] [--json]"), " ") + ", with its exit codes; heartbeat ha_propagate --help explains them.",
		Example: "  heartbeat config " + name + " --node node2",
		RunE: func(cmd *cobra.Command, args []string) error {
			if slices.Contains(args, "--help") || slices.Contains(args, "-h") {
				return cmd.Help()
			}
			return &exit{code: haPropagate(c, append(slices.Clone(first), args...))}
		},
	}
}

// A comparison is one call of heartbeat config status or diff.
type comparison struct {
	*propagation
	diff bool
}

func compareCommand(c *call, name, short string, diff bool) *cobra.Command {
	p := &comparison{propagation: &propagation{call: c, last: map[string]api.PropagateNews{}}, diff: diff}
	p.req.Compare = true
	cmd := &cobra.Command{
		Use: name, Short: short,
		Long: `Asks every live node how its files differ from the ones here. Nothing is changed, and the files need not be free of errors. A node with
accept_files off tells only whether they differ.

Exit codes: 0 all nodes have the same files, 1 some differ, 2 it cannot be asked (method crc has no secret), 4 heartbeat does not run here, 5 only root may,
7 those that could be asked have the same (others are down, run C Heartbeat or an older version).`,
		Example: "  heartbeat config " + name + "\n  heartbeat config " + name + " --to node2,node3 --json",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return p.run() },
	}
	cmd.Flags().StringSliceVar(&p.req.Nodes, "to", nil, "compare with these `nodes` only")
	cmd.Flags().BoolVar(&p.json, "json", false, "print one JSON object")
	return cmd
}

func (p *comparison) run() error {
	err := p.client().Propagate(p.ctx, p.req, func(news api.PropagateNews) {
		if !slices.Contains(p.seen, news.Node) {
			p.seen = append(p.seen, news.Node)
		}
		p.last[news.Node] = news
	})
	if err != nil {
		return err
	}
	end := p.last[""]
	if p.json {
		nodes := []api.PropagateNews{}
		for _, name := range p.sorted() {
			nodes = append(nodes, p.last[name])
		}
		e := json.NewEncoder(p.Stdout)
		e.SetIndent("", "  ")
		if err := e.Encode(map[string]any{"outcome": end.Outcome, "text": end.Text, "mend": end.Mend, "nodes": nodes}); err != nil {
			return err
		}
	} else {
		for _, name := range p.sorted() {
			p.line(p.last[name])
		}
		if end.Text != "" {
			p.printf("%s\n", end.Text)
		}
		if end.Mend != "" {
			p.printf("  mend: %s\n", end.Mend)
		}
	}
	if code := outcomeCode(end.Outcome); code != exitOK {
		return &exit{code: code}
	}
	return nil
}

// sorted are the nodes: this one, then the others by name.
func (p *comparison) sorted() (names []string) {
	for _, name := range p.seen {
		if name != "" && p.last[name].State != node.PropagateHere {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range p.seen {
		if name != "" && p.last[name].State == node.PropagateHere {
			names = slices.Insert(names, 0, name)
		}
	}
	return names
}

// line says how one node stands.
func (p *comparison) line(n api.PropagateNews) {
	c := p.palette()
	switch n.State {
	case node.PropagateHere:
		p.printf("%s (this node): %s\n", n.Node, standingText(n.Standing))
		for _, f := range n.Files {
			p.printf("  %-13s %s\n", f.Name, f.After)
		}
	case node.PropagateSame:
		p.printf("%s: %s\n", n.Node, c.good("the same files"))
	case node.PropagateDiffers:
		p.printf("%s: %s%s\n", n.Node, c.bad("differs"), relationText(n))
		for _, f := range n.Files {
			if f.State != propagate.Same {
				p.printf("  %-13s %s\n", f.Name, changeText(f))
			}
		}
		if p.diff {
			p.printf("  from the files there (-) to the ones here (+):\n")
			p.showDiffs(n)
		}
	default:
		p.printf("%s: left out: %s\n", n.Node, n.Text)
		if n.Mend != "" {
			p.printf("  mend: %s\n", n.Mend)
		}
	}
}

// changeText says of a change from the file there to the one here what each side has.
func changeText(f propagate.Change) string {
	switch f.State {
	case propagate.New:
		return "only here (" + f.After + ")"
	case propagate.Removed:
		return "only there (" + f.Before + ")"
	}
	return "there " + f.Before + ", here " + f.After
}

func standingText(s *propagate.Standing) string {
	switch {
	case s == nil || !s.Sync:
		return "config_sync off"
	case s.Lineage == nil, s.Loose:
		return "config_sync on; files were changed and are not in force: heartbeat reload"
	}
	return "config_sync on"
}

// relationText says what config_sync makes of a node that differs.
func relationText(n api.PropagateNews) string {
	switch {
	case n.Standing == nil || !n.Standing.Sync:
		return " (config_sync off there)"
	case n.Standing.Loose:
		return "; its files were changed and are not in force there"
	}
	switch n.Relation {
	case propagate.Ahead:
		return "; it is newer: config_sync gives this node its files"
	case propagate.Behind:
		return "; it is late: config_sync gives it these files"
	case propagate.Apart:
		return "; both were changed: heartbeat config push on the node whose files are right"
	}
	return ""
}
