package crmtool

import (
	"strconv"

	"heartbeat/internal/cib"
)

const standbyUsage = `usage: %[1]s -N NODE [-G | -v on|off | -D] [-l forever|reboot]

Tells whether a node is in standby, or puts it there: it stays in the cluster but runs no resources.

  -N, --node NODE       the node
  -G, --query           ask (also without any of these)
  -v, --update VALUE    on or off
  -D, --delete          take the attribute away: not in standby
  -l, --lifetime TIME   forever (the usual one), or reboot: until the node leaves the cluster
  -q, --quiet           only the value
exit codes: as crm_attribute
examples:
  CIB_file=cib.xml %[1]s -N node1 -v on
`

// standbyCommand is crm_standby. A question looks for a lasting standby first, then for one until the next reboot.
func standbyCommand(w *World) Code {
	c := &attributeCall{World: w, initial: "off"}
	c.at.name = "standby"
	c.options(standbyUsage)
	if code, run := c.o.Parse(); !run {
		return code
	}
	if code, ok := c.o.NoArguments(); !ok {
		return code
	}
	if c.life == "" {
		c.life = "forever"
		if !c.remove && !c.o.Changed("update") && !c.lasting() {
			c.life = "reboot"
		}
	}
	return c.run()
}

// lasting says whether the node has the attribute for good.
func (c *attributeCall) lasting() bool {
	doc, err := c.Document("")
	if err != nil {
		return true // run says why
	}
	at := c.at
	at.scope = "nodes"
	at.node, _, _ = nodeID(doc.Root(), c.node)
	_, pairs := at.find(doc.Root())
	return len(pairs) > 0
}

const failCountUsage = `usage: %[1]s -r RESOURCE -N NODE [-G | -D] [-n OPERATION [-I INTERVAL]]

Tells how often a resource failed on a node, or forgets its failures there.

  -r, --resource RESOURCE   the resource
  -N, --node NODE           the node
  -G, --query               ask (also without)
  -D, --delete              forget the failures, as crm_resource --cleanup does; also -v 0
  -n, --operation NAME      only failures of that operation: start, stop, monitor, ...
  -I, --interval TIME       its interval, 0 without
  -q, --quiet               only the number
exit codes: as crm_attribute
examples:
  CIB_file=cib.xml %[1]s -r web -N node1
  CIB_file=cib.xml %[1]s -D -r web -N node1
`

// failCountCommand is crm_failcount: the sum over all operations, or one of them.
func failCountCommand(w *World) Code {
	c := &attributeCall{World: w}
	c.options(failCountUsage)
	rsc := c.o.StringP("resource", "r", "", "")
	c.o.StringVar(rsc, "resource-id", "", "")
	var operation, interval string
	c.o.StringVarP(&operation, "operation", "n", "", "")
	c.o.StringVarP(&interval, "interval", "I", "0", "")
	if code, run := c.o.Parse(); !run {
		return code
	}
	if code, ok := c.o.NoArguments(); !ok {
		return code
	}
	if *rsc == "" || c.node == "" {
		return c.o.Wrong("name the resource with -r and the node with -N")
	}
	if c.o.Changed("update") && c.value != "0" {
		return c.o.Wrong("a count is deleted with -D or -v 0, not set to %q; crm_attribute -l reboot -n fail-count-... sets one", c.value)
	}
	ms, ok := cib.Interval(interval)
	if !ok {
		return c.o.Wrong("--interval takes a time such as 10s, not %q", interval)
	}
	if c.remove || c.o.Changed("update") {
		as := *w
		as.Args = []string{"--cleanup", "-r", *rsc, "-N", c.node, "--output-as", c.o.As}
		if c.quiet {
			as.Args = append(as.Args, "-Q")
		}
		if operation != "" {
			as.Args = append(as.Args, "-n", operation, "-I", interval)
		}
		return resourceCommand(&as)
	}
	v, err := w.status("")
	if err != nil {
		return c.fail(DocumentCode(err), err.Error())
	}
	node, of := v.FindNode(c.node), v.FindAny(*rsc)
	if node == nil {
		return c.fail(NoSuchObject, "Could not map name="+c.node+" to a UUID")
	}
	count := 0
	if of != nil {
		count, _ = of.FailCount(node)
	}
	c.at.name, c.at.scope, c.at.node = "fail-count-"+*rsc, "status", node.ID
	if operation != "" {
		c.at.name += "#" + operation + "_" + strconv.Itoa(int(ms))
		count = 0
		_, pairs := c.at.find(v.Document)
		for _, p := range pairs {
			n, _ := cib.Score(p.Get("value"), cib.Health{})
			count = cib.AddScores(count, n)
		}
	}
	text := strconv.Itoa(count)
	if count >= cib.Infinity {
		text = "INFINITY"
	}
	return c.show(text)
}

// masterCommand is crm_master: crm_attribute for agents, about the promotion score of the resource that they manage.
func masterCommand(w *World) Code {
	if w.Getenv("OCF_RESOURCE_INSTANCE") == "" && len(w.Args) > 0 && w.Args[0] != "--help" && w.Args[0] != "-?" {
		w.complain("This program should only ever be invoked from inside an OCF resource agent.\n")
		return Error
	}
	as := *w
	as.Args = append([]string{"--promotion"}, w.Args...)
	return attributeCommand(&as)
}
