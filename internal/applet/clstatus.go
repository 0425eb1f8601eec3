package applet

import (
	"errors"
	"fmt"
	"os"
	"time"

	"heartbeat/internal/api"
	"heartbeat/internal/node"
)

// Exit codes of cl_status (messaging spec, section 18).
const (
	clFalse    = 1  // stopped, dead, offline, unset; also: the node is not reachable
	clArgument = 11 // wrong or missing argument
	clTimeout  = 12 // the hard limit
	clNoValue  = 13 // the node cannot answer that
)

// A clSub is one sub-command of cl_status.
type clSub struct {
	options string // getopt's table
	need    int    // parameters
	missing string // what C says when they are missing
	code    string // C's own spelling in the complaint about a wrong option
	run     func(*clCall) int
}

// A clCall is one run of a sub-command, with the options that were given.
type clCall struct {
	*call
	name           string
	status         node.Status
	human, verbose bool
	normal, ping   bool
	parameter      string
	hasParameter   bool
	args           []string
}

func clSubs() map[string]clSub {
	const (
		no  = "No enough parameter."
		not = "Not enough parameters."
	)
	return map[string]clSub{
		"hbstatus":     {options: "vm", run: clHbStatus},
		"listnodes":    {options: "npvm", code: "code ", run: clListNodes},
		"nodestatus":   {options: "m", need: 1, missing: not, run: clNodeStatus},
		"nodeweight":   {options: "m", need: 1, missing: not, run: clNodeWeight},
		"nodesite":     {options: "m", need: 1, missing: not, run: clNodeSite},
		"nodetype":     {options: "m", need: 1, missing: no, run: clNodeType},
		"listhblinks":  {options: "vm", code: "code ", need: 1, missing: no, run: clListLinks},
		"hblinkstatus": {options: "m", need: 2, missing: no, run: clLinkStatus},
		"clientstatus": {options: "m", need: 2, missing: no, run: clClientStatus},
		"rscstatus":    {options: "m", run: clResources},
		"hbparameter":  {options: "p:m", code: "code ", run: clParameter},
		"test":         {options: "m", run: clTest},
	}
}

// clStatus is the classic cl_status.
func clStatus(c *call, args []string) int {
	if len(args) == 0 || args[0] == "-h" || args[0] == "--help" {
		c.printf("%s", clUsage)
		return exitOK
	}
	sub, ok := clSubs()[args[0]]
	if !ok {
		c.logError(args[0] + ": invalid sub-command.")
		return clArgument
	}
	ctx, cancel := c.soon()
	defer cancel()
	status, err := c.client().Status(ctx)
	cl := &clCall{call: c, name: args[0], status: status}
	options, rest, wrong := getopt(cl.name, sub.options, args[1:])
	cl.take(options, rest)
	if cl.name == "hbstatus" {
		return cl.hbStatus(err, wrong)
	}
	if err != nil {
		return c.cannotSignOn(err)
	}
	if wrong != nil {
		c.complain("%s\n", wrong)
		c.logError("Error: getopt returnedcharacter " + sub.code + "?.")
		return clArgument
	}
	if len(cl.args) < sub.need {
		c.complain("%s\n", sub.missing)
		return clArgument
	}
	return sub.run(cl)
}

func (cl *clCall) take(options []option, rest []string) {
	for _, o := range options {
		switch o.letter {
		case 'm':
			cl.human = true
		case 'v':
			cl.verbose = true
		case 'n':
			cl.normal = true
		case 'p':
			cl.ping, cl.parameter, cl.hasParameter = true, o.value, true
		}
	}
	cl.args = rest
}

// hbStatus is the one sub-command that has an answer when nothing runs. A wrong option does not disturb it, as in C.
func (cl *clCall) hbStatus(err, wrong error) int {
	if wrong != nil {
		cl.complain("%s\n", wrong)
	}
	if err == nil {
		return clHbStatus(cl)
	}
	if _, stopped := errors.AsType[*api.NotRunningError](err); !stopped {
		return cl.cannotSignOn(err) // running, but out of reach: that is not "stopped"
	}
	cl.printf("Heartbeat is stopped on this machine.\n")
	if cl.verbose {
		cl.printf("(hb_api_signon: Can't initiate connection to heartbeat)\n")
	}
	return clFalse
}

// cannotSignOn says what C says, and then what to do.
func (c *call) cannotSignOn(err error) int {
	c.logError("Cannot signon with heartbeat")
	c.logError("REASON: hb_api_signon: Can't initiate connection to heartbeat (" + err.Error() + ")")
	if codeOf(err) == exitTimedOut {
		return clTimeout
	}
	return clFalse
}

// logError writes a line as C's programs write to the terminal.
func (c *call) logError(text string) {
	c.complain("%s %s %s: [%d]: ERROR: %s\n", time.Now().Format("Jan _2 15:04:05"), hostname(), c.prog, os.Getpid(), text)
}

// nodeNamed finds a node of the cluster.
func (cl *clCall) nodeNamed(name string) (node.NodeStatus, bool) {
	for _, n := range cl.status.Nodes {
		if n.Name == name {
			return n, true
		}
	}
	return node.NodeStatus{}, false
}

// about returns the node that the first argument names, or complains as C does.
func (cl *clCall) about() (node.NodeStatus, bool) {
	n, ok := cl.nodeNamed(cl.args[0])
	if !ok {
		text := "Error. May be due to incorrect node name"
		if cl.name == "nodeweight" {
			text = "Error. Maybe due to incorrect node name."
		}
		cl.complain("%s\n", text)
	}
	return n, ok
}

// say prints the bare value, or the sentence with -m.
func (cl *clCall) say(value, sentence string, args ...any) {
	if cl.human {
		value = fmt.Sprintf(sentence, args...)
	}
	cl.printf("%s\n", value)
}
