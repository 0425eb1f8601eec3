package crmtool

import (
	"slices"
	"strings"
	"time"

	"heartbeat/internal/cib"
	"heartbeat/internal/cib/store"
	"heartbeat/internal/crmtool/mon"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

const resourceUsage = `usage: %[1]s QUESTION|CHANGE [-r RESOURCE] [-N NODE] [options]

Asks for resources of a cluster, changes their options, moves them, and forgets their failures.

questions
  -L, --list                    all of them           -l, --list-raw       their ids
  -W, --locate                  where one runs        -Y, --why            why it runs or not
  -q, --query-xml               its configuration     -w, --query-xml-raw  the same as written, templates not filled in
  -g, --get-parameter NAME      a parameter           -m, --meta           a meta attribute instead; -z, --utilization
  -a, --constraints; -A, --stack    what it is placed with
  -O, --list-operations         what was done         -o, --list-all-operations  also what is over
  --list-standards, --list-ocf-providers, --list-ocf-alternatives TYPE    which kinds of agents there are, and by whom
  --list-agents STANDARD[:PROVIDER]; --show-metadata STANDARD:PROVIDER:TYPE    the agents, and what one says of itself
  --digests [NAME=VALUE ...]    fingerprints of the parameters on -N, by which the cluster finds changes; with other values for some
agents, run here and now without the cluster
  --force-check[=LEVEL]         whether the resource runs here
  --force-start, --force-stop, --force-promote, --force-demote
                                in maintenance mode or with the cluster stopped, lest it takes the resource back; -f also where it says that a clone is active
  --validate[=LEVEL]            whether its parameters are good; without -r for --class C --provider P --agent A and --option NAME=VALUE ...
      NAME=VALUE ...            other values for some parameters
  -T, --timeout TIME            at most so long        -V  with debug messages; -VV with a trace in /var/lib/heartbeat/trace_ra
  --wait                        wait until the document asks for nothing more, -T at most so long (1h)
changes
  -M, --move            prefer the node of -N, without it ban the resource from where it is; with -f also ban it from there
  -B, --ban             keep it from the node of -N, without it from where it is
  -U, --clear           take away what --move and --ban made; -e, --expired: only what has no effect any more
      -u, --lifetime PT1H    until then             --promoted    only the promoted role
  -C, --cleanup         forget failures and their counts: the resource is looked at anew
      -n, --operation NAME; -I, --interval TIME    only failures of that operation
  -R, --refresh         forget the whole history
  -D, --delete -t TYPE  delete its configuration, an element TYPE such as primitive or group
  -p, --set-parameter NAME -v VALUE; -d, --delete-parameter NAME    a parameter, or with -m or -z another attribute
options
  -r, --resource ID             the resource          -N, --node NODE      the node
  -s, --set-name ID; -i, --nvpair ID    the set, the attribute
  -Q, --quiet                   only names            --output-as FORM     text, xml
exit codes: 0 done, 64 wrong usage, 78 the schema does not allow it, 102 no cluster and no CIB_file (always for --restart, --fail), 105 no such resource or node, 107 needs -f, 108 it is there already (-f: all the same), 124 too late;
  of agents 0 to 9: theirs, 7 not running, 8 promoted
examples:
  CIB_file=cib.xml %[1]s -W -r web
  CIB_file=cib.xml %[1]s -r web --move -N node2 -u PT1H
  CIB_file=cib.xml %[1]s --cleanup -r web
  CIB_file=cib.xml %[1]s -r web -m -p target-role -v Stopped
`

// A resourceCall is one run of crm_resource.
type resourceCall struct {
	*World
	o                 *Options
	id, node          string
	name, value       string
	meta, utilization bool
	set, pair         string
	quiet, force      bool
	promoted, expired bool
	lifetime, kind    string // of a constraint; the element that -D deletes
	operation         string // of which --cleanup forgets failures, empty: of all
	interval          string
	class, provider   string // of an agent that no resource has
	agent             string
	options           cib.Pairs     // its parameters
	level             int           // of checks, -1: not given
	timeout           time.Duration // of an action, 0: as configured
	file              string
	doc               *store.Document
	v                 *scheduler.View
	rsc               *scheduler.ResourceView // nil without -r
	found             []*xmltree.Node         // the answer as XML
}

// A resourceTask is one of the things that crm_resource does.
type resourceTask struct {
	name, short string
	needs       bool // a resource
	takes       bool // the name of an attribute, or of what it is about
	alone       bool // without a document
	arguments   bool // NAME=VALUE
	level       bool // takes one, or not
	do          func(*resourceCall) Code
}

func resourceTasks() []resourceTask {
	return []resourceTask{
		{name: "list", short: "L", do: (*resourceCall).list},
		{name: "list-raw", short: "l", do: (*resourceCall).listRaw},
		{name: "locate", short: "W", needs: true, do: (*resourceCall).locate},
		{name: "query-xml", short: "q", needs: true, do: (*resourceCall).queryXML},
		{name: "query-xml-raw", short: "w", needs: true, do: (*resourceCall).queryXML},
		{name: "get-parameter", short: "g", needs: true, takes: true, do: (*resourceCall).get},
		{name: "set-parameter", short: "p", needs: true, takes: true, do: (*resourceCall).put},
		{name: "delete-parameter", short: "d", needs: true, takes: true, do: (*resourceCall).drop},
		{name: "constraints", short: "a", needs: true, do: (*resourceCall).constraints},
		{name: "stack", short: "A", needs: true, do: (*resourceCall).constraints},
		{name: "list-operations", short: "O", do: func(c *resourceCall) Code { return c.operations(true) }},
		{name: "list-all-operations", short: "o", do: func(c *resourceCall) Code { return c.operations(false) }},
		{name: "why", short: "Y", do: (*resourceCall).why},
		{name: "move", short: "M", needs: true, do: (*resourceCall).move},
		{name: "ban", short: "B", needs: true, do: (*resourceCall).ban},
		{name: "clear", short: "U", do: (*resourceCall).clear},
		{name: "cleanup", short: "C", do: func(c *resourceCall) Code { return c.clean(false) }},
		{name: "refresh", short: "R", do: func(c *resourceCall) Code { return c.clean(true) }},
		{name: "delete", short: "D", needs: true, do: (*resourceCall).erase},
		{name: "fail", short: "F", needs: true, do: (*resourceCall).running},
		{name: "restart", needs: true, do: (*resourceCall).running},
		{name: "wait", do: (*resourceCall).wait},
		{name: "digests", needs: true, arguments: true, do: (*resourceCall).digests},
		runsAgent("validate"), runsAgent("force-check"), runsAgent("force-start"), runsAgent("force-stop"), runsAgent("force-promote"), runsAgent("force-demote"),
		{name: "list-standards", alone: true, do: asksAgents("list-standards")},
		{name: "list-ocf-providers", alone: true, do: asksAgents("list-ocf-providers")},
		{name: "list-ocf-alternatives", takes: true, alone: true, do: asksAgents("list-ocf-alternatives")},
		{name: "list-agents", takes: true, alone: true, do: asksAgents("list-agents")},
		{name: "show-metadata", takes: true, alone: true, do: asksAgents("show-metadata")},
	}
}

func asksAgents(option string) func(*resourceCall) Code {
	return func(c *resourceCall) Code { return c.agents(option) }
}

func runsAgent(option string) resourceTask {
	return resourceTask{name: option, needs: true, arguments: true, level: option == "validate" || option == "force-check",
		do: func(c *resourceCall) Code { return c.execute(option) }}
}

func resourceCommand(w *World) Code {
	c := &resourceCall{World: w, level: -1}
	o := w.Options(resourceUsage, "text", "xml")
	c.o = o
	o.StringVarP(&c.id, "resource", "r", "", "")
	o.StringVarP(&c.node, "node", "N", "", "")
	o.StringVarP(&c.node, "host-uname", "H", "", "")
	o.StringVarP(&c.value, "parameter-value", "v", "", "")
	o.BoolVarP(&c.meta, "meta", "m", false, "")
	o.BoolVarP(&c.utilization, "utilization", "z", false, "")
	o.StringVarP(&c.set, "set-name", "s", "", "")
	o.StringVarP(&c.pair, "nvpair", "i", "", "")
	o.BoolVarP(&c.quiet, "quiet", "Q", false, "")
	o.BoolVarP(&c.force, "force", "f", false, "")
	o.BoolVar(&c.promoted, "promoted", false, "")
	o.BoolVar(&c.promoted, "master", false, "")
	o.BoolVarP(&c.expired, "expired", "e", false, "")
	o.StringVarP(&c.lifetime, "lifetime", "u", "", "")
	o.StringVarP(&c.kind, "resource-type", "t", "", "")
	o.StringVarP(&c.operation, "operation", "n", "", "")
	o.StringVarP(&c.interval, "interval", "I", "0", "")
	o.StringVar(&c.class, "class", "", "")
	o.StringVar(&c.provider, "provider", "", "")
	o.StringVar(&c.agent, "agent", "", "")
	o.StringVarP(&c.file, "xml-file", "x", "", "")
	o.Bool("recursive", false, "") // constraints are always followed where that means something
	o.Bool("text-fancy", false, "")
	o.Func("option", "", c.addOption)
	o.FuncP("timeout", "T", "", c.setTimeout)
	var task *resourceTask
	tasks := resourceTasks()
	for i := range tasks {
		t := &tasks[i]
		choose := func(name string) error { task, c.name = t, name; return nil }
		switch {
		case t.level:
			o.Func(t.name, "", func(level string) error { task = t; return c.setLevel(level) })
			o.Lookup(t.name).NoOptDefVal = "-"
		case t.takes:
			o.FuncP(t.name, t.short, "", choose)
		default:
			o.BoolFuncP(t.name, t.short, "", choose)
		}
	}
	if code, run := o.Parse(); !run {
		return code
	}
	if task == nil {
		task = &tasks[0]
	}
	if !task.arguments {
		if code, ok := o.NoArguments(); !ok {
			return code
		}
	}
	runs := task.arguments && task.name != "digests"
	switch {
	case c.loose() && !runs:
		return o.Wrong("--class, --agent, and --provider can only be used with --validate and --force-*")
	case c.loose():
		return task.do(c)
	}
	if task.needs && c.id == "" {
		return o.Wrong("Must supply a resource id with -r")
	}
	if task.name == "digests" && c.node == "" {
		return o.Wrong("Must supply a node name with -N")
	}
	if c.expired && task.name != "clear" {
		return o.Wrong("--expired requires --clear or -U")
	}
	if task.alone {
		return task.do(c)
	}
	if code := c.open(); code != OK {
		return code
	}
	return task.do(c)
}

// open reads the document and finds the resource.
func (c *resourceCall) open() Code {
	doc, err := c.Document(c.file)
	if err != nil {
		return c.fail(DocumentCode(err), err.Error())
	}
	c.doc = doc
	if c.v, err = c.judge(doc.Root()); err != nil {
		return c.fail(Config, err.Error())
	}
	if c.id == "" {
		return OK
	}
	if c.rsc = c.v.FindAny(c.id); c.rsc == nil {
		return c.fail(NoSuchObject, "Resource '"+c.id+"' not found")
	}
	return OK
}

// fail says what is wrong. Scripts know the second line of those that concern the resource.
func (c *resourceCall) fail(code Code, text string) Code {
	if c.o.As == "xml" {
		return c.PrintResult(code, nil, c.Prog+": "+text)
	}
	c.complain("%s: %s\n", c.Prog, text)
	if code == NoSuchObject {
		c.complain("Error performing operation: %s\n", code)
	}
	return code
}

// done ends a question: with lines as text, or what was found as XML.
func (c *resourceCall) done(lines []string) Code {
	if c.o.As == "xml" {
		return c.PrintResult(OK, c.found)
	}
	if len(lines) > 0 {
		c.printf("%s\n", strings.Join(lines, "\n"))
	}
	return OK
}

// show is how resources are written here: with what is pending, and with those that do not run.
func (c *resourceCall) show() mon.Options {
	return mon.Options{Sections: mon.Resources, Inactive: true, Pending: true, Now: c.now()}
}

func (c *resourceCall) list() Code {
	c.found = []*xmltree.Node{mon.ResourcesXML(c.v, c.show())}
	return c.done(mon.ResourceList(c.v, c.show()))
}

func (c *resourceCall) listRaw() Code {
	list := xmltree.New("list", "name", "resource names", "count", "")
	var ids []string
	var walk func(*scheduler.ResourceView)
	walk = func(r *scheduler.ResourceView) {
		if r.Kind == scheduler.Primitive {
			ids = append(ids, r.ID)
			list.Add(xmltree.New("item", "name", "resource").Add(&xmltree.Node{Kind: xmltree.Text, Text: r.ID}))
		}
		for _, p := range r.Replicas {
			for _, part := range []*scheduler.ResourceView{p.IP, p.Child, p.Container, p.Remote} {
				if part != nil {
					walk(part)
				}
			}
		}
		if r.Kind != scheduler.Bundle {
			for _, child := range r.Children {
				walk(child)
			}
		}
	}
	for _, r := range c.v.Resources {
		walk(r)
	}
	list.Set("count", itoa(len(ids)))
	c.found = []*xmltree.Node{list}
	return c.done(ids)
}

// A location is where a resource runs.
type location struct {
	node     string
	promoted bool
}

// locations are where a resource runs, the last instance first; an anonymous instance's common name means all of them.
func (c *resourceCall) locations() (out []location) {
	list := []*scheduler.ResourceView{c.rsc}
	switch top := c.rsc.Top(); {
	case c.rsc.Kind == scheduler.Clone:
		list = c.rsc.Children
	case top.Kind == scheduler.Clone && !c.rsc.Unique && c.id == c.rsc.Name && c.id != c.rsc.ID:
		list = top.Children
	}
	for _, r := range list {
		for _, n := range r.On {
			out = append(out, location{n.Name, r.HighestRole() == "Promoted"})
		}
	}
	slices.Reverse(out)
	return out
}

func (c *resourceCall) locate() Code {
	nodes := xmltree.New("nodes", "resource", c.id)
	var lines []string
	for _, at := range c.locations() {
		x, line := xmltree.New("node"), "resource "+c.id+" is running on: "+at.node
		if at.promoted {
			x.Set("state", "promoted")
			line += " Promoted"
		}
		if c.quiet {
			line = at.node
		}
		nodes.Add(x.Add(&xmltree.Node{Kind: xmltree.Text, Text: at.node}))
		lines = append(lines, line)
	}
	if len(lines) == 0 && !c.quiet && c.o.As != "xml" {
		c.complain("resource %s is NOT running\n", c.id)
	}
	c.found = []*xmltree.Node{nodes}
	return c.done(lines)
}

// queryXML prints the line of the resource and its configuration.
func (c *resourceCall) queryXML() Code {
	if c.o.As == "xml" {
		config := xmltree.New("resource_config")
		if x := mon.ResourceXML(c.v, c.rsc, mon.Options{Pending: true, Now: c.now()}); x != nil {
			config.Add(x)
		}
		config.Add(xmltree.New("xml").Add(&xmltree.Node{Kind: xmltree.Text, Text: string(c.rsc.XML.Append(nil, "  "))}))
		c.found = []*xmltree.Node{config}
		return c.done(nil)
	}
	lines := mon.ResourceLines(c.v, c.rsc, mon.Options{Pending: true, Now: c.now()})
	return c.done(append(lines, "Resource XML:", strings.TrimRight(string(c.rsc.XML.Append(nil, "  ")), "\n")))
}
