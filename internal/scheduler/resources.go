package scheduler

import (
	"slices"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// What the classes of agents can do.
func hasProvider(class string) bool { return strings.EqualFold(class, "ocf") }
func canBeUnique(class string) bool {
	return strings.EqualFold(class, "ocf") || strings.EqualFold(class, "stonith")
}
func canBePromoted(class string) bool  { return strings.EqualFold(class, "ocf") }
func hasFenceParams(class string) bool { return strings.EqualFold(class, "stonith") }

// isConnection says whether an element describes the connection to a remote or guest node.
func isConnection(x *xmltree.Node) bool {
	return strings.EqualFold(x.Get("type"), "remote") && strings.EqualFold(x.Get("class"), "ocf") && strings.EqualFold(x.Get("provider"), "pacemaker")
}

// unpackResources reads the section resources: first the nodes that it implies, then everything in it.
func (c *cluster) unpackResources() {
	section := c.section("resources")
	if section == nil {
		return
	}
	elements := c.withGuestConnections(section)
	for _, x := range elements {
		id := x.Get("id")
		if id == "" {
			continue
		}
		if x.Name == "template" {
			if _, ok := c.templates[id]; !ok {
				c.templates[id] = nil
			}
			continue
		}
		if r := c.unpackResource(x, nil, ""); r != nil {
			c.addTop(r)
		}
	}
	for _, r := range c.resources {
		c.linkLauncher(r)
		c.linkConnection(r)
	}
	slices.SortStableFunc(c.resources, func(a, b *resource) int { return b.priority - a.priority })
}

// addTop appends a resource that has no parent.
func (c *cluster) addTop(r *resource) {
	c.resources = append(c.resources, r)
	c.byRscID = nil
}

// withGuestConnections returns the elements of the section and behind them the connections of guest nodes that meta attributes ask for; the
// nodes of connections are made on the way.
func (c *cluster) withGuestConnections(section *xmltree.Node) []*xmltree.Node {
	var elements, made []*xmltree.Node
	for x := range section.Elements("") {
		elements = append(elements, x)
	}
	known := func(id string) bool {
		return slices.ContainsFunc(made, func(x *xmltree.Node) bool { return x.Get("id") == id })
	}
	guest := func(x *xmltree.Node) {
		if remote := guestConnection(x); remote != nil {
			name := remote.Get("id")
			if known(name) {
				return
			}
			made = append(made, remote)
			if c.findNode(name) == nil {
				c.addNode(name, name, "remote", 0)
			}
		}
	}
	for _, x := range elements {
		switch {
		case isConnection(x):
			if id := x.Get("id"); id != "" && c.findNode(id) == nil {
				c.addNode(id, id, "remote", 0)
			}
		case x.Name == "primitive":
			guest(x)
		case x.Name == "group":
			for member := range x.Elements("") {
				guest(member)
			}
		}
	}
	// What was made counts as part of the section, so that the connection of a guest inside a guest would be found too.
	for _, x := range made {
		if id := x.Get("id"); c.findNode(id) == nil {
			c.addNode(id, id, "remote", 0)
		}
	}
	return append(elements, made...)
}

// guestConnection is the connection that an element's meta attributes ask for, nil without.
func guestConnection(x *xmltree.Node) *xmltree.Node {
	g := connectionSpec{container: x.Get("id"), connectTimeout: "60s"}
	for set := range x.Elements("meta_attributes") {
		for p := range set.Elements("") {
			value := p.Get("value")
			switch p.Get("name") {
			case "remote-node":
				g.name = value
			case "remote-addr":
				g.addr = value
			case "remote-port":
				g.port = value
			case "remote-connect-timeout":
				g.connectTimeout = value
			case "remote-allow-migrate":
				g.migrate = value
			case "is-managed":
				g.managed = value
			}
		}
	}
	if g.name == "" {
		return nil
	}
	return g.element()
}

// A connectionSpec describes a connection that nobody configured as a resource of its own.
type connectionSpec struct {
	name, container, migrate, managed, connectTimeout, addr, port string
}

func (g connectionSpec) element() *xmltree.Node {
	x := xmltree.New("primitive", "id", g.name, "class", "ocf", "provider", "pacemaker", "type", "remote")
	meta := xmltree.New("meta_attributes", "id", g.name+"-meta_attributes")
	add := func(set *xmltree.Node, name, value string) {
		if value != "" {
			set.Add(xmltree.New("nvpair", "id", set.Get("id")+"-"+name, "name", name, "value", value))
		}
	}
	add(meta, "internal", "true")
	add(meta, "container", g.container)
	add(meta, "allow-migrate", g.migrate)
	add(meta, "is-managed", g.managed)
	x.Add(meta)
	if g.addr != "" || g.port != "" {
		attrs := xmltree.New("instance_attributes", "id", g.name+"-instance_attributes")
		add(attrs, "addr", g.addr)
		add(attrs, "port", g.port)
		x.Add(attrs)
	}
	ops := xmltree.New("operations").Add(opElement(g.name, "monitor", "30s", "30s"))
	if g.connectTimeout != "" {
		ops.Add(opElement(g.name, "start", "0", g.connectTimeout))
	}
	return x.Add(ops)
}

func opElement(prefix, name, interval, timeout string) *xmltree.Node {
	op := xmltree.New("op", "id", prefix+"-"+name+"-"+interval, "interval", interval, "name", name)
	if timeout != "" {
		op.Set("timeout", timeout)
	}
	return op
}

// merged is an element with its template behind it, nil when the template is not there. The own operations win over those of the template
// with the same name and role.
func (c *cluster) merged(x *xmltree.Node) *xmltree.Node {
	ref, ok := x.Lookup("template")
	if !ok {
		return x
	}
	if done := c.expanded[x]; done != nil {
		return done
	}
	id := x.Get("id")
	section := c.section("resources")
	if ref == "" || ref == id || section == nil {
		return nil
	}
	var template *xmltree.Node
	for t := range section.Elements("template") {
		if t.Get("id") == ref {
			template = t
			break
		}
	}
	if template == nil {
		c.notes = append(c.notes, "resource "+id+" names the template "+ref+", which is not there")
		return nil
	}
	out := xmltree.New(x.Name)
	for _, a := range template.Attrs {
		out.Set(a.Name, a.Value)
	}
	out.Set("id", id)
	own, others := x.First("operations"), template.First("operations")
	for t := range template.Elements("") {
		if t != others || own == nil {
			out.Add(t)
		}
	}
	for child := range x.Elements("") {
		if child == own && others != nil {
			child = mergedOperations(own, others)
		}
		out.Add(child)
	}
	c.expanded[x] = out
	return out
}

func mergedOperations(own, template *xmltree.Node) *xmltree.Node {
	key := func(op *xmltree.Node) string {
		role := strings.ToLower(op.Get("role"))
		if role == "started" || role == "unpromoted" || role == "slave" {
			role = ""
		}
		return op.Get("name") + "-" + role
	}
	out := xmltree.New("operations")
	out.Attrs = own.Attrs
	have := map[string]bool{}
	for op := range own.Elements("") {
		have[key(op)] = true
		out.Add(op)
	}
	for op := range template.Elements("") {
		if !have[key(op)] {
			out.Add(op)
		}
	}
	return out
}

// unpackResource makes a resource and everything below it; nil when the element makes none. The number is that of an instance.
func (c *cluster) unpackResource(x *xmltree.Node, parent *resource, number string) *resource {
	id := x.Get("id")
	full := c.merged(x)
	if id == "" || full == nil {
		return nil
	}
	r := &resource{c: c, id: id, xml: full, parent: parent, number: number, role: roleStopped, flags: rscUnassigned, allowed: table{}}
	switch strings.ToLower(full.Name) {
	case "primitive":
		r.variant = primitive
	case "group":
		r.variant = group
	case "clone":
		r.variant = clone
	case "bundle":
		r.variant = bundle
	default:
		c.notes = append(c.notes, "the element "+full.Name+" with id "+id+" is no kind of resource and is left out")
		return nil
	}
	r.ops = c.refs.Resolve(full.First("operations"))
	if number != "" {
		r.id = id + ":" + number
	}
	c.unpackMeta(r)
	c.unpackFlags(r)
	if !r.unpackBelow() {
		return nil
	}
	if c.symmetric || r.is(rscRemoteConnection) && r.meta.Has("container") {
		for _, n := range c.nodes {
			r.addScore(n, 0, c.symmetric)
		}
	}
	cib.Blocks(full, "utilization", "", c.rules(), &r.utilization)
	if full != x {
		if t := x.Get("template"); t != "" {
			c.templates[t] = append(c.templates[t], id)
		}
	}
	return r
}

// unpackMeta gathers meta attributes: the element's own, those of each ancestor, the defaults, and what the parent ended with.
func (c *cluster) unpackMeta(r *resource) {
	if r.number != "" {
		r.meta.Set("clone", r.number)
	}
	for _, a := range r.xml.Attrs {
		if !strings.EqualFold(a.Value, "#default") {
			r.meta.Default(a.Name, a.Value)
		}
	}
	in := c.rules()
	in.Class, in.Provider, in.Type = r.xml.Get("class"), r.xml.Get("provider"), r.xml.Get("type")
	cib.Blocks(r.xml, "meta_attributes", "", in, &r.meta)
	if r.parent != nil {
		var above cib.Pairs
		for p := r.parent; p != nil; p = p.parent {
			cib.Blocks(p.xml, "meta_attributes", "", in, &above)
		}
		for _, p := range above {
			r.meta.Default(p.Name, p.Value)
		}
	}
	cib.Blocks(c.rscDefaults, "meta_attributes", "", in, &r.meta)
	if r.parent != nil {
		for _, p := range r.parent.meta {
			if !strings.EqualFold(p.Value, "#default") {
				r.meta.Default(p.Name, p.Value)
			}
		}
	}
}

// unpackFlags turns meta attributes into what the rest of the program looks at.
func (c *cluster) unpackFlags(r *resource) {
	if !c.maintenance {
		r.set(rscManaged)
	}
	r.priority, _ = cib.Score(r.meta.Get("priority"), c.health)
	if v, ok := r.meta.Lookup("critical"); !ok || cib.True(v) {
		r.set(rscCritical)
	}
	if cib.True(r.meta.Get("notify")) {
		r.set(rscNotify)
	}
	remote := false
	if isConnection(r.xml) {
		r.set(rscRemoteConnection)
		remote = !r.meta.Has("container")
	}
	if v, ok := r.meta.Lookup("allow-migrate"); cib.True(v) || !ok && remote {
		r.set(rscMigratable)
	}
	if v, ok := r.meta.Lookup("is-managed"); ok && !strings.EqualFold(v, "default") {
		if cib.True(v) {
			r.set(rscManaged)
		} else {
			r.unset(rscManaged)
		}
	}
	if cib.True(r.meta.Get("maintenance")) || c.maintenance {
		r.unset(rscManaged)
		r.set(rscInMaintenance)
	}
	if r.top().isClone() {
		if r.wantsUnique() {
			r.set(rscUnique)
		}
		if cib.True(r.meta.Get("promotable")) {
			r.set(rscPromotable)
		}
	} else {
		r.set(rscUnique)
	}
	switch strings.ToLower(r.meta.Get("multiple-active")) {
	case "stop_only":
		r.multiple = multipleStop
	case "block":
		r.multiple = multipleBlock
	case "stop_unexpected":
		r.multiple = multipleUnexpected
	}
	if v := r.meta.Get("resource-stickiness"); !strings.EqualFold(v, "default") {
		r.stickiness, _ = cib.Score(v, c.health)
	}
	r.threshold = infinity
	if v, ok := r.meta.Lookup("migration-threshold"); ok && !strings.EqualFold(v, "default") {
		if n, good := cib.Score(v, c.health); good && n >= 0 {
			r.threshold = n
		}
	}
	if strings.EqualFold(r.xml.Get("class"), "stonith") {
		c.haveFencing = true
		r.set(rscFenceDevice)
	}
	c.unpackRequires(r, r.meta.Get("requires"))
	r.failureTimeout, _ = cib.Interval(r.meta.Get("failure-timeout"))
	if remote {
		if v, ok := r.parameters(nil).Lookup("reconnect_interval"); ok {
			r.reconnect, _ = cib.Interval(v)
			r.failureTimeout = r.reconnect
		}
	}
	if to, ok := r.targetRole(); ok {
		r.next = to
	}
}

func (r *resource) wantsUnique() bool {
	if v, ok := r.meta.Lookup("globally-unique"); ok {
		return cib.True(v)
	}
	v, ok := r.meta.Lookup("clone-node-max")
	n, good := cib.Integer(v)
	return ok && good && n > 1
}

func (c *cluster) unpackRequires(r *resource, value string) {
	switch strings.ToLower(value) {
	case "nothing":
	case "quorum":
		r.set(rscNeedsQuorum)
	case "fencing":
		r.set(rscNeedsFencing)
	case "unfencing":
		if r.is(rscFenceDevice) || !c.fencing {
			r.set(rscNeedsQuorum)
		} else {
			r.set(rscNeedsFencing | rscNeedsUnfencing)
		}
	default:
		switch {
		case r.is(rscFenceDevice), r.isPrimitive() && isConnection(r.xml):
			value = "quorum"
		case c.unfencing:
			value = "unfencing"
		case c.fencing:
			value = "fencing"
		case c.quorumPolicy == quorumIgnore:
			value = "nothing"
		default:
			value = "quorum"
		}
		c.unpackRequires(r, value)
	}
}

// targetRole is the role that the configuration limits a resource to; ok is false when there is no limit.
func (r *resource) targetRole() (to role, ok bool) {
	value, given := r.meta.Lookup("target-role")
	if !given || strings.EqualFold(value, "started") || strings.EqualFold(value, "default") {
		return roleUnknown, false
	}
	to = parseRole(value)
	switch {
	case to == roleUnknown:
		return to, false
	case to > roleStarted && (!r.top().is(rscPromotable) || to > roleUnpromoted):
		return to, false
	}
	return to, true
}

func parseRole(text string) role {
	switch strings.ToLower(text) {
	case "stopped":
		return roleStopped
	case "started":
		return roleStarted
	case "unpromoted", "slave":
		return roleUnpromoted
	case "promoted", "master":
		return rolePromoted
	}
	return roleUnknown
}

func (r role) String() string {
	return [...]string{"Unknown", "Stopped", "Started", "Unpromoted", "Promoted"}[r]
}

// unpackBelow makes what is below a resource; false when the resource cannot be.
func (r *resource) unpackBelow() bool {
	switch r.variant {
	case primitive:
		return r.checkClass()
	case group:
		return r.unpackGroup()
	case clone:
		return r.unpackClone()
	}
	return r.unpackBundle()
}

// checkClass makes clones anonymous whose agents cannot tell instances apart.
func (r *resource) checkClass() bool {
	class, top := r.xml.Get("class"), r.top()
	if !canBeUnique(class) && r.is(rscUnique) && top.isClone() {
		top.clone.nodeMax = 1
		top.clone.max = min(top.clone.max, len(r.c.nodes))
		top.forgetUnique()
		r.forgetUnique()
	}
	return canBePromoted(class) || !top.is(rscPromotable)
}

func (r *resource) forgetUnique() {
	r.unset(rscUnique)
	r.meta.Set("globally-unique", "false")
	for _, child := range r.children {
		child.forgetUnique()
	}
}

// linkLauncher connects resources that run inside another one with it.
func (c *cluster) linkLauncher(r *resource) {
	if len(r.children) > 0 {
		for _, child := range r.children {
			c.linkLauncher(child)
		}
		return
	}
	if id, ok := r.meta.Lookup("container"); ok && id != r.id {
		if launcher := c.findResource(id); launcher != nil {
			r.launcher = launcher
			launcher.launched = append(launcher.launched, r)
		}
	}
}

// linkConnection connects the connection to a remote node with that node.
func (c *cluster) linkConnection(r *resource) {
	if !r.is(rscRemoteConnection) {
		return
	}
	n := c.findNode(r.id)
	if n == nil {
		return
	}
	n.connection = r
	if r.launcher == nil {
		n.unclean = c.startupFencing
	} else {
		n.attrs["#kind"] = "container"
	}
}

// addScore adds a score to the opinion of a resource and all below it about a node. A first score of everybody leaves out nodes that are not to
// be asked.
func (r *resource) addScore(n *node, score int, initial bool) {
	if initial && (r.is(rscExclusiveProbes) || n.probe == probeNever) {
		return
	}
	for _, child := range r.children {
		child.addScore(n, score, initial)
	}
	r.allowed.put(n).add(score)
}

// banEverywhere gives every node minus infinity, and takes back an assignment.
func (r *resource) banEverywhere() {
	for _, n := range r.c.nodes {
		r.addScore(n, -infinity, false)
	}
	r.assigned = nil
}

// findResource looks for a resource by its id or the name that its history has.
func (c *cluster) findResource(id string) *resource {
	if c.byRscID == nil {
		c.byRscID = map[string]*resource{}
		for _, top := range c.resources {
			top.eachBelow(func(r *resource) {
				if c.byRscID[r.id] == nil {
					c.byRscID[r.id] = r
				}
			})
		}
	}
	if !c.historyNames[id] {
		return c.byRscID[id]
	}
	for _, top := range c.resources {
		if r := top.find(func(r *resource) bool { return r.id == id || r.historyID == id }); r != nil {
			return r
		}
	}
	return nil
}

// find walks a resource and everything below it, outermost first.
func (r *resource) find(match func(*resource) bool) *resource {
	if match(r) {
		return r
	}
	for _, child := range r.children {
		if found := child.find(match); found != nil {
			return found
		}
	}
	return nil
}

func (r *resource) eachBelow(f func(*resource)) {
	f(r)
	for _, child := range r.children {
		child.eachBelow(f)
	}
}

// printableID is the id without instance number for anonymous instances.
func (r *resource) printableID() string {
	if r.is(rscUnique) {
		return r.id
	}
	return r.xml.Get("id")
}

// parameters are the instance attributes of a resource on a node, or without one.
func (r *resource) parameters(n *node) *cib.Pairs {
	if !r.looked {
		r.looked = true
		for p := r; p != nil; p = p.parent {
			r.varies = r.varies || cib.HasRules(p.xml, "instance_attributes", r.c.refs)
		}
	}
	name := ""
	if n != nil {
		name = n.name
	}
	if !r.varies {
		if r.shared == nil {
			r.shared = r.evaluateParameters(n)
		}
		return r.shared
	}
	if p := r.params[name]; p != nil {
		return p
	}
	p := r.evaluateParameters(n)
	if r.params == nil {
		r.params = map[string]*cib.Pairs{}
	}
	r.params[name] = p
	return p
}

func (r *resource) evaluateParameters(n *node) *cib.Pairs {
	in := r.c.rules()
	if n != nil {
		in.Node = n.attrs
	}
	out := &cib.Pairs{}
	for p := r; p != nil; p = p.parent {
		cib.Blocks(p.xml, "instance_attributes", "", in, out)
	}
	return out
}

// key is the name of an action of a resource.
func (r *resource) key(task string) string {
	if k, ok := r.keys[task]; ok {
		return k
	}
	if r.keys == nil {
		r.keys = make(map[string]string, 8)
	}
	k := r.id + "_" + task + "_0"
	r.keys[task] = k
	return k
}
