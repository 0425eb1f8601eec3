package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/membership"
	"heartbeat/internal/propagate"
)

// A PropagateRequest asks this node to give its files to others.
type PropagateRequest struct {
	Files  []string `json:"files,omitempty"` // empty: all that exist
	Nodes  []string `json:"nodes,omitempty"` // empty: all others
	DryRun bool     `json:"dry_run,omitempty"`
	Undo   bool     `json:"undo,omitempty"` // take the last change back instead
	By     string   `json:"-"`              // who asks

	Compare bool `json:"compare,omitempty"` // only say how the files of the others differ

	late    map[string]string  // config_sync: the version that each node must have
	lineage *propagate.Lineage // config_sync: of the files that are sent
}

// What a PropagateNews says of a node.
const (
	PropagateAsking    = "asking"    // it is being asked
	PropagateSame      = "same"      // it has these files already
	PropagateReady     = "ready"     // it would take the files; with DryRun that is all
	PropagateInstalled = "installed" // it has the files now
	PropagateKept      = "kept"      // it would have taken them, but another node refused: nothing was changed
	PropagateRefused   = "refused"   // they would not work there; nothing was changed anywhere
	PropagateSkipped   = "skipped"   // it cannot be reached this way: it is down, is C Heartbeat, or forbids it
	PropagateFailed    = "failed"    // it could not write them
	PropagateUnknown   = "unknown"   // it fell silent in the middle: all files there are old, or all are new
	PropagateHere      = "here"      // this node itself
	PropagateDiffers   = "differs"   // compared: it has other files
	PropagateEnd       = "end"       // the last one, with the Outcome
)

// Outcomes of a request.
const (
	OutcomeDone    = "done"
	OutcomePartial = "partial" // some nodes were skipped
	OutcomeRefused = "refused" // nothing was changed
	OutcomeBroken  = "broken"  // the files here have errors; nothing was sent
	OutcomeFailed  = "failed"
	OutcomeUnknown = "unknown"
	OutcomeDiffers = "differs" // compared: not all nodes have the same files
)

// PropagateNews is one line about what becomes of a request.
type PropagateNews struct {
	Node     string              `json:"node,omitempty"` // empty: about all
	State    string              `json:"state"`
	Outcome  string              `json:"outcome,omitempty"`
	Text     string              `json:"text,omitempty"`
	Mend     string              `json:"mend,omitempty"`
	Files    []propagate.Change  `json:"files,omitempty"`
	Problems []propagate.Problem `json:"problems,omitempty"`
	InForce  []string            `json:"in_force,omitempty"` // at once
	Restart  []string            `json:"restart,omitempty"`  // with the next start of that node
	Standing *propagate.Standing `json:"standing,omitempty"` // compared: what the node says of its files
	Relation string              `json:"relation,omitempty"` // compared, config_sync on both sides: same, newer, older, forked
}

// ending makes the last news of a round.
func ending(each func(PropagateNews)) func(outcome, mend, format string, args ...any) {
	return func(outcome, mend, format string, args ...any) {
		each(PropagateNews{State: PropagateEnd, Outcome: outcome, Text: fmt.Sprintf(format, args...), Mend: mend})
	}
}

// ready chooses the nodes of a round; false: it cannot be, and end was told why.
func (r *round) ready(req PropagateRequest, end func(outcome, mend, format string, args ...any)) bool {
	v, ok := r.node.cluster()
	if !ok {
		end(OutcomeFailed, "look at heartbeat status", "the heartbeat loop does not answer")
		return false
	}
	if _, _, err := cabinet(r.node.Config().AuthKeys); err != nil {
		text, mend, _ := strings.Cut(err.Error(), "; ")
		end(OutcomeRefused, mend, "%s", text)
		return false
	}
	if unknown := r.choose(v, req); unknown != "" {
		end(OutcomeRefused, "heartbeat status lists the nodes", "there is no node %s", unknown)
		return false
	}
	return true
}

// Propagate gives files of this node to others: first every node judges them, and only when none has anything against them are they
// written, on each node all or none. Each is called from one goroutine at a time; the last news have the state end.
func (n *Node) Propagate(ctx context.Context, req PropagateRequest, each func(PropagateNews)) {
	if req.Compare {
		n.compareAll(ctx, req, each)
		return
	}
	end := ending(each)
	if !n.courier.busy.TryLock() {
		end(OutcomeRefused, "run it again when the other one is done", "another ha_propagate is under way on this node or to it")
		return
	}
	defer n.courier.busy.Unlock()
	order, news := n.orderOf(req)
	if news != nil {
		each(*news)
		return
	}
	r := &round{node: n, ctx: ctx, order: order, dry: req.DryRun, each: each, late: req.late, lineage: req.lineage, said: map[string]string{}}
	if !r.ready(req, end) {
		return
	}
	r.prepareAll()
	outcome := r.finish()
	n.propagated(req, r, outcome)
	if (outcome == OutcomeDone || outcome == OutcomePartial) && !req.DryRun && !req.Undo && req.lineage == nil {
		each(n.enforceHere(req))
	}
	text, mend := r.summary(outcome)
	end(outcome, mend, "%s", text)
}

// orderOf reads the files of this node, or says why they are not sent.
func (n *Node) orderOf(req PropagateRequest) (propagate.Order, *PropagateNews) {
	order := propagate.Order{Verb: propagate.Undo, By: req.By, Any: len(req.Nodes) > 0}
	if req.Undo {
		return order, nil
	}
	order = propagate.Order{Verb: propagate.Prepare, By: req.By}
	onDisk, _, problems := Load(n.opts, n.kernel)
	names := req.Files
	if len(names) == 0 {
		names = sharedNames(onDisk.HaCf)
	}
	bad := func(outcome, mend, format string, args ...any) (propagate.Order, *PropagateNews) {
		return order, &PropagateNews{State: PropagateEnd, Outcome: outcome, Text: fmt.Sprintf(format, args...), Mend: mend}
	}
	set, err := n.files().Current(names)
	if err != nil {
		return bad(OutcomeFailed, "look at "+n.opts.Etc, "%v", err)
	}
	all := 0
	for _, f := range set {
		all += len(f.Data)
		switch {
		case !slices.Contains(sharedNames(onDisk.HaCf), f.Name):
			return bad(OutcomeRefused, "add it to config_files in ha.cf", "%s is none of the files that all nodes share", f.Name)
		case f.Absent && len(req.Files) > 0:
			return bad(OutcomeRefused, "write it first", "there is no %s in %s", f.Name, n.opts.Etc)
		case f.Absent:
		case len(f.Data) > propagate.MaxFile, all > propagate.MaxAll:
			return bad(OutcomeRefused, "copy it by hand", "%s has %d bytes; at most %d are sent, and %d of all files", f.Name, len(f.Data), propagate.MaxFile, propagate.MaxAll)
		default:
			order.Files = append(order.Files, f)
		}
	}
	if problems.HasErrors() {
		order, news := bad(OutcomeBroken, "mend them; heartbeat check lists them too", "the files of this node have errors: nothing was sent")
		news.Problems = propagate.ProblemsOf(problems)
		return order, news
	}
	if req.lineage != nil && order.Files.Sum() != req.lineage.Digest {
		return bad(OutcomeRefused, "none: they are compared again", "the files changed at this moment")
	}
	return order, nil
}

// enforceHere makes this node read its own files again, so that all nodes use what all nodes have.
func (n *Node) enforceHere(req PropagateRequest) PropagateNews {
	before := n.Config()
	problems := conf.Problems(n.ReloadAnyKeys(false))
	news := PropagateNews{Node: n.self, State: PropagateHere}
	if problems.HasErrors() {
		news.Problems = propagate.ProblemsOf(problems)
		news.Text = "this node's files changed at the same moment and have errors; it goes on with what it has read before"
		return news
	}
	after := n.Config()
	if !sameKeys(before.AuthKeys, after.AuthKeys) {
		news.InForce = append(news.InForce, "authkeys")
	}
	onDisk, _, _ := Load(n.opts, nil)
	news.Restart = append(news.Restart, whatOf(fixtures(after, onDisk))...)
	return news
}

// propagated records what was done, or that it was not.
func (n *Node) propagated(req PropagateRequest, r *round, outcome string) {
	if req.DryRun {
		return
	}
	what := "the last change was taken back"
	if !req.Undo {
		var list []string
		for _, f := range r.order.Files {
			list = append(list, f.Name+" "+f.Digest())
		}
		what = "files " + strings.Join(list, ", ")
	}
	var nodes []string
	for _, t := range r.targets {
		nodes = append(nodes, t.node+" ("+r.said[t.node]+")")
	}
	n.timeline.Add(event.Event{Kind: event.FilesSent, Subject: n.self,
		Text:  fmt.Sprintf("ha_propagate by %s: %s; nodes: %s; %s.", or(req.By, "somebody"), what, or(strings.Join(nodes, ", "), "none"), outcome),
		Attrs: []event.Attr{{Key: "by", Value: req.By}, {Key: "outcome", Value: outcome}}})
}

// A round is one request under way.
type round struct {
	node    *Node
	ctx     context.Context
	order   propagate.Order
	dry     bool
	each    func(PropagateNews)
	targets []*target
	late    map[string]string  // see PropagateRequest
	lineage *propagate.Lineage // see PropagateRequest

	mu   sync.Mutex // around each and said
	said map[string]string
}

// A target is a node that shall have the files.
type target struct {
	node   string
	skip   *PropagateNews // why it cannot
	old    bool           // it knows the three files only
	talk   *conversation  // nil for this node itself
	report propagate.Report
	err    error
}

func (r *round) tell(news PropagateNews) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said[news.Node] = news.State
	r.each(news)
}

// choose lists the nodes: those of ha.cf that is sent and those that are known, or the ones asked for. It returns a name that is neither.
func (r *round) choose(v membership.View, req PropagateRequest) (unknown string) {
	known := map[string]membership.NodeView{}
	var names []string
	for _, node := range v.Nodes {
		if !node.Ping {
			known[node.Name] = node
			names = append(names, node.Name)
		}
	}
	listed := r.listed()
	for _, name := range listed {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	wanted := req.Nodes
	if len(wanted) == 0 {
		wanted = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == v.Self })
	}
	for _, name := range wanted {
		name = strings.ToLower(name)
		if !slices.Contains(names, name) {
			return name
		}
		if slices.ContainsFunc(r.targets, func(t *target) bool { return t.node == name }) {
			continue
		}
		node, ok := known[name]
		r.targets = append(r.targets, &target{node: name, skip: r.unfit(name, node, ok, listed, v.Self), old: name != v.Self && !hasCap(node, propagate.CapCompare)})
	}
	return ""
}

// listed are the nodes of the ha.cf that is sent, or of the one in force.
func (r *round) listed() []string {
	h := r.node.Config().HaCf
	if _, ok := r.order.Files.Get(propagate.HaCf); ok {
		next, _, _ := loadWith(r.node.opts, nil, r.order.Files)
		h = next.HaCf
	}
	return h.Nodes
}

// unfit says why a node cannot be given files over the cluster channel; nil: it can.
func (r *round) unfit(name string, v membership.NodeView, known bool, listed []string, self string) *PropagateNews {
	skip := func(mend, format string, args ...any) *PropagateNews {
		return &PropagateNews{Node: name, State: PropagateSkipped, Text: fmt.Sprintf(format, args...), Mend: mend}
	}
	byHand := "copy the files by hand: scp ha.cf authkeys haresources root@" + name + ":" + r.node.opts.Etc + "/"
	switch {
	case name == self && r.order.Verb == propagate.Undo:
		return nil
	case name == self:
		return skip("name other nodes", "node %s is this node", name)
	case !known:
		return skip(byHand+", and start heartbeat there", "node %s is new in ha.cf and not known to the running cluster", name)
	case !v.Joined && !slices.Contains(listed, name):
		return skip("stop heartbeat there, or list the node", "node %s is not in the ha.cf that is sent", name)
	case v.Unproven:
		return skip(v.Doubt.Mend()+", or "+byHand, "packets of node %s arrive %s, so it would not understand this node", name, v.Doubt)
	case !isUp(v):
		return skip(byHand+", or run ha_propagate again when it is back", "node %s is down", name)
	case kindOf(v, self) == "c":
		return skip(byHand, "node %s runs C Heartbeat, which takes no files over the cluster channel", name)
	case !hasCap(v, propagate.Cap):
		return skip("upgrade heartbeat there, or "+byHand, "node %s runs a version of heartbeat that takes no files", name)
	case r.order.Verb == propagate.Compare && !hasCap(v, propagate.CapCompare):
		return skip("upgrade heartbeat there; ha_propagate --dry-run compares with it, too", "node %s runs a version of heartbeat that does not compare files", name)
	}
	return nil
}

func hasCap(v membership.NodeView, name string) bool {
	return slices.Contains(strings.Split(v.Caps, ","), name)
}

// errHere marks an answer of this node that never came.
var errHere = errors.New("this node is stopping")
