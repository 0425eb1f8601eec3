package scheduler

import (
	"slices"
	"strings"

	"heartbeat/internal/cib"
)

// A notification tells the instances of a clone before and after what happens to the others.
type notification struct {
	task                         string
	pre, preDone, post, postDone *action
	stop, start, demote, promote []notifyEntry
	active, inactive             []notifyEntry
	promoted, unpromoted         []notifyEntry
	allowed                      table
	hasAllowed                   bool
	keys                         cib.Pairs
}

type notifyEntry struct {
	r *resource
	n *node
}

func notifyKey(id, kind, task string) string { return id + "_" + kind + "_notify_" + task + "_0" }

// newNotification makes the milestones around an action; nil for resources that want no notifications. The action or what completes it may be
// missing.
func (c *cluster) newNotification(r *resource, task string, a, complete *action) *notification {
	if !r.is(rscNotify) {
		return nil
	}
	n := &notification{task: task}
	make := func(of *action, kind, name, said string) *action {
		m := c.action(r, notifyKey(r.id, kind, of.task), name, nil, of.is(actOptional))
		m.set(actPseudo)
		m.own.Set("notify_key_type", kind)
		m.own.Set("notify_key_operation", of.task)
		m.own.Set("notify_type", said)
		m.own.Set("notify_operation", task)
		return m
	}
	if a != nil {
		n.pre = make(a, "pre", "notify", "pre")
		n.pre.set(actRunnable)
		n.preDone = make(a, "confirmed-pre", "notified", "pre")
		n.preDone.set(actRunnable)
		c.orderActions(n.pre, n.preDone, relOrdered)
		c.orderActions(n.preDone, a, relOrdered)
	}
	if complete != nil {
		n.post = make(complete, "post", "notify", "post")
		n.postDone = make(complete, "confirmed-post", "notified", "post")
		for _, m := range []*action{n.post, n.postDone} {
			m.priority = infinity
			m.unset(actRunnable)
			if complete.is(actRunnable) {
				m.set(actRunnable)
			}
		}
		c.orderActions(complete, n.post, relFirstImpliesThen)
		c.orderActions(n.post, n.postDone, relFirstImpliesThen)
	}
	if a != nil && complete != nil {
		c.orderActions(n.preDone, n.post, relOrdered)
	}
	return n
}

// fillNotifications makes the notifications of the instances of a clone, now that it is clear what will happen.
func (c *cluster) fillNotifications(r *resource) {
	for _, n := range []*notification{r.clone.start, r.clone.stop, r.clone.promote, r.clone.demote} {
		if n != nil {
			n.collect(r, true)
			c.addNotifyKeys(r, n)
			c.notifyInstances(r, n)
		}
	}
}

// collect notes what the instances do, if activity is wanted, and in which roles they are.
func (n *notification) collect(r *resource, activity bool) {
	if !n.hasAllowed {
		n.allowed, n.hasAllowed = r.allowed, true
	}
	if len(r.children) > 0 {
		for _, child := range r.children {
			n.collect(child, activity)
		}
		return
	}
	e := notifyEntry{r: r}
	if len(r.active) > 0 {
		e.n = r.active[0]
	}
	add := func(list *[]notifyEntry, e notifyEntry) { *list = append([]notifyEntry{e}, *list...) }
	switch r.role {
	case roleStopped:
		add(&n.inactive, e)
	case roleStarted:
		add(&n.active, e)
	case roleUnpromoted:
		add(&n.unpromoted, e)
		add(&n.active, e)
	case rolePromoted:
		add(&n.promoted, e)
		add(&n.active, e)
	}
	if !activity {
		return
	}
	for i := len(r.actions) - 1; i >= 0; i-- {
		a := r.actions[i]
		if a.is(actOptional) || a.node == nil || !a.is(actRunnable) && !(a.task == "stop" && a.node.unclean) {
			continue
		}
		e := notifyEntry{r, a.node}
		switch a.task {
		case "start":
			add(&n.start, e)
		case "stop":
			add(&n.stop, e)
		case "promote":
			add(&n.promote, e)
		case "demote":
			add(&n.demote, e)
		}
	}
}

// texts are the resources and nodes of entries, sorted, a blank when there are none. An entry without node counts only where nodes do not matter.
func texts(list []notifyEntry, withNodes bool) (resources, nodes string) {
	slices.SortStableFunc(list, func(a, b notifyEntry) int {
		if d := strings.Compare(a.r.id, b.r.id); d != 0 {
			return d
		}
		switch {
		case a.n == nil && b.n == nil:
			return 0
		case a.n == nil:
			return 1
		case b.n == nil:
			return -1
		}
		return strings.Compare(a.n.id, b.n.id)
	})
	last := ""
	var rs, ns []string
	for _, e := range list {
		if withNodes && e.n == nil || e.r.id == last {
			continue
		}
		last = e.r.id
		rs = append(rs, e.r.id)
		if withNodes {
			ns = append(ns, e.n.name)
		}
	}
	return joined(rs), joined(ns)
}

func joined(words []string) string {
	if len(words) == 0 {
		return " "
	}
	return strings.Join(words, " ")
}

// addNotifyKeys writes down what agents are told, and makes the milestones required where something happens.
func (c *cluster) addNotifyKeys(r *resource, n *notification) {
	required := false
	for _, k := range []struct {
		name, again string
		list        []notifyEntry
	}{
		{"stop", "", n.stop}, {"start", "", n.start}, {"demote", "", n.demote}, {"promote", "", n.promote}, {"active", "", n.active},
		{"unpromoted", "slave", n.unpromoted}, {"promoted", "master", n.promoted},
	} {
		resources, nodes := texts(k.list, true)
		if n.task == k.name && (len(k.list) > 0 && k.name != "stop" || resources != " " && k.name == "stop") {
			required = true
		}
		for _, name := range []string{k.name, k.again} {
			if name != "" {
				n.keys.Set("notify_"+name+"_resource", resources)
				n.keys.Set("notify_"+name+"_uname", nodes)
			}
		}
	}
	inactive, _ := texts(n.inactive, false)
	n.keys.Set("notify_inactive_resource", inactive)
	var available, all, hosts []string
	for _, m := range c.nodes {
		if n.allowed.get(m) != nil {
			available = append(available, m.name)
		}
		all = append(all, m.name)
		host := m
		if m.isGuest() && len(m.connection.launcher.active) > 0 {
			host = m.connection.launcher.current()
		}
		hosts = append(hosts, host.name)
	}
	n.keys.Set("notify_available_uname", joined(available))
	if r.meta.Get("container-attribute-target") == "host" {
		n.keys.Set("notify_all_hosts", joined(hosts))
	}
	n.keys.Set("notify_all_uname", joined(all))
	if required {
		for _, a := range []*action{n.pre, n.preDone, n.post, n.postDone} {
			if a != nil {
				a.unset(actOptional)
			}
		}
	}
}

// notifyInstances makes the notifications for one instance, or for everything below a resource.
func (c *cluster) notifyInstances(r *resource, n *notification) {
	if len(r.children) > 0 {
		for _, child := range r.children {
			c.notifyInstances(child, n)
		}
		return
	}
	for i := len(r.actions) - 1; i >= 0; i-- {
		a := r.actions[i]
		if a.is(actOptional) || a.node == nil {
			continue
		}
		switch a.task {
		case "start", "stop", "promote", "demote":
			for _, k := range n.keys {
				a.own.Set(k.Name, k.Value)
			}
		}
	}
	switch n.task {
	case "start":
		if len(n.start) == 0 {
			return
		}
	case "promote":
		if len(n.promote) == 0 {
			return
		}
	case "demote":
		if len(n.demote) == 0 {
			return
		}
	}
	if r.role != roleStopped && (n.task == "stop" || n.task == "demote") {
		stop := r.firstAction("stop", nil)
		for _, at := range r.active {
			if stop != nil && stop.is(actPseudo) && (at.unclean || at.remoteReset) {
				continue
			}
			c.notifyOn(r, at, n.pre, n.preDone, n)
			if n.task == "demote" || stop == nil || stop.is(actOptional) {
				c.notifyAfter(r, at, n)
			}
		}
	}
	if r.next == roleStopped || n.task != "start" && n.task != "promote" {
		return
	}
	start := r.firstAction("start", nil)
	if start != nil && start.node != nil && start.node.connection != nil {
		if remote := start.node.connection.firstAction("start", nil); remote != nil && !remote.is(actRunnable) {
			return
		}
	}
	if r.assigned == nil {
		return
	}
	if n.task != "start" || start == nil || start.is(actOptional) {
		c.notifyOn(r, r.assigned, n.pre, n.preDone, n)
	}
	c.notifyAfter(r, r.assigned, n)
}

// notifyOn makes one notification on a node, between two milestones.
func (c *cluster) notifyOn(r *resource, at *node, of, done *action, n *notification) *action {
	if of == nil || done == nil || !at.online || !of.is(actRunnable) {
		return nil
	}
	a := c.action(r, notifyKey(r.id, of.metaText("notify_type"), of.metaText("notify_operation")), of.task, at, of.is(actOptional))
	for _, pairs := range []cib.Pairs{of.own, of.base} {
		for _, p := range pairs {
			if _, have := a.meta(p.Name); !have {
				a.own.Set(p.Name, p.Value)
			}
		}
	}
	for _, k := range n.keys {
		a.own.Set(k.Name, k.Value)
	}
	c.orderActions(of, a, relOrdered)
	c.orderActions(a, done, relOrdered)
	return a
}

// notifyAfter makes a notification for what has happened; monitors wait for it.
func (c *cluster) notifyAfter(r *resource, at *node, n *notification) {
	if a := c.notifyOn(r, at, n.post, n.postDone, n); a != nil {
		a.priority = infinity
	}
	if n.postDone == nil {
		return
	}
	for i := len(r.actions) - 1; i >= 0; i-- {
		a := r.actions[i]
		if v, ok := a.meta("interval"); ok && v != "0" && a.task != "cancel" {
			c.orderActions(n.postDone, a, relOrdered)
		}
	}
}

// notifyAfterFencing tells the other instances that one is gone with its node.
func (c *cluster) notifyAfterFencing(stop *action, r *resource, fencing *action) {
	n := c.newNotification(r, "stop", nil, fencing)
	if n == nil {
		return
	}
	n.collect(r, false)
	n.keys.Set("notify_stop_resource", r.id)
	n.keys.Set("notify_stop_uname", stop.node.name)
	c.notifyInstances(r.top(), n)
}
