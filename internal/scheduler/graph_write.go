package scheduler

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// Graph is the transition as the executing side reads it.
func (r *Result) Graph() *xmltree.Node {
	g := r.graphHead()
	g.Children = make([]*xmltree.Node, len(r.c.graph))
	for i := range g.Children {
		g.Children[i] = r.c.synapseElement(i)
	}
	return g
}

// WriteGraph writes the transition without making the whole tree: that of a large cluster has a million nodes.
func (r *Result) WriteGraph(w io.Writer) error {
	head := r.graphHead()
	if len(r.c.graph) == 0 {
		_, err := w.Write(head.Append(nil, "  "))
		return err
	}
	const chunk = 1 << 16
	frame := xmltree.New("w")
	frame.Children = make([]*xmltree.Node, 1)
	r.c.forge = &forge{}
	defer func() { r.c.forge = nil }()
	buf := append(bytes.TrimSuffix(head.Append(nil, "  "), []byte("/>\n")), ">\n"...)
	var one []byte
	for i := range r.c.graph {
		r.c.forge.used = 0
		frame.Children[0] = r.c.synapseElement(i)
		one = frame.Append(one[:0], "  ")
		buf = append(buf, one[len("<w>\n"):len(one)-len("</w>\n")]...)
		if len(buf) >= chunk {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	_, err := w.Write(append(buf, "</transition_graph>\n"...))
	return err
}

// graphHead is the root of the transition, without what is below.
func (r *Result) graphHead() *xmltree.Node {
	c := r.c
	g := xmltree.New("transition_graph", "cluster-delay", c.spanProperty("cluster-delay", "60s"),
		"fencing-timeout", c.spanProperty("fencing-timeout", "60s"), "failed-stop-offset", "INFINITY")
	if c.startFailureFatal {
		g.Set("failed-start-offset", "INFINITY")
	} else {
		g.Set("failed-start-offset", "1")
	}
	g.Set("batch-limit", c.textProperty("batch-limit", "0"))
	g.Set("transition_id", strconv.Itoa(max(1, c.opt.TransitionID)))
	if limit := c.textProperty("migration-limit", "-1"); cib.AtLeast(limit, -1) > 0 {
		g.Set("migration-limit", limit)
	}
	if c.changes.At > 0 {
		g.Set("recheck-by", strconv.FormatInt(c.changes.At, 10))
	}
	return g
}

// synapseElement is one action with everything that has to happen before.
func (c *cluster) synapseElement(i int) *xmltree.Node {
	s := &c.graph[i]
	x := c.element("synapse", "id", strconv.Itoa(i))
	priority := s.action.priority
	if s.action.rsc != nil {
		priority = max(priority, s.action.rsc.priority)
	}
	if priority > 0 {
		x.Set("priority", strconv.Itoa(priority))
	}
	inputs := c.element("inputs")
	for _, in := range s.inputs {
		inputs.Add(c.element("trigger").Add(c.actionElement(in)))
	}
	return x.Add(c.element("action_set").Add(c.fullElement(s.action)), inputs)
}

// actionElement names an action.
func (c *cluster) actionElement(a *action) *xmltree.Node {
	name, withNode := "rsc_op", true
	switch {
	case a.task == "stonith":
		if name = "crm_event"; a.is(actPseudo) {
			name = "pseudo_event"
		}
	case a.task == "do_shutdown", a.task == "clear_failcount", a.task == "lrm_delete":
		name = "crm_event"
	case a.is(actPseudo):
		name, withNode = "pseudo_event", false
	}
	x := c.element(name)
	x.Attrs = slices.Grow(x.Attrs, 8)
	if a.task == "lrm_delete" {
		x.Set("mode", "cib")
	}
	x.Set("id", strconv.Itoa(a.id))
	x.Set("operation", a.task)
	if a.rsc != nil && a.rsc.historyID != "" {
		x.Set("operation_key", a.historyKey("notify_type", "notify_operation"))
		x.Set("internal_operation_key", a.key)
	} else {
		x.Set("operation_key", a.key)
	}
	if withNode && a.node != nil {
		x.Set("on_node", a.node.name)
		x.Set("on_node_uuid", a.node.id)
		if host := a.connectionHost(); host != nil {
			x.Set("router_node", host.name)
		}
	}
	return x
}

// historyKey is the key of an action with the name that the resource has in its history.
func (a *action) historyKey(kind, task string) string {
	id := a.rsc.historyID
	if a.task == "notify" {
		return notifyKey(id, a.metaText(kind), a.metaText(task))
	}
	name := a.task
	if a.cancels != "" {
		name = a.cancels
	}
	n, _ := cib.Integer(a.metaText("interval"))
	return opKey(id, name, uint32(max(n, 0)))
}

// fullElement is an action with everything that is needed to carry it out.
func (c *cluster) fullElement(a *action) *xmltree.Node {
	x := c.actionElement(a)
	withNode := x.Name != "pseudo_event" || a.task == "stonith"
	if a.rsc != nil && !a.is(actPseudo) {
		if lock := a.rsc.lockNode; lock != nil && a.node == lock && !(a.node.shutdown && a.task != "stop") {
			x.Set("shutdown-lock", strconv.FormatInt(a.rsc.lockTime, 10))
		}
		x.Add(a.rsc.description())
	}
	x.Add(c.attributes(a, withNode))
	if withNode && a.node != nil {
		if d := c.downed(a); d != nil {
			x.Add(d)
		}
	}
	if a.task == "maintenance_nodes" {
		m := c.element("maintenance")
		for _, n := range c.maintenanceNodes() {
			value := "0"
			if n.maintenance {
				value = "1"
			}
			m.Add(c.element("node", "id", n.id, "node_in_maintenance", value))
		}
		x.Add(m)
	}
	return x
}

// description is what an executor must know of a resource.
func (r *resource) description() *xmltree.Node {
	x := r.c.element(r.xml.Name)
	id := r.xml.Get("id")
	switch {
	case r.is(rscRemoved) && r.historyID != "":
		x.Set("id", r.historyID)
		x.Set("long-id", r.id)
	case !r.is(rscUnique):
		x.Set("id", id)
		if r.historyID != "" && r.historyID != id {
			x.Set("long-id", r.historyID)
		} else {
			x.Set("long-id", r.id)
		}
	default:
		x.Set("id", r.id)
	}
	for _, name := range [...]string{"class", "provider", "type"} {
		if v, ok := r.meta.Lookup(name); ok {
			x.Set(name, v)
		}
	}
	return x
}

// metaName is the name of a meta attribute among parameters; some are for nobody else. A graph asks for the same few names all the time.
func (c *cluster) metaName(name string) (string, bool) {
	n, known := c.metaNames[name]
	if !known {
		if !strings.ContainsAny(name, "#:") {
			n = "CRM_meta_" + strings.ReplaceAll(name, "-", "_")
		}
		c.metaNames[name] = n
	}
	return n, n != ""
}

// attributes are parameters and meta attributes of an action, sorted by name.
func (c *cluster) attributes(a *action, withNode bool) *xmltree.Node {
	x := c.element("attributes")
	out := c.pairs[:0]
	out.Set("crm_feature_set", featureSet)
	for _, p := range a.extra {
		out.Default(p.Name, p.Value)
	}
	if a.rsc != nil && (a.node != nil || a.rsc.isPrimitive()) {
		addr := a.rsc.parameters(nil).Get("addr")
		for _, p := range *a.rsc.parameters(a.node) {
			if isDigit(p.Name) {
				x.Add(c.element("param", "name", p.Name, "value", p.Value))
				continue
			}
			if p.Name == "addr" && p.Value == "#uname" {
				p.Value = addr
			}
			out.Default(p.Name, p.Value)
		}
	}
	meta := func(name, value string) {
		if n, ok := c.metaName(name); ok {
			out.Default(n, value)
		}
	}
	if withNode && a.node != nil {
		meta("on_node", a.node.name)
		meta("on_node_uuid", a.node.id)
	}
	for _, p := range a.own {
		meta(p.Name, p.Value)
	}
	for _, p := range a.base {
		meta(p.Name, p.Value)
	}
	for r := a.rsc; r != nil; r = r.parent {
		r.addGraphMeta(&out)
	}
	if a.rsc != nil {
		a.addHostMeta(meta)
	}
	slices.SortStableFunc(out, func(p, q cib.Pair) int { return strings.Compare(p.Name, q.Name) })
	c.pairs = out
	x.Attrs = slices.Grow(x.Attrs, len(out))
	for _, p := range out {
		x.Attrs = append(x.Attrs, xmltree.Attr{Name: p.Name, Value: p.Value})
	}
	return x
}

// addGraphMeta adds what an agent must know about the place of its resource among others.
func (r *resource) addGraphMeta(out *cib.Pairs) {
	switch r.variant {
	case primitive:
		for _, name := range [...]string{"clone", "remote-node"} {
			if v, ok := r.meta.Lookup(name); ok {
				n, _ := r.c.metaName(name)
				out.Set(n, v)
			}
		}
		for p := r; p != nil; p = p.parent {
			if p.launcher != nil {
				out.Set("CRM_meta_container", p.launcher.id)
			}
		}
		if v, ok := r.meta.Lookup("external-ip"); ok {
			out.Set("pcmk_external_ip", v)
		}
	case clone:
		d := r.clone
		out.Set("CRM_meta_globally_unique", strconv.FormatBool(r.is(rscUnique)))
		out.Set("CRM_meta_notify", strconv.FormatBool(r.is(rscNotify)))
		out.Set("CRM_meta_clone_max", strconv.Itoa(d.max))
		out.Set("CRM_meta_clone_node_max", strconv.Itoa(d.nodeMax))
		if r.is(rscPromotable) {
			out.Set("CRM_meta_promoted_max", strconv.Itoa(d.promotedMax))
			out.Set("CRM_meta_promoted_node_max", strconv.Itoa(d.promotedNodeMax))
			out.Set("CRM_meta_master_max", strconv.Itoa(d.promotedMax))
			out.Set("CRM_meta_master_node_max", strconv.Itoa(d.promotedNodeMax))
		}
	}
}

// addHostMeta tells an agent in a guest which machine it is on.
func (a *action) addHostMeta(meta func(name, value string)) {
	if !a.node.isGuest() {
		return
	}
	launcher := a.node.connection.launcher
	task := a.task
	if task == "notify" || task == "notified" {
		task = a.metaText("notify_operation")
	}
	var host *node
	switch task {
	case "stop", "stopped", "demote", "demoted":
		host = launcher.current()
	case "start", "running", "monitor", "promote", "promoted":
		host = launcher.assigned
	}
	if host == nil {
		return
	}
	if target, ok := a.rsc.meta.Lookup("container-attribute-target"); ok {
		meta("container-attribute-target", target)
	}
	meta("physical-host", host.name)
}

// downed are the nodes that an action takes away.
func (c *cluster) downed(a *action) *xmltree.Node {
	x := c.element("downed")
	add := func(id string) { x.Add(c.element("node", "id", id)) }
	switch {
	case a.task == "do_shutdown":
		add(a.node.id)
	case a.task == "stonith":
		if op := a.metaText("stonith_action"); op != "off" && op != "reboot" {
			return nil
		}
		add(a.node.id)
		if c.haveRemote {
			for _, r := range a.node.running {
				if r.is(rscRemoteConnection) && r.launcher != nil {
					if n := c.findNode(r.id); n != nil {
						add(n.id)
					}
				}
			}
		}
	case a.rsc != nil && a.rsc.is(rscRemoteConnection) && a.task == "stop":
		for _, e := range a.before {
			if in := e.action; in.rsc != nil && in.rsc.id == a.rsc.id && in.task == "migrate_from" {
				return nil
			}
		}
		add(a.rsc.id)
	default:
		return nil
	}
	return x
}

// isDigit says whether a name begins with a digit, as those of positional parameters do.
func isDigit(name string) bool { return name != "" && name[0] >= '0' && name[0] <= '9' }
