package applet

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/node"
)

const clDead = "dead"

func clHbStatus(cl *clCall) int {
	if !cl.verbose {
		cl.printf("Heartbeat is running on this machine.\n")
		return exitOK
	}
	if cl.human {
		cl.printf("Heartbeat version %s\nResources controlled by \"haresources\"\n", cl.status.Version)
	} else {
		cl.printf("version:\t%s\nmanaged by:\t\"haresources\"\n", cl.status.Version)
	}
	return clListNodes(cl)
}

// clListNodes prints the node configured last first, as C does, which keeps its nodes on a stack.
func clListNodes(cl *clCall) int {
	if cl.human {
		cl.printf("The nodes are as follow:\n")
	}
	for _, n := range slices.Backward(cl.status.Nodes) {
		if cl.normal && n.Type != "normal" || cl.ping && n.Type != "ping" {
			continue
		}
		if !cl.verbose {
			cl.printf("%s\n", n.Name)
			continue
		}
		cl.printf("\n%s\t%s\t(nodetype: %s)\n", n.Name, n.Status, n.Type)
		cl.links(n)
	}
	return exitOK
}

func (cl *clCall) links(n node.NodeStatus) {
	if cl.human {
		cl.printf("\tthis node has the following heartbeat links:\n")
	}
	for _, l := range slices.Backward(n.Links) {
		if cl.verbose {
			cl.printf("\t%s\t%s\n", l.Name, linkWord(l))
		} else {
			cl.printf("\t%s\n", l.Name)
		}
	}
}

func linkWord(l node.LinkStatus) string {
	if l.Up {
		return "up"
	}
	return clDead
}

func clListLinks(cl *clCall) int {
	n, ok := cl.nodeNamed(cl.args[0])
	if !ok {
		cl.logError("Cannot start heartbeat link interface walk.")
		cl.logError("REASON: EINVAL")
		return clNoValue
	}
	cl.links(n)
	return exitOK
}

func clNodeStatus(cl *clCall) int {
	n, ok := cl.about()
	if !ok {
		return clArgument
	}
	cl.say(n.Status, "The cluster node %s is %s", n.Name, n.Status)
	if n.Status == clDead {
		return clFalse
	}
	return exitOK
}

func clNodeWeight(cl *clCall) int {
	n, ok := cl.about()
	if !ok {
		return clArgument
	}
	weight := strconv.Itoa(n.Weight)
	cl.say(weight, "The weight of the cluster node %s is %s", n.Name, weight)
	return exitOK
}

func clNodeSite(cl *clCall) int {
	n, ok := cl.about()
	if !ok {
		return clArgument
	}
	cl.say(n.Site, "The site of the cluster node %s is %s", n.Name, n.Site)
	return exitOK
}

func clNodeType(cl *clCall) int {
	n, ok := cl.about()
	if !ok {
		return clArgument
	}
	cl.say(n.Type, "The node %s's type: %s", n.Name, n.Type)
	return exitOK
}

func clLinkStatus(cl *clCall) int {
	n, _ := cl.nodeNamed(cl.args[0])
	i := slices.IndexFunc(n.Links, func(l node.LinkStatus) bool { return l.Name == cl.args[1] })
	if i < 0 {
		cl.logError("Cannot get heartbeat link status")
		cl.logError("REASON: ")
		return clNoValue
	}
	word := linkWord(n.Links[i])
	cl.say(word, "The node %s's heartbeat link %s is %s", n.Name, n.Links[i].Name, word)
	if word == clDead {
		return clFalse
	}
	return exitOK
}

// clClientStatus asks this node who is signed on. About another node it says offline: its clients are asked for at its own cl_status, or through
// the classic client API.
// clientPatience is how long C waits for the answer of a node when nobody says otherwise.
const clientPatience = 500 * time.Millisecond

func clClientStatus(cl *clCall) int {
	patience := clientPatience
	if len(cl.args) > 2 {
		if ms, err := strconv.ParseUint(cl.args[2], 10, 31); err == nil {
			patience = time.Duration(ms) * time.Millisecond
		}
	}
	ctx, cancel := context.WithTimeout(cl.ctx, patience)
	defer cancel()
	online, err := cl.client().SignedOn(ctx, cl.args[0], cl.args[1])
	switch {
	case err != nil:
		cl.logError("Cannot get heartbeat client " + cl.args[1] + "'s status")
		cl.logError("REASON: No timely response.")
		return clNoValue
	case online:
		cl.printf("online\n")
		return exitOK
	}
	cl.printf("offline\n")
	return clFalse
}

func clResources(cl *clCall) int {
	r := cl.status.Resources
	cl.say(r, "This node is holding %s resources.", r)
	return exitOK
}

func clParameter(cl *clCall) int {
	if !cl.hasParameter {
		cl.logError("parameter name required")
		return clArgument
	}
	v, ok := cl.status.Parameters[cl.parameter]
	if !ok {
		cl.logError("Cannot get parameter " + cl.parameter + "'s value")
		cl.logError("REASON: ")
		return clFalse
	}
	cl.say(v, "Heartbeat parameter %s's value: %s", cl.parameter, v)
	return exitOK
}

func clTest(cl *clCall) int {
	cl.printf("Dead time: %d\n keeplive time: %d\n mynodeid: %s\n rsc: %s\n", cl.milliseconds("deadtime"), cl.milliseconds("keepalive"),
		cl.status.Node, cl.status.Resources)
	return exitOK
}

// milliseconds reads a time as ha.cf writes it: seconds, or with the suffix ms or us.
func (cl *clCall) milliseconds(parameter string) int64 {
	v := strings.ToLower(strings.TrimSpace(cl.status.Parameters[parameter]))
	unit := time.Second
	for _, u := range []struct {
		suffix string
		unit   time.Duration
	}{{"msec", time.Millisecond}, {"ms", time.Millisecond}, {"usec", time.Microsecond}, {"us", time.Microsecond}} {
		if rest, ok := strings.CutSuffix(v, u.suffix); ok {
			v, unit = strings.TrimSpace(rest), u.unit
			break
		}
	}
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || !(f >= 0 && f < 1e9) {
		return 0
	}
	return time.Duration(f * float64(unit)).Round(time.Millisecond).Milliseconds()
}

const clUsage = `Usage: cl_status <sub-command> [<options>] [<parameters>]

Sub-commands:
hbstatus [-v]                       is heartbeat running on this machine? exit 0 yes, 1 no
listnodes [-n|-p] [-v]              the nodes of the cluster; -n normal ones, -p ping ones
nodestatus <node>                   init, up, active, ping; or dead (exit 1)
nodetype <node>                     normal or ping
nodeweight <node>, nodesite <node>  as set by hb_setweight (100 if not) and hb_setsite
listhblinks [-v] <node>             the heartbeat links to a node
hblinkstatus <node> <link>          up, or dead (exit 1)
clientstatus <node> <client> [<ms>] online (exit 0) or offline (exit 1)
rscstatus                           what this node holds: none, local, foreign, all, transition
hbparameter -p <name>               the value of an ha.cf directive
test                                the timers, this node, its resources

Options: -m after the sub-command prints sentences, -v more.
Exit codes: 11 wrong argument, 12 no answer within 5 seconds, 13 no such link or client.

Examples:
  cl_status nodestatus node2
  cl_status listnodes -v
  cl_status hbparameter -p deadtime

Friendlier: heartbeat status
`
