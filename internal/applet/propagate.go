package applet

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"heartbeat/internal/api"
	"heartbeat/internal/node"
	"heartbeat/internal/propagate"
)

// exitPartial says that nodes were left out: they are down, run C Heartbeat or accept nothing.
const exitPartial = 7

// A propagation is one call of ha_propagate. The classic script copies ha.cf and authkeys with scp, blindly, and leaves haresources out.
type propagation struct {
	*call
	req  api.PropagateRequest
	json bool
	last map[string]api.PropagateNews // by node
	seen []string                     // nodes in the order in which they were spoken of
}

const propagateUsage = "usage: ha_propagate [--files FILE,...] [--node NODE,...] [--dry-run] [--undo] [--json]\n"

const propagateHelp = `
Gives ha.cf, authkeys, haresources (and what config_files names) of this node to every other node, over the cluster channel: no ssh is needed, and the
running node does it. First every node judges the files as its own start would, with file, line and mend for every
mistake. Only if none has anything against them are they written, on each node all of them or none, also when
the power goes in the middle. Then the nodes, this one too, read them again; what needs a restart is named.

Not sent: ha.cf.d (settings of one node have their place there), nodeinfo, scripts. What starts at boot is left alone.
ha.cf must suit all nodes: write ucast rows for all of them, a node does no harm to itself with the row that names it.
Keys travel encrypted, but whoever has the old key and sits between the nodes could read new ones: after a theft use ssh.

options:
  --files FILE,...  send only these
  --node NODE,...   only to these nodes; with --undo also this one
  --dry-run         show for every node and file what would change, and change nothing
  --undo            take the last change back, on the nodes that got it from here (or on those named by --node)
  --all             all files; the default
  --json            print one JSON object at the end
exit codes: 0 all nodes have the files, 1 usage or failure, 2 refused: nothing was changed anywhere, 3 a node fell silent in the middle,
  4 heartbeat does not run here, 5 only root may, 6 the files here have errors, 7 done, but nodes were left out
  (down, C Heartbeat, or accept_files off): the output says what to do for each
examples:
  ha_propagate --dry-run
  ha_propagate
  ha_propagate --files haresources --node node2,node3
  ha_propagate --undo
`

func haPropagate(c *call, args []string) int {
	p := &propagation{call: c, last: map[string]api.PropagateNews{}}
	// --node does not say here which node of this machine is meant, so --run does.
	rest, err := take(args, map[string]*string{"--etc": &c.Etc, "--state": &c.State, "--run": &c.Run})
	if err == nil {
		err = p.parse(rest)
	}
	if err != nil {
		if !errors.Is(err, errUsage) {
			c.complain("%s\n", err)
		}
		c.printf("%s", propagateUsage)
		if slices.Contains(args, "--help") {
			c.printf("%s", propagateHelp)
		}
		return 1
	}
	err = c.client().Propagate(c.ctx, p.req, p.tell)
	if err != nil {
		c.complain("ha_propagate: %s\n", err)
		return codeOf(err)
	}
	return p.end()
}

func (p *propagation) parse(args []string) error {
	list := func(name string, i *int, into *[]string) (bool, error) {
		value, inline := strings.CutPrefix(args[*i], name+"=")
		switch {
		case inline:
		case args[*i] != name:
			return false, nil
		case *i+1 >= len(args):
			return true, fmt.Errorf("ha_propagate: option %s needs a value", name)
		default:
			*i++
			value = args[*i]
		}
		for word := range strings.SplitSeq(value, ",") {
			if word = strings.TrimSpace(word); word != "" {
				*into = append(*into, word)
			}
		}
		return true, nil
	}
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "--json":
			p.json = true
			continue
		case "--dry-run":
			p.req.DryRun = true
			continue
		case "--undo":
			p.req.Undo = true
			continue
		case "--all":
			p.req.Files = nil
			continue
		}
		if mine, err := list("--files", &i, &p.req.Files); mine || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		if mine, err := list("--node", &i, &p.req.Nodes); mine || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		return errUsage
	}
	for _, f := range p.req.Files {
		if !propagate.Shareable(f) {
			return fmt.Errorf("ha_propagate: %s is none of the files that are sent: %s, and those that config_files names", f, strings.Join(propagate.Names(), ", "))
		}
	}
	if p.req.Undo && len(p.req.Files) > 0 {
		return errors.New("ha_propagate: an undo takes a change back as a whole; leave --files out")
	}
	return nil
}

// tell takes one line of the answer.
func (p *propagation) tell(news api.PropagateNews) {
	if !slices.Contains(p.seen, news.Node) {
		p.seen = append(p.seen, news.Node)
	}
	if before := p.last[news.Node]; news.State == node.PropagateInstalled && len(news.Files) == 0 {
		news.Files = before.Files
	}
	p.last[news.Node] = news
	if !p.json {
		p.show(news)
	}
}

func (p *propagation) show(news api.PropagateNews) {
	say := func(format string, args ...any) { p.printf("  "+news.Node+": "+format+"\n", args...) }
	switch news.State {
	case node.PropagateAsking:
		p.printf("Propagating HA configuration files to node %s.\n", news.Node)
		return
	case node.PropagateSame:
		say("has these files already")
	case node.PropagateReady:
		if p.req.DryRun {
			p.showDiffs(news)
			p.showForce(news, "would be in force at once", "would need a restart of heartbeat there")
		}
	case node.PropagateInstalled:
		say("installed: %s", states(news.Files))
		p.showForce(news, "in force now", "with the next start of heartbeat there")
	case node.PropagateHere:
		if news.Text != "" {
			say("%s", news.Text)
		}
		p.showForce(news, "in force now (this node)", "with the next start of heartbeat here")
	case node.PropagateEnd:
		return
	default:
		say("%s: %s", news.State, news.Text)
	}
	if news.Mend != "" {
		p.printf("    mend: %s\n", news.Mend)
	}
	p.problems(news)
}

// problems are printed for the node where they were found.
func (p *propagation) problems(news api.PropagateNews) {
	var list []api.Problem
	for _, x := range news.Problems {
		if news.State == node.PropagateInstalled && x.Severity != "error" {
			continue // warnings were shown when the node was asked, or are shown by its own check
		}
		x.File = strings.TrimPrefix(news.Node+":"+x.File, ":")
		list = append(list, api.Problem(x))
	}
	p.printProblems(p.Stdout, list)
}

func (p *propagation) showForce(news api.PropagateNews, now, later string) {
	if len(news.InForce) > 0 {
		p.printf("  %s: %s: %s\n", news.Node, now, strings.Join(news.InForce, ", "))
	}
	if len(news.Restart) > 0 {
		p.printf("  %s: %s: %s\n", news.Node, later, strings.Join(news.Restart, ", "))
	}
}

func (p *propagation) showDiffs(news api.PropagateNews) {
	for _, f := range news.Files {
		p.printf("  %s: %s %s\n", news.Node, f.Name, f.State)
		if f.Diff == "" {
			continue
		}
		c := p.palette()
		for line := range strings.Lines(f.Diff) {
			text := strings.TrimSuffix(line, "\n")
			switch text[:min(1, len(text))] {
			case "+":
				text = c.good(text)
			case "-":
				text = c.bad(text)
			}
			p.printf("    %s\n", text)
		}
	}
}

func states(files []propagate.Change) string {
	var list []string
	for _, f := range files {
		list = append(list, f.Name+" "+f.State)
	}
	return strings.Join(list, ", ")
}

// end prints the last line and returns the exit code.
func (p *propagation) end() int {
	last := p.last[""]
	if p.json {
		nodes := []api.PropagateNews{}
		for _, name := range p.seen {
			if name != "" {
				nodes = append(nodes, p.last[name])
			}
		}
		if err := p.encode(map[string]any{"outcome": last.Outcome, "text": last.Text, "mend": last.Mend, "problems": last.Problems, "nodes": nodes}); err != nil {
			return exitNotWell
		}
	} else {
		p.problems(last)
		if last.Text != "" {
			p.printf("%s\n", last.Text)
		}
		if last.Mend != "" {
			p.printf("  mend: %s\n", last.Mend)
		}
	}
	return outcomeCode(last.Outcome)
}

// outcomeCode is the exit code that tells scripts how it ended.
func outcomeCode(outcome string) int {
	switch outcome {
	case node.OutcomeDone:
		return exitOK
	case node.OutcomePartial:
		return exitPartial
	case node.OutcomeRefused:
		return exitRefused
	case node.OutcomeBroken:
		return exitConfig
	case node.OutcomeUnknown:
		return exitTimedOut
	}
	return exitNotWell
}
