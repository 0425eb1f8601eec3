package scheduler

import (
	"fmt"
	"slices"
	"strings"

	"heartbeat/internal/cib"
)

// A textList writes nested lists as cluster tools print them: two blanks for each level, and a star.
type textList struct {
	lines []string
	depth int
}

func (t *textList) item(format string, args ...any) {
	t.lines = append(t.lines, strings.Repeat("  ", t.depth)+"* "+fmt.Sprintf(format, args...))
}

func (t *textList) begin(format string, args ...any) {
	t.item(format+":", args...)
	t.depth++
}

func (t *textList) end() { t.depth-- }

// Headline is what stands before the status: that management is switched off, and how many resources are disabled or blocked.
func (r *Result) Headline() (lines []string) {
	c := r.c
	if c.maintenance {
		lines = append(lines, "", "              *** Resource management is DISABLED ***",
			"  The cluster will not attempt to start, stop or recover services", "")
	}
	if c.disabled > 0 || c.blocked > 0 {
		lines = append(lines, fmt.Sprintf("%d of %d resource instances DISABLED and %d BLOCKED from further action due to failure", c.disabled, c.instances, c.blocked), "")
	}
	return lines
}

// Hints are remarks about decisions that have come up so far.
func (r *Result) Hints() []string { return r.c.hints }

// Notes are what the user should hear about the document: parts of it that were left out, and why.
func (r *Result) Notes() []string { return r.c.notes }

// StatusText describes nodes and resources. Pending shows operations that have not ended in place of the role.
func (r *Result) StatusText(pending bool) []string {
	t := &statusText{c: r.c, pending: pending}
	t.depth = 1
	t.nodes()
	t.lines = append(t.lines, "")
	t.resources()
	return t.lines
}

type statusText struct {
	textList
	c       *cluster
	pending bool
}

func (t *statusText) nodes() {
	t.begin("Node List")
	var online, offline, remoteOnline, remoteOffline, guests []string
	for _, n := range t.c.nodes {
		health := t.c.nodeHealth(n)
		switch {
		case n.unclean, n.pending, n.failStandby && n.online, n.standby, n.maintenance, health <= 0:
			kind := "Node"
			if n.isGuest() {
				kind = "GuestNode"
			} else if n.isRemote() {
				kind = "RemoteNode"
			}
			suffix := ""
			if health < 0 {
				suffix = " (health is RED)"
			} else if health == 0 {
				suffix = " (health is YELLOW)"
			}
			t.item("%s %s: %s%s", kind, n.name, n.stateText(), suffix)
		case n.online && n.isGuest():
			guests = append(guests, n.name)
		case n.online && n.remote:
			remoteOnline = append(remoteOnline, n.name)
		case n.online:
			online = append(online, n.name)
		case n.isGuest():
		case n.remote:
			remoteOffline = append(remoteOffline, n.name)
		default:
			offline = append(offline, n.name)
		}
	}
	for _, l := range []struct {
		title string
		names []string
	}{{"Online", online}, {"OFFLINE", offline}, {"RemoteOnline", remoteOnline}, {"RemoteOFFLINE", remoteOffline}, {"GuestOnline", guests}} {
		if len(l.names) > 0 {
			t.item("%s: [ %s ]", l.title, strings.Join(l.names, " "))
		}
	}
	t.end()
}

func (n *node) stateText() string {
	switch {
	case n.unclean && n.online:
		return "UNCLEAN (online)"
	case n.unclean && n.pending:
		return "UNCLEAN (pending)"
	case n.unclean:
		return "UNCLEAN (offline)"
	case n.pending:
		return "pending"
	case n.failStandby && n.online:
		return "standby (on-fail)"
	case n.standby && !n.online:
		return "OFFLINE (standby)"
	case n.standby && len(n.running) == 0:
		return "standby"
	case n.standby:
		return "standby (with active resources)"
	case n.maintenance && n.online:
		return "maintenance"
	case n.maintenance:
		return "OFFLINE (maintenance)"
	case n.online:
		return "online"
	}
	return "OFFLINE"
}

func (t *statusText) resources() {
	t.begin("Full List of Resources")
	before := len(t.lines)
	for _, r := range t.c.resources {
		if r.is(rscRemoved) && !r.isActive(true) || r.isActive(false) && len(r.active) == 0 {
			continue
		}
		t.resource(r)
	}
	if len(t.lines) == before {
		t.item("No resources")
	}
	t.end()
}

func (t *statusText) resource(r *resource) {
	switch r.variant {
	case group:
		t.group(r)
	case clone:
		t.clone(r)
	case bundle:
		t.bundle(r)
	default:
		n := r.current()
		if n == nil {
			n = r.pendingNode
		}
		t.primitive(r, r.printableID(), n)
	}
}

// management is what a title says about a collective that is not, or not fully, managed.
func (r *resource) management() []string {
	var out []string
	if r.isDisabled() {
		out = append(out, "disabled")
	}
	if r.is(rscInMaintenance) {
		return append(out, "maintenance")
	}
	if !r.is(rscManaged) {
		out = append(out, "unmanaged")
	}
	return out
}

func (t *statusText) group(r *resource) {
	title := "Resource Group: " + r.id
	if words := r.management(); len(words) > 0 {
		title += " (" + strings.Join(words, ", ") + ")"
	}
	t.begin("%s", title)
	for _, m := range r.children {
		t.resource(m)
	}
	t.end()
}

func (t *statusText) bundle(r *resource) {
	set, unique, how := "", "", ""
	if r.bundle.count > 1 {
		set = " set"
	}
	if r.is(rscUnique) {
		unique = " (unique)"
	}
	if r.is(rscInMaintenance) {
		how = " (maintenance)"
	} else if !r.is(rscManaged) {
		how = " (unmanaged)"
	}
	t.begin("Container bundle%s: %s [%s]%s%s", set, r.id, r.bundle.image, unique, how)
	for _, p := range r.bundle.replicas {
		shown, name := p.child, p.remote
		if shown == nil {
			shown = p.container
		}
		if name == nil {
			name = p.container
		}
		text := name.printableID()
		if p.address != "" {
			text += " (" + p.address + ")"
		}
		t.primitive(shown, text, p.container.current())
	}
	t.end()
}

// clone shows instances that are as they should be by node, and all others in full.
func (t *statusText) clone(r *resource) {
	var words []string
	if r.is(rscPromotable) {
		words = append(words, "promotable")
	}
	if r.is(rscUnique) {
		words = append(words, "unique")
	}
	title := "Clone Set: " + r.id + " [" + r.clone.child.Get("id") + "]"
	if words = append(words, r.management()...); len(words) > 0 {
		title += " (" + strings.Join(words, ", ") + ")"
	}
	t.begin("%s", title)
	var promoted, started []*node
	for _, i := range r.children {
		n, full := t.instancePlace(r, i)
		switch {
		case full:
			t.resource(i)
		case n == nil:
		case i.state(true) > roleUnpromoted:
			promoted = append(promoted, n)
		default:
			started = append(started, n)
		}
	}
	names := func(list []*node) string {
		slices.SortStableFunc(list, func(a, b *node) int { return compareNames(a.name, b.name) })
		var out []string
		for _, n := range list {
			out = append(out, n.name)
		}
		return strings.Join(out, " ")
	}
	if len(promoted) > 0 {
		t.item("Promoted: [ %s ]", names(promoted))
	}
	if len(started) > 0 {
		how := "Started"
		if r.is(rscPromotable) {
			if how = "Unpromoted"; t.configuredRole(r) == roleUnpromoted {
				how = "Unpromoted (target-role)"
			}
		}
		t.item("%s: [ %s ]", how, names(started))
	}
	t.stopped(r, len(promoted)+len(started))
	t.end()
}

// instancePlace is where an instance is that is as it should be; full is true for one that must be shown by itself.
func (t *statusText) instancePlace(r, i *resource) (n *node, full bool) {
	partly := i.isActive(false)
	anyIs := func(f uint64) bool { return i.find(func(m *resource) bool { return m.is(f) }) != nil }
	switch {
	case r.is(rscUnique):
		return nil, partly || !r.is(rscRemoved)
	case t.pending && i.pendingAction != "":
		return nil, true
	case !partly:
		return nil, false
	case anyIs(rscRemoved), i.find(func(m *resource) bool { return !m.is(rscManaged) }) != nil, anyIs(rscFailed), !i.isActive(true):
		return nil, true
	}
	n = i.place(placesCurrent)
	if n == nil || !n.online && n.unclean {
		return nil, true
	}
	return n, false
}

// configuredRole is the target role of a clone, or of its first instance.
func (t *statusText) configuredRole(r *resource) role {
	v, ok := r.meta.Lookup("target-role")
	if !ok && len(r.children) > 0 {
		v = r.children[0].meta.Get("target-role")
	}
	return parseRole(v)
}

// stopped lists the nodes on which no instance of an anonymous clone runs.
func (t *statusText) stopped(r *resource, active int) {
	if r.is(rscUnique) || r.clone.max <= active {
		return
	}
	opinion := r.allowed
	if opinion.empty() {
		opinion = r.known
	}
	by := map[string][]string{}
	var states []string
	for _, n := range t.c.nodes {
		if opinion.get(n) == nil || r.isOn(n) {
			continue
		}
		state := "Stopped"
		if t.configuredRole(r) == roleStopped {
			state = "Stopped (disabled)"
		}
		if rc, failed := t.c.failedProbe(r, n.name); failed {
			state = "Stopped (" + cib.AnswerPhrase(rc) + ")"
		}
		if by[state] == nil {
			states = append(states, state)
		}
		by[state] = append(by[state], n.name)
	}
	slices.Sort(states)
	for _, s := range states {
		t.item("%s: [ %s ]", s, strings.Join(by[s], " "))
	}
}

// failedProbe is the answer of a probe that could not find out whether a resource runs; an empty name: on any node.
func (c *cluster) failedProbe(r *resource, name string) (rc int, failed bool) {
	id := r.id
	if top := r.top(); top.isClone() {
		id = top.clone.child.Get("id")
	}
	for _, f := range c.failed {
		at, ok := f.op.Lookup("on_node")
		if !ok || name != "" && !sameFold(at, name) || !masksFailure(f.op) {
			continue
		}
		if of, _, _ := parseKey(historyKey(f.op)); of == id {
			n, _ := cib.Integer(f.op.Get("rc-code"))
			return int(n), true
		}
	}
	return 0, false
}

// pendingState is what is being done to a resource.
func (r *resource) pendingState() string {
	return map[string]string{"start": "Starting", "stop": "Stopping", "migrate_to": "Migrating", "migrate_from": "Migrating",
		"promote": "Promoting", "demote": "Demoting"}[r.pendingAction]
}

// primitive writes one resource: its agent, role and place, and what is special.
func (t *statusText) primitive(r *resource, name string, n *node) {
	if isTrue(r.meta.Get("internal")) {
		return
	}
	class := r.xml.Get("class")
	provider := ""
	if hasProvider(class) {
		provider = ":" + r.xml.Get("provider")
	}
	if n == nil {
		n = r.lockNode
	}
	if len(r.active) > 1 {
		n = nil
	}
	shown := r.role
	if shown == roleStarted && r.top().is(rscPromotable) {
		shown = roleUnpromoted
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\t(%s%s:%s):\t", name, class, provider, r.xml.Get("type"))
	if r.is(rscRemoved) {
		b.WriteString(" ORPHANED")
	}
	switch state := r.pendingState(); {
	case r.is(rscFailed):
		b.WriteString(" FAILED")
		if shown > roleUnpromoted {
			b.WriteString(" " + shown.String())
		}
	case t.pending && state != "":
		b.WriteString(" " + state)
	default:
		b.WriteString(" " + shown.String())
	}
	if n != nil {
		b.WriteString(" " + n.name)
	}
	if shown == roleStopped {
		at := ""
		if n != nil {
			at = n.name
		}
		if rc, failed := t.c.failedProbe(r, at); failed {
			b.WriteString(" (" + cib.AnswerPhrase(rc) + ") ")
		}
	}
	if flags := t.flags(r, n); len(flags) > 0 {
		b.WriteString(" (" + strings.Join(flags, ", ") + ")")
	}
	if len(r.active) > 1 {
		if desc := r.xml.Get("description"); desc != "" {
			b.WriteString(" (" + desc + ")")
		}
		var names []string
		for _, a := range r.active {
			names = append(names, a.name)
		}
		b.WriteString(" [ " + strings.Join(names, " ") + " ]")
	}
	t.item("%s", b.String())
}

// flags are what is special about a resource.
func (t *statusText) flags(r *resource, n *node) (out []string) {
	if n != nil && !n.online && n.unclean {
		out = append(out, "UNCLEAN")
	}
	if n != nil && n == r.lockNode {
		out = append(out, "LOCKED")
	}
	if t.pending && r.pendingAction == "monitor" {
		out = append(out, "Monitoring")
	}
	if text, ok := r.meta.Lookup("target-role"); ok {
		switch parseRole(text) {
		case roleStopped:
			out = append(out, "disabled")
		case roleUnpromoted:
			if r.top().is(rscPromotable) {
				out = append(out, "target-role:"+text)
			}
		}
	}
	switch {
	case r.is(rscBlocked):
		out = append(out, "blocked")
	case r.is(rscInMaintenance):
		out = append(out, "maintenance")
	case !r.is(rscManaged):
		out = append(out, "unmanaged")
	}
	if r.is(rscIgnoreFailure) {
		out = append(out, "failure ignored")
	}
	return out
}

// HasResource says whether the run knew a resource of that id.
func (r *Result) HasResource(id string) bool { return r.c.findResource(id) != nil }

// AgentOf are class, provider and type of a resource.
func (r *Result) AgentOf(id string) (class, provider, kind string, ok bool) {
	if res := r.c.findResource(id); res != nil {
		return res.xml.Get("class"), res.xml.Get("provider"), res.xml.Get("type"), true
	}
	return "", "", "", false
}

// StartFailureIsFatal says whether one failed start bans a resource from a node.
func (r *Result) StartFailureIsFatal() bool { return r.c.startFailureFatal }
