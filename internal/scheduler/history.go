package scheduler

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// unpackHistory reads what a node recorded about resources.
func (c *cluster) unpackHistory(n *node, x *xmltree.Node) {
	list := x.Find("lrm", "lrm_resources")
	if list == nil {
		return
	}
	removed := false
	for entry := range list.Elements("lrm_resource") {
		if r := c.unpackEntry(n, entry); r != nil && r.is(rscRemovedLaunched) {
			removed = true
		}
	}
	if !removed {
		return
	}
	for entry := range list.Elements("lrm_resource") {
		launcherID, ok := entry.Lookup("container")
		if !ok {
			continue
		}
		launcher, r := c.findResource(launcherID), c.findResource(entry.Get("id"))
		if launcher != nil && r != nil && r.launcher == nil && r.is(rscRemovedLaunched) {
			r.launcher = launcher
			launcher.launched = append(launcher.launched, r)
		}
	}
}

// unpackEntry reads what a node recorded about one resource.
func (c *cluster) unpackEntry(n *node, entry *xmltree.Node) *resource {
	id, ok := entry.Lookup("id")
	ops := sortedOps(entry)
	if !ok || len(ops) == 0 && !c.shutdownLock {
		return nil
	}
	r := c.resourceOfEntry(n, id)
	if r == nil {
		if len(ops) == 0 {
			return nil
		}
		if r = c.removedResource(entry); r == nil {
			return nil
		}
	}
	if c.shutdownLock {
		c.unpackLock(entry, r, n)
	}
	saved := r.role
	r.role = roleUnknown
	h := &history{c: c, r: r, n: n}
	for _, op := range ops {
		h.play(op)
	}
	start, stop := activeOps(ops)
	c.recurringOfHistory(n, r, start, stop, ops)
	c.applyHistory(r, n, h.onFail)
	if to, ok := r.targetRole(); ok && (r.next == roleUnknown || to < r.next) {
		r.setNext(to)
	}
	if saved > r.role {
		r.role = saved
	}
	return r
}

func (c *cluster) unpackLock(entry *xmltree.Node, r *resource, n *node) {
	since, _ := cib.Integer(entry.Get("shutdown-lock"))
	if since == 0 {
		return
	}
	if c.shutdownLockLimit > 0 && c.now.Unix > since+seconds(c.shutdownLockLimit) {
		c.clearHistory(r, n)
		return
	}
	r.lockNode, r.lockTime = n, since
}

// clearHistory schedules that what is recorded about a resource on a node is forgotten.
func (c *cluster) clearHistory(r *resource, n *node) {
	c.action(r, r.key("lrm_delete"), "lrm_delete", n, false)
}

// resourceOfEntry finds the resource that a history entry belongs to; for an anonymous clone it chooses the instance.
func (c *cluster) resourceOfEntry(n *node, id string) *resource {
	var parent *resource
	r := c.findResource(id)
	switch {
	case r == nil:
		if zero := c.findResource(baseName(id) + ":0"); zero != nil && !zero.is(rscUnique) {
			r, parent = zero, zero.top()
		}
	case r.variant > primitive:
		return nil
	default:
		parent = r.top()
	}
	if parent.isAnonymous() {
		if parent.isBundled() {
			r = nil
			for _, p := range parent.parent.bundle.replicas {
				if p.node == n {
					r = p.child
					break
				}
			}
		} else {
			r = c.anonymousInstance(n, parent, baseName(id))
		}
	}
	if r != nil && id != r.id && id != r.historyID {
		r.historyID = id
		c.noteHistoryName(id, r)
	}
	return r
}

// cloneMember finds a primitive in an instance by its id or its name in the configuration.
func (r *resource) cloneMember(id string) *resource {
	if !r.top().isClone() {
		return nil
	}
	return r.find(func(m *resource) bool { return m.id == id || m.xml.Get("id") == id })
}

// anonymousInstance chooses: an instance that is already on the node, else the first free one, else a surplus one.
func (c *cluster) anonymousInstance(n *node, parent *resource, id string) *resource {
	var found, inactive *resource
	skip := false
	for _, child := range parent.children {
		if found != nil {
			break
		}
		where := child.places(placesCurrent | placesPending)
		if len(where) > 0 {
			if where[0] == n {
				if found = child.cloneMember(id); found != nil && len(found.active) > 0 {
					// The same member twice on a node: something is wrong, and this is no free instance's fault.
					skip, found = true, nil
				}
			}
			continue
		}
		if !skip && inactive == nil && !child.is(rscBlocked) {
			if inactive = child.cloneMember(id); inactive != nil && inactive.pendingNode != nil && inactive.pendingNode != n {
				inactive = nil
			}
		}
	}
	if found == nil && !skip {
		found = inactive
	}
	if found != nil && !found.is(rscNeedsFencing) && (!n.online || n.unclean) && !n.isGuest() && parent.clone.max != len(c.nodes) {
		// History of a lost node must not take an instance away from those that may run.
		found = nil
	}
	if found == nil {
		if extra := parent.addInstance(); extra != nil {
			found = extra.cloneMember(id)
		}
	}
	return found
}

const (
	placesCurrent = 1 << iota
	placesPending
	placesAssigned
)

// places are the nodes of a resource and everything below it, each once.
func (r *resource) places(which int) []*node {
	var out []*node
	add := func(n *node) {
		if n != nil && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	var walk func(*resource)
	walk = func(r *resource) {
		if len(r.children) > 0 {
			for _, child := range r.children {
				walk(child)
			}
			return
		}
		if which&placesCurrent != 0 {
			for _, n := range r.active {
				add(n)
			}
		}
		if which&placesPending != 0 {
			add(r.pendingNode)
		}
		if which&placesAssigned != 0 {
			add(r.assigned)
		}
	}
	walk(r)
	return out
}

// place is the only node of a resource, nil when there are none or several. Members of a collection are taken together.
func (r *resource) place(which int) *node {
	if len(r.children) == 0 && which == placesAssigned {
		return r.assigned
	}
	if p := r.places(which); len(p) == 1 {
		return p[0]
	}
	return nil
}

// removedResource stands for a resource that only history knows. It may not run anywhere.
func (c *cluster) removedResource(entry *xmltree.Node) *resource {
	x := xmltree.New("primitive")
	for _, a := range entry.Attributes() {
		x.Set(a.Name, a.Value)
	}
	r := c.unpackResource(x, nil, "")
	if r == nil {
		return nil
	}
	if isConnection(x) {
		n := c.findNode(r.id)
		if n == nil {
			n = c.addNode(r.id, r.id, "remote", 0)
		}
		c.linkConnection(r)
		n.shutdown = true
	}
	if _, ok := entry.Lookup("container"); ok {
		r.set(rscRemovedLaunched)
	}
	r.set(rscRemoved)
	c.addTop(r)
	if c.stopRemoved {
		r.banEverywhere(source{kind: fromRemoved})
	} else {
		r.unset(rscManaged)
	}
	return r
}

// sortedOps are the recorded operations of an entry, oldest first.
func sortedOps(entry *xmltree.Node) []*xmltree.Node {
	var ops []*xmltree.Node
	for op := range entry.Elements("lrm_rsc_op") {
		ops = append(ops, op)
	}
	// Ties stand in the reverse order of the document.
	slices.Reverse(ops)
	return sorted(ops, newer)
}

// newer says which of two recorded operations came later: negative when b did.
func newer(a, b *xmltree.Node) int {
	same := strings.EqualFold(a.Get("on_node"), b.Get("on_node"))
	if same && a.Get("id") == b.Get("id") {
		return 0
	}
	callA, callB := callID(a), callID(b)
	switch {
	case callA == -1 && callB == -1:
		return 0
	case same && callA >= 0 && callA < callB:
		return -1
	case same && callB >= 0 && callA > callB:
		return 1
	case callA >= 0 && callB >= 0 && (!same || callA == callB):
		changeA, changeB := lastChange(a), lastChange(b)
		switch {
		case changeA >= 0 && changeA < changeB:
			return -1
		case changeB >= 0 && changeA > changeB:
			return 1
		}
		return 0
	}
	keyA, okA := decodeMagic(a.Get("transition-magic"))
	keyB, okB := decodeMagic(b.Get("transition-magic"))
	if !okA || !okB {
		return 0
	}
	switch x, y := keyA.transition, keyB.transition; {
	case !strings.EqualFold(keyA.uuid, keyB.uuid) || x == y:
		if callB == -1 {
			return -1
		}
		if callA == -1 {
			return 1
		}
	case x >= 0 && x < y, y == -1:
		return -1
	case y >= 0 && x > y, x == -1:
		return 1
	}
	return 0
}

func callID(op *xmltree.Node) int64 {
	if n, ok := cib.Integer(op.Get("call-id")); ok {
		return n
	}
	return -1
}

func lastChange(op *xmltree.Node) int64 {
	if n, ok := cib.Integer(op.Get("last-rc-change")); ok {
		return n
	}
	return -1
}

// A transitionKey names the action of a transition that an operation was.
type transitionKey struct {
	action, transition, target int
	uuid                       string
}

// decodeKey reads ACTION:TRANSITION:TARGETRC:UUID.
func decodeKey(text string) (k transitionKey, ok bool) {
	for _, p := range [...]*int{&k.action, &k.transition, &k.target} {
		number, rest, found := strings.Cut(text, ":")
		v, err := strconv.Atoi(strings.TrimSpace(number))
		if !found || err != nil {
			return transitionKey{}, false
		}
		*p, text = v, rest
	}
	k.uuid = strings.TrimSpace(text)
	return k, text != ""
}

// decodeMagic reads STATUS:RC;KEY.
func decodeMagic(text string) (transitionKey, bool) {
	_, key, ok := strings.Cut(text, ";")
	if !ok {
		return transitionKey{}, false
	}
	return decodeKey(key)
}

// targetRC is the result that an operation was expected to have, -1 when unknown.
func targetRC(op *xmltree.Node) int {
	key, ok := op.Lookup("transition-key")
	if !ok {
		return -1
	}
	if k, ok := decodeKey(key); ok {
		return k.target
	}
	return -1
}

// opKey is the name of an operation.
func opKey(id, task string, interval uint32) string {
	return fmt.Sprintf("%s_%s_%d", id, task, interval)
}

// historyKey is the name under which an operation is recorded.
func historyKey(op *xmltree.Node) string {
	if k, ok := op.Lookup("operation_key"); ok {
		return k
	}
	return op.Get("id")
}

func intervalOf(op *xmltree.Node) uint32 {
	n, _ := cib.Integer(op.Get("interval"))
	return uint32(max(n, 0))
}

// activeOps finds the operation with which a resource became active and the one with which it stopped, as places in the list; -1: none.
func activeOps(ops []*xmltree.Node) (start, stop int) {
	start, stop = -1, -1
	monitor, role := -1, -1
	for i, op := range ops {
		switch task := op.Get("operation"); {
		case task == "stop" && op.Get("op-status") == "0":
			stop = i
		case task == "start", task == "migrate_from":
			start = i
		case monitor <= stop && task == "monitor":
			if rc := op.Get("rc-code"); rc == "0" || rc == "8" {
				monitor = i
			}
		case task == "promote", task == "demote":
			role = i
		}
	}
	if start == -1 {
		if start = role; start == -1 {
			start = monitor
		}
	}
	return start, stop
}

// recurringOfHistory makes actions of the recurring operations that go on.
func (c *cluster) recurringOfHistory(n *node, r *resource, start, stop int, ops []*xmltree.Node) {
	for i, op := range ops {
		if !n.online {
			return
		}
		if start < stop && i <= stop || i < start {
			continue
		}
		if interval := intervalOf(op); interval > 0 && op.Get("op-status") != "-1" {
			task := op.Get("operation")
			c.action(r, opKey(r.id, task, interval), task, n, true)
		}
	}
}

// historyEntries are the records of a resource on a node.
func (c *cluster) historyEntries(nodeName, id string) iter.Seq[*xmltree.Node] {
	return func(yield func(*xmltree.Node) bool) {
		status := c.input.First("status")
		if status == nil {
			return
		}
		for state := range status.Elements("node_state") {
			if state.Get("uname") != nodeName {
				continue
			}
			list := state.Find("lrm", "lrm_resources")
			if list == nil {
				continue
			}
			for entry := range list.Elements("lrm_resource") {
				if entry.Get("id") == id && !yield(entry) {
					return
				}
			}
		}
	}
}

// historyOps are the recorded operations of a resource on a node.
func (c *cluster) historyOps(nodeName, id string) iter.Seq[*xmltree.Node] {
	return func(yield func(*xmltree.Node) bool) {
		for entry := range c.historyEntries(nodeName, id) {
			for op := range entry.Elements("lrm_rsc_op") {
				if !yield(op) {
					return
				}
			}
		}
	}
}
