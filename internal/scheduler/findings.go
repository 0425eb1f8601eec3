package scheduler

import (
	"fmt"
	"slices"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// A Finding is something about the document that somebody should hear: a part that was not understood and what counts in its place, or a state
// that a configuration leads to. crm_verify prints them.
type Finding struct {
	Error bool   // else a warning
	State bool   // of the cluster's recorded state, not of its configuration
	ID    string // of the element that is meant
	Tag   string // the function of Pacemaker that says the same: what logs and crm_verify call it
	Text  string // in the words of crm_verify, which scripts look for
	Mend  string // what to do
}

// Findings are all that came up so far, in the order in which they did, each once; what Notes say is in them.
func (r *Result) Findings() []Finding { return r.c.findings }

func (c *cluster) find(f Finding) {
	if !c.said[f] {
		c.said[f] = true
		c.findings = append(c.findings, f)
	}
}

// note is a part of the document that was left out.
func (c *cluster) note(x *xmltree.Node, text string) {
	c.notes = append(c.notes, text)
	f := Finding{Error: true, Tag: "unpack", Text: text, Mend: "correct what it names, or take it out"}
	if x != nil {
		f.ID = x.Get("id")
	}
	c.find(f)
}

// findAboutProperties says what the properties leave open.
func (c *cluster) findAboutProperties() {
	if c.fencing && !c.haveFencing {
		for _, text := range []string{
			"Resource start-up disabled since no STONITH resources have been defined",
			"Either configure some or disable STONITH with the stonith-enabled option",
			"NOTE: Clusters with shared data need STONITH to ensure data integrity",
		} {
			c.find(Finding{Error: true, ID: "stonith-enabled", Tag: "unpack_resources", Text: text, Mend: "configure a fence device (a primitive of class stonith), or set stonith-enabled=false where nothing is shared"})
		}
	}
}

// findNamesake says that a node of that name was there already.
func (c *cluster) findNamesake(x *xmltree.Node) {
	name := x.Get("uname")
	if name != "" && c.findNode(name) != nil {
		c.find(Finding{ID: x.Get("id"), Tag: "pe_create_node", Text: "More than one node entry has name '" + name + "'", Mend: "take one of them out: two ids cannot be one node"})
	}
}

// findAboutOrder says what an order constraint leaves open.
func (c *cluster) findAboutOrder(x *xmltree.Node, kind orderKind) {
	id := x.Get("id")
	if text, given := x.Lookup("kind"); given && text != "Optional" && text != "Serialize" && text != "Mandatory" {
		c.notes = append(c.notes, "order "+id+" is taken as Mandatory: there is no kind "+text)
		c.find(Finding{Error: true, ID: id, Tag: "get_ordering_type", Text: fmt.Sprintf("Resetting 'kind' for constraint %s to 'Mandatory' because '%s' is not valid", id, text), Mend: "write kind=\"Optional\", \"Mandatory\" or \"Serialize\""})
	}
	if both, given := cib.Bool(x.Get("symmetrical")); given && both && kind == orderSerialize {
		c.find(Finding{ID: id, Tag: "get_ordering_symmetry", Text: "Ignoring symmetrical for '" + id + "' because not valid with kind of 'Serialize'", Mend: "take symmetrical out, or write another kind"})
	}
	_, given := x.Lookup("kind")
	if _, scored := x.Lookup("score"); scored && !given && !c.scoredOrder {
		c.scoredOrder = true
		c.find(Finding{ID: id, Tag: "get_ordering_type", Text: "Support for 'score' in rsc_order is deprecated and will be removed in a future release (use 'kind' instead)", Mend: "write kind=\"Optional\" for score=\"0\", else kind=\"Mandatory\""})
	}
}

// findAboutRequireAll is said once.
func (c *cluster) findAboutRequireAll(x *xmltree.Node) {
	if c.requireAll {
		return
	}
	c.requireAll = true
	c.find(Finding{ID: x.Get("id"), Tag: "get_minimum_first_instances",
		Text: "Support for require-all in ordering constraints is deprecated and will be removed in a future release (use clone-min clone meta-attribute instead)", Mend: "set clone-min=1 on the clone"})
}

// findAboutGroup names what groups will not have any more, each once.
func (c *cluster) findAboutGroup(r *resource, option string) {
	if slices.Contains(c.groupOptions, option) {
		return
	}
	c.groupOptions = append(c.groupOptions, option)
	c.find(Finding{ID: r.id, Tag: "set_group_flag",
		Text: "Support for the '" + option + "' group meta-attribute is deprecated and will be removed in a future release (use a resource set instead)", Mend: "make the members plain resources in a resource_set"})
}

// findTwice names an operation that is configured twice.
func (c *cluster) findTwice(ops []string) {
	c.find(Finding{Error: true, ID: ops[1], Tag: "is_op_dup",
		Text: fmt.Sprintf("Operation %s is duplicate of %s (do not use same name and interval combination more than once per resource)", ops[1], ops[0]),
		Mend: "give one of them another interval, such as 11s for 10s"})
}

// findAboutRole says why a target-role counts for nothing.
func (c *cluster) findAboutRole(r *resource, value string, known bool) {
	why, mend := "is not valid", "write Started, Stopped, Promoted or Unpromoted"
	if known {
		why, mend = "only makes sense for promotable clones", "write Started or Stopped, or make it a clone with promotable=true"
	}
	c.find(Finding{Error: true, ID: r.id, Tag: "get_target_role", Text: fmt.Sprintf("Ignoring 'target-role' for %s because '%s' %s", r.id, value, why), Mend: mend})
}

// findAboutFailure says why an on-fail counts for nothing.
func (c *cluster) findAboutFailure(r *resource, task, value string) {
	text := fmt.Sprintf("Resetting 'on-fail' for %s stop action to default value because '%s' is not allowed for stop", r.id, value)
	if task != "stop" {
		text = fmt.Sprintf("Resetting 'on-fail' for %s %s action to default value because 'demote' is not allowed for it", r.id, task)
	}
	c.find(Finding{Error: true, ID: r.id, Tag: "unpack_operation_on_fail", Text: text, Mend: "write block or fence, or take on-fail out"})
}

func (c *cluster) findFenceWithoutFencing(r *resource, key string) {
	c.find(Finding{Error: true, ID: r.id, Tag: "unpack_operation", Text: "Resetting 'on-fail' for operation '" + key + "' to 'stop' because 'fence' is not valid when fencing is disabled", Mend: "switch fencing on, or write another on-fail"})
}

// findAboutRequires says what a resource cannot require.
func (c *cluster) findAboutRequires(r *resource, text string, isError bool) {
	c.find(Finding{Error: isError, ID: r.id, Tag: "unpack_requires", Text: text, Mend: "write requires=\"quorum\" or \"nothing\", or switch fencing on"})
}

// findAboutNode says which nodes are in a state that calls for fencing.
func (c *cluster) findAboutNode(n *node, fenced bool) {
	if fenced {
		c.find(Finding{State: true, ID: n.id, Tag: "schedule_fencing", Text: "Scheduling node " + n.displayName() + " for fencing", Mend: "see with crm_simulate what it leads to"})
	} else if n.unclean {
		c.find(Finding{State: true, ID: n.id, Tag: "schedule_fencing_and_shutdowns", Text: "Node " + n.displayName() + " is unclean but cannot be fenced", Mend: "configure, enable and test fencing"})
	}
}

// findRemoved names a resource that runs though nobody configured it.
func (c *cluster) findRemoved(r *resource, n *node) {
	text := "Detected active orphan " + r.id + " running on " + n.displayName()
	if !r.is(rscManaged) {
		text = fmt.Sprintf("Resource '%s' must be stopped manually on %s because cluster is configured not to stop active orphans", r.id, n.displayName())
	}
	c.find(Finding{State: true, ID: r.id, Tag: "process_rsc_state", Text: text, Mend: "configure it again, or let it be stopped"})
}
