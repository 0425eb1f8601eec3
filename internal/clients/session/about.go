package session

import (
	"slices"
	"strconv"

	"heartbeat/internal/wire"
)

// Answers about nodes and links, from the picture that the core keeps.

func (n *Node) kind() string {
	if n.Ping {
		return "ping"
	}
	return "normal"
}

func (l Link) status() string {
	if l.Up {
		return "up"
	}
	return "dead"
}

// nodeList sends one answer a node; all but the last say that more follow.
func (c *Core) nodeList(cl *client, req, _ *wire.Message) (*wire.Message, string) {
	for i := range c.nodes {
		n := &c.nodes[i]
		answer := response(req.Get(fieldRequest))
		answer.Set(fieldNode, wire.String, n.Name)
		answer.Set("nodetype", wire.String, n.kind())
		answer.Set(fieldStatus, wire.String, n.Status)
		c.piece(cl, answer, i == len(c.nodes)-1)
	}
	return nil, ""
}

func (c *Core) piece(cl *client, answer *wire.Message, last bool) {
	if !last {
		answer.Set(fieldResult, wire.String, resultMore)
	}
	c.reply(cl, answer)
}

// linkList sends one answer a link, as nodeList does. A node always has a link: without one it could not be in ha.cf.
func (c *Core) linkList(cl *client, req, _ *wire.Message) (*wire.Message, string) {
	n := c.nodeNamed(req.Get(fieldNode))
	if n == nil || len(n.Links) == 0 {
		return nil, einval
	}
	for i, l := range n.Links {
		answer := response(req.Get(fieldRequest))
		answer.Set("ifname", wire.String, l.Name)
		answer.Set(fieldStatus, wire.String, l.status())
		c.piece(cl, answer, i == len(n.Links)-1)
	}
	return nil, ""
}

func (c *Core) linkStatus(_ *client, req, answer *wire.Message) (*wire.Message, string) {
	n := c.nodeNamed(req.Get(fieldNode))
	if n == nil {
		return nil, einval
	}
	i := slices.IndexFunc(n.Links, func(l Link) bool { return l.Name == req.Get("ifname") })
	if i < 0 {
		return nil, einval
	}
	answer.Set(fieldStatus, wire.String, n.Links[i].status())
	return answer, ""
}

func (c *Core) aboutNode(_ *client, req, answer *wire.Message) (*wire.Message, string) {
	n := c.nodeNamed(req.Get(fieldNode))
	if n == nil {
		return nil, einval
	}
	switch req.Get(fieldRequest) {
	case "nodestatus":
		answer.Set(fieldStatus, wire.String, n.Status)
	case "nodeweight":
		answer.Set("weight", wire.String, strconv.Itoa(n.Weight))
	case "nodesite":
		answer.Set("site", wire.String, n.Site)
	case "nodetype":
		answer.Set("nodetype", wire.String, n.kind())
	}
	return answer, ""
}

// nodeCount does not count ping nodes.
func (c *Core) nodeCount(_ *client, _, answer *wire.Message) (*wire.Message, string) {
	count := 0
	for i := range c.nodes {
		if !c.nodes[i].Ping {
			count++
		}
	}
	answer.Set("numnodes", wire.String, strconv.Itoa(count))
	return answer, ""
}

// uuidOf answers without the field when the node or its uuid is unknown.
func (c *Core) uuidOf(_ *client, req, answer *wire.Message) (*wire.Message, string) {
	name, ok := req.Lookup("queryname")
	if !ok {
		return nil, "no query node name found"
	}
	if n := c.nodeNamed(name); n != nil && n.UUID != [16]byte{} {
		answer.Set("queryuuid", wire.Binary, string(n.UUID[:]))
	}
	return answer, ""
}

func (c *Core) nameOf(_ *client, req, answer *wire.Message) (*wire.Message, string) {
	raw, ok := req.Lookup("queryuuid")
	if !ok || len(raw) != 16 {
		return nil, "no query node name found"
	}
	for i := range c.nodes {
		if string(c.nodes[i].UUID[:]) == raw {
			answer.Set("queryname", wire.String, c.nodes[i].Name)
		}
	}
	return answer, ""
}
