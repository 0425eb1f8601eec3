package applet

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// A rosterTool is one of the classic scripts that change the list of nodes. C's scripts write into a FIFO
// and exit 0 whatever becomes of it; ours wait for the answer of the node, which comes at once.
type rosterTool struct {
	verb, usage, help string
}

func hbAddNode(c *call, args []string) int {
	return rosterTool{"addnode", "<node> <node> ...", `
Adds nodes to the running cluster: every node takes them into its list. Weights, sites and deleted nodes of the
past are remembered. Where haresources manages resources a node can be added only if a group is at home there.
example:
  hb_addnode node3 node4
`}.run(c, args)
}

func hbDelNode(c *call, args []string) int {
	return rosterTool{"delnode", "<node> <node> ...", `
Deletes nodes from the cluster. They must be dead, and all other nodes must be alive. A deleted node is ignored
until hb_addnode brings it back.
example:
  hb_delnode node3
`}.run(c, args)
}

func hbSetWeight(c *call, args []string) int {
	return rosterTool{"setweight", "<node> <weight>", `
Sets the weight of a node's vote, a number; 100 without it.
example:
  hb_setweight node3 50
`}.run(c, args)
}

func hbSetSite(c *call, args []string) int {
	return rosterTool{"setsite", "<node> <site>", `
Says at which site a node stands.
example:
  hb_setsite node3 berlin
`}.run(c, args)
}

const rosterHelp = `
options:
  --json  print the answer as JSON
exit codes: 0 done, 1 usage, 2 refused (the reason is printed), 4 heartbeat does not run, 5 not permitted
`

func (r rosterTool) run(c *call, args []string) int {
	asJSON := slices.Contains(args, "--json")
	words := slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == "--json" })
	if len(words) == 0 || words[0] == "--help" {
		c.printf("usage: hb_%s %s\n", r.verb, r.usage)
		if len(words) > 0 {
			c.printf("%s%s", r.help, rosterHelp)
		}
		return 1
	}
	nodes, value := words, ""
	if r.verb == "setweight" || r.verb == "setsite" {
		// C's scripts take what is missing for empty, and ignore what is too much.
		if len(words) != 2 {
			c.complain("hb_%s: %d words instead of a node and its %s\n", r.verb, len(words), strings.TrimPrefix(r.verb, "set"))
			c.printf("usage: hb_%s %s\n", r.verb, r.usage)
			return 1
		}
		nodes, value = words[:1], words[1]
	}
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	answer, err := c.client().Roster(ctx, r.verb, nodes, value)
	switch {
	case err != nil:
		c.complain("hb_%s: %s\n", r.verb, err)
		return codeOf(err)
	case asJSON:
		e := json.NewEncoder(c.Stdout)
		e.SetEscapeHTML(false)
		_ = e.Encode(answer)
	case answer.Refused:
		c.complain("hb_%s: %s\n", r.verb, answer.Text)
	case isTerminal(c.Stdout): // scripts get C's silence
		c.printf("%s\n", answer.Text)
	}
	if answer.Refused {
		return exitRefused
	}
	return exitOK
}
