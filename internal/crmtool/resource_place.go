package crmtool

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/isotime"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// The constraints of --move and --ban have ids that other programs know: cli-prefer-RESOURCE and cli-ban-RESOURCE-on-NODE (crm spec,
// section 13). They stay until --clear takes them away, or have no effect after the end of a lifetime.
func preferID(rsc string) string    { return "cli-prefer-" + rsc }
func banID(rsc, node string) string { return "cli-ban-" + rsc + "-on-" + node }
func ofCommand(x *xmltree.Node) bool {
	return strings.HasPrefix(x.Get("id"), "cli-ban-") || strings.HasPrefix(x.Get("id"), "cli-prefer-")
}
func isPromoted(x *xmltree.Node) bool {
	return x.Get("role") == "Promoted" || x.Get("role") == "Master"
}

// aim checks what --move, --ban and --clear act on, and finds the node of -N: nil without.
func (c *resourceCall) aim() (*scheduler.NodeView, Code) {
	if c.rsc != nil && strings.Contains(c.id, ":") && c.rsc.Parent != nil && c.rsc.Parent.Kind == scheduler.Clone {
		return nil, c.failed(InvalidParameter, "Cannot operate on clone resource instance '"+c.id+"'")
	}
	if c.node == "" {
		return nil, OK
	}
	n := c.v.FindNode(c.node)
	if n == nil {
		return nil, c.fail(NoSuchObject, "Node '"+c.node+"' not found")
	}
	return n, OK
}

// failed says what is wrong, with the line below that scripts know.
func (c *resourceCall) failed(code Code, text string) Code {
	code = c.fail(code, text)
	if code != NoSuchObject && c.o.As != "xml" {
		c.complain("Error performing operation: %s\n", code)
	}
	return code
}

// active are the different nodes on which the resource runs, and those on which it is promoted.
func (c *resourceCall) active() (nodes, promoted []string) {
	for _, at := range c.locations() {
		if !slices.Contains(nodes, at.node) {
			nodes = append(nodes, at.node)
		}
		if at.promoted && !slices.Contains(promoted, at.node) {
			promoted = append(promoted, at.node)
		}
	}
	return nodes, promoted
}

// move prefers the node of -N. Without it the resource is banned from where it is.
func (c *resourceCall) move() Code {
	to, code := c.aim()
	switch {
	case code != OK:
		return code
	case to == nil:
		return c.away()
	}
	if c.promoted && !c.rsc.Promotable {
		if top := c.rsc.Top(); top.Promotable {
			c.tell("Using parent '%s' for move instead of '%s'.", top.ID, c.id)
			c.rsc, c.id = top, top.ID
		} else {
			c.tell("Ignoring --promoted option: %s is not promotable", c.id)
			c.promoted = false
		}
	}
	nodes, promoted := c.active()
	if c.rsc.Promotable && (c.promoted || len(promoted) > 0) {
		nodes = promoted
	}
	if len(nodes) > 1 && c.rsc.Kind != scheduler.Clone {
		return c.fail(Multiple, "Error performing operation: "+Multiple.String())
	}
	there := len(nodes) == 1 && nodes[0] == to.Name
	if there && !c.force {
		return c.fail(Exists, "Error performing operation: "+Exists.String())
	}
	until, code := c.until()
	if code != OK {
		return code
	}
	_, err := c.remove(func(x *xmltree.Node) bool {
		return c.prefers(x, "") || x.Get("id") == banID(c.id, to.Name)
	})
	if err == nil {
		err = c.constrain(preferID(c.id), to.Name, "INFINITY", until, "cli-prefer-rule-"+c.id, "cli-prefer-expr-"+c.id, "cli-prefer-lifetime-end-"+c.id)
	}
	if err == nil && c.force && !there {
		switch {
		case len(nodes) == 1:
			err = c.banFrom(nodes[0], until)
		case len(nodes) > 1:
			c.tell("Resource '%s' is currently %s in %d locations. One may now move to %s", c.id, c.stateWord(), len(nodes), to.Name)
			c.tell("To prevent '%s' from being %s at a specific location, specify a node.", c.id, c.stateWord())
		}
	}
	return c.finish(err)
}

func (c *resourceCall) stateWord() string {
	if c.promoted {
		return "promoted"
	}
	return "active"
}

// ban keeps the resource from the node of -N, without it from where it is.
func (c *resourceCall) ban() Code {
	from, code := c.aim()
	switch {
	case code != OK:
		return code
	case from == nil:
		return c.away()
	}
	until, code := c.until()
	if code != OK {
		return code
	}
	return c.finish(c.banFrom(from.Name, until))
}

// away bans the resource from the one place where it is active; a promotable one from the one place where it is promoted.
func (c *resourceCall) away() Code {
	nodes, promoted := c.active()
	from := nodes
	if len(nodes) != 1 && c.rsc.Promotable {
		from = promoted
	}
	if len(from) == 1 {
		until, code := c.until()
		if code != OK {
			return code
		}
		return c.finish(c.banFrom(from[0], until))
	}
	text := fmt.Sprintf("Resource '%s' not moved: active in %d locations", c.id, len(nodes))
	if c.rsc.Promotable {
		text += fmt.Sprintf(" (promoted in %d)", len(promoted))
	}
	text += fmt.Sprintf(".\nTo prevent '%s' from running on a specific location, specify a node.", c.id)
	if c.rsc.Promotable {
		text += fmt.Sprintf("\nTo prevent '%s' from being promoted at a specific location, specify a node and the --promoted option.", c.id)
	}
	return c.fail(Usage, text)
}

// until is the end of a lifetime, empty without one.
func (c *resourceCall) until() (string, Code) {
	if c.lifetime == "" {
		return "", OK
	}
	d, err := isotime.ParseDuration(c.lifetime)
	if err != nil {
		c.complain("Invalid duration specified: %s\nPlease refer to https://en.wikipedia.org/wiki/ISO_8601#Durations for examples of valid durations\n", c.lifetime)
		return "", Usage
	}
	now := c.now()
	_, offset := now.Zone()
	end := d.After(isotime.Time{Unix: now.Unix(), Offset: int32(offset)}).String()
	c.tell("Migration will take effect until: %s", end)
	return end, OK
}

func (c *resourceCall) banFrom(node, until string) error {
	id, what := banID(c.id, node), "running"
	if c.promoted {
		what = "being promoted"
	}
	c.tell("WARNING: Creating rsc_location constraint '%[1]s' with a score of -INFINITY for resource %[2]s on %[3]s.\n"+
		"\tThis will prevent %[2]s from %[4]s on %[3]s until the constraint is removed using the clear option or by editing the CIB with an appropriate tool\n"+
		"\tThis will be the case even if %[3]s is the last node in the cluster", id, c.id, node, what)
	return c.constrain(id, node, "-INFINITY", until, id+"-rule", id+"-expr", id+"-lifetime")
}

// constrain writes a constraint: with an end as a rule with the three ids.
func (c *resourceCall) constrain(id, node, score, until, rule, expr, lifetime string) error {
	role := "Started"
	if c.promoted {
		role = "Promoted"
	}
	x := xmltree.New("rsc_location", "id", id, "rsc", c.id, "role", role)
	if until == "" {
		x.Set("node", node)
		x.Set("score", score)
	} else {
		x.Add(xmltree.New("rule", "id", rule, "score", score, "boolean-op", "and").Add(
			xmltree.New("expression", "id", expr, "attribute", "#uname", "operation", "eq", "value", node, "type", "string"),
			xmltree.New("date_expression", "id", lifetime, "operation", "lt", "end", until)))
	}
	_, err := c.doc.Do(edit.Request{Op: edit.Modify, Section: "constraints", Data: x, AllowCreate: true})
	return err
}

// prefers says whether a constraint was made by --move to that node, or to any for an empty one.
func (c *resourceCall) prefers(x *xmltree.Node, node string) bool {
	if x.Get("id") != preferID(c.id) {
		return false
	}
	return node == "" || c.force || x.Get("node") == node || names(x, node)
}

// names says whether a rule of the constraint asks for that node.
func names(x *xmltree.Node, node string) bool {
	for e := range x.All() {
		if e.Name == "expression" && e.Get("attribute") == "#uname" && e.Get("value") == node {
			return true
		}
	}
	return false
}

// remove takes away the constraints of commands for which holds says so, and returns their ids in order.
func (c *resourceCall) remove(holds func(*xmltree.Node) bool) (ids []string, err error) {
	section := edit.Section(c.doc.Root(), "constraints")
	if section == nil {
		return nil, nil
	}
	for x := range section.Elements("rsc_location") {
		if ofCommand(x) && holds(x) {
			ids = append(ids, x.Get("id"))
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		if _, err := c.doc.Do(edit.Request{Op: edit.Delete, XPath: fmt.Sprintf("//rsc_location[@id=%s]", quoted(id))}); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// clear takes away what --move and --ban made, on the node of -N or on all; with --expired only what has no effect any more.
func (c *resourceCall) clear() Code {
	if c.rsc == nil && !c.expired {
		return c.o.Wrong("Must supply a resource id with -r")
	}
	at, code := c.aim()
	if code != OK {
		return code
	}
	node := ""
	if at != nil {
		node = at.Name
	}
	holds := func(x *xmltree.Node) bool {
		if node != "" {
			return c.prefers(x, node) || x.Get("id") == banID(c.id, node)
		}
		return c.prefers(x, "") || slices.ContainsFunc(c.v.Nodes, func(n *scheduler.NodeView) bool { return x.Get("id") == banID(c.id, n.Name) })
	}
	if c.expired {
		holds = func(x *xmltree.Node) bool {
			return (c.id == "" || x.Get("rsc") == c.id) && (node == "" || x.Get("node") == node || names(x, node)) && (!c.promoted || isPromoted(x)) && over(x, c.now())
		}
	}
	ids, err := c.remove(holds)
	if err == nil && len(ids) > 0 {
		err = c.doc.Save()
	}
	if err != nil {
		return c.fail(DocumentCode(err), "Error performing operation: "+err.Error())
	}
	for _, id := range ids {
		c.tell("Removing constraint: %s", id)
	}
	return c.done(nil)
}

// over says whether the lifetime of a constraint ended before now.
func over(x *xmltree.Node, now time.Time) bool {
	id := x.Get("id") + "-lifetime"
	if strings.HasPrefix(x.Get("id"), "cli-prefer-") {
		id = "cli-prefer-lifetime-end-" + x.Get("rsc")
	}
	for e := range x.All() {
		if e.Name != "date_expression" || e.Get("id") != id {
			continue
		}
		if end, err := isotime.Parse(e.Get("end"), isotime.UTC(now.Unix())); err == nil && end.Unix < now.Unix() {
			return true
		}
	}
	return false
}

// tell says something to people: neither to those who asked for quiet nor to readers of XML.
func (c *resourceCall) tell(format string, args ...any) {
	if !c.quiet && c.o.As != "xml" {
		c.printf(format+"\n", args...)
	}
}

// finish saves what was changed without an error.
func (c *resourceCall) finish(err error) Code {
	if err == nil {
		err = c.doc.Save()
	}
	if err != nil {
		return c.fail(DocumentCode(err), "Error performing operation: "+err.Error())
	}
	return c.done(nil)
}
