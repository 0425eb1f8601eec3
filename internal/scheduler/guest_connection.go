package scheduler

import (
	"slices"

	"heartbeat/internal/xmltree"
)

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
