package scheduler

import (
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// unpackStatus reads the section status: first what is known about every node, then what ran where.
func (c *cluster) unpackStatus() {
	status := c.input.First("status")
	if status != nil {
		for x := range status.Elements("") {
			switch x.Name {
			case "tickets":
				for t := range x.Elements("ticket_state") {
					c.unpackTicketState(t)
				}
			case "node_state":
				c.unpackNodeState(x)
			}
		}
		for c.unpackHistories(status, false) {
		}
		c.unpackHistories(status, c.fencing)
	}
	for i := len(c.stopNeeded) - 1; i >= 0; i-- {
		if n := c.stopNeeded[i].current(); n != nil {
			c.stopAction(c.stopNeeded[i], n, false)
		}
	}
	c.stopNeeded = nil
	for _, n := range c.nodes {
		if !n.remote {
			continue
		}
		if n.shutdown && n.connection != nil {
			n.connection.setNext(roleStopped)
		}
		if !n.unpacked {
			c.remoteOnline(n)
		}
	}
}

func (c *cluster) unpackNodeState(x *xmltree.Node) {
	id, ok := x.Lookup("id")
	if !ok {
		return
	}
	n := c.findNodeAny(id, x.Get("uname"))
	if n == nil {
		if _, named := x.Lookup("uname"); named {
			c.find(Finding{State: true, ID: id, Tag: "unpack_node_state", Text: "Ignoring recorded node state for '" + x.Get("uname") + "' because it is no longer in the configuration", Mend: "clear it with crm_node --remove, or configure the node again"})
		}
		return
	}
	if n.remote {
		n.remoteFenced = cib.AtLeast(x.Get("node_fenced"), 0) != 0
		return
	}
	c.addNodeAttrs(x.First("transient_attributes"), n, true)
	n.standby = n.standby || cib.True(n.attrs["standby"])
	n.maintenance = n.maintenance || cib.True(n.attrs["maintenance"])
	n.unclean, n.seen = false, true
	c.memberOnline(x, n)
	if !c.quorate && n.online && c.quorumPolicy == quorumFence {
		c.fenceNode(n, "cluster does not have quorum", false)
	}
}

// unpackHistories reads what ran on nodes whose turn it is; true when it found one. The order decides which instance of a
// clone is which, and what runs on a remote node can be judged only after its connection.
func (c *cluster) unpackHistories(status *xmltree.Node, force bool) bool {
	progress := false
	for x := range status.Elements("node_state") {
		id, ok := x.Lookup("id")
		name, named := x.Lookup("uname")
		if !ok || !named {
			continue
		}
		n := c.findNodeAny(id, name)
		if n == nil || n.unpacked {
			continue
		}
		switch {
		case force:
		case n.isGuest():
			if n.connection.role != roleStarted || n.connection.launcher.role != roleStarted {
				continue
			}
		case n.isRemote():
			if n.connection == nil || !c.shutdownLock && n.connection.role != roleStarted {
				continue
			}
		case !c.fencing && !c.shutdownLock && !n.online:
			continue
		}
		if n.remote {
			c.remoteOnline(n)
			c.remoteAttributes(n, x)
		}
		n.unpacked = true
		c.unpackHistory(n, x)
		progress = true
	}
	return progress
}

func (c *cluster) remoteAttributes(n *node, x *xmltree.Node) {
	n.remoteMaintenance = cib.AtLeast(x.Get("node_in_maintenance"), 0) != 0
	if !n.remoteReset {
		n.unclean, n.seen = false, true
	}
	c.addNodeAttrs(x.First("transient_attributes"), n, true)
	n.shutdown = n.shutdown || n.shutdownRequested()
	n.standby = n.standby || cib.True(n.attrs["standby"])
	if cib.True(n.attrs["maintenance"]) || n.connection != nil && !n.connection.is(rscManaged) {
		n.maintenance = true
	}
	if v, ok := n.attrs["resource-discovery-enabled"]; ok && !cib.True(v) && !(n.isRemote() && !c.fencing) {
		n.probesAllowed = false
	}
}

func (n *node) shutdownRequested() bool {
	v, ok := n.attrs["shutdown"]
	return ok && v != "0"
}

// memberSince is when a node became member: -1 unknown, 0 it is none.
func (c *cluster) memberSince(x *xmltree.Node) int64 {
	text, ok := x.Lookup("in_ccm")
	if !ok {
		return -1
	}
	if v, ok := cib.Bool(text); ok {
		if v {
			return c.now.Unix
		}
		return 0
	}
	when, ok := cib.Integer(text)
	if !ok || when < 0 {
		return -1
	}
	return when
}

// onlineSince is when the controller of a node began to talk to the others, 0: it does not.
func onlineSince(x *xmltree.Node) int64 {
	text, ok := x.Lookup("crmd")
	switch {
	case !ok, strings.EqualFold(text, "offline"):
		return 0
	case strings.EqualFold(text, "online"):
		return 1
	}
	when, ok := cib.Integer(text)
	if !ok {
		return 0
	}
	return max(when, 0)
}

// memberOnline decides whether a member is online, and whether it must be fenced.
func (c *cluster) memberOnline(x *xmltree.Node, n *node) {
	n.shutdown = n.shutdownRequested()
	if !n.shutdown && strings.EqualFold(x.Get("expected"), "member") {
		n.expectedUp = true
	}
	var online bool
	if c.fencing {
		online = c.onlineWithFencing(x, n)
	} else {
		online = c.onlineWithoutFencing(x, n)
	}
	if online {
		n.online = true
	}
	if !online || n.shutdown {
		n.score = -infinity
	}
}

func (c *cluster) onlineWithoutFencing(x *xmltree.Node, n *node) bool {
	switch {
	case c.memberSince(x) <= 0:
	case onlineSince(x) > 0:
		return strings.EqualFold(x.Get("join"), "member")
	case n.expectedUp:
		c.fenceNode(n, "peer is unexpectedly down", false)
	}
	return false
}

func (c *cluster) onlineWithFencing(x *xmltree.Node, n *node) bool {
	join := x.Get("join")
	expected, isExpected := x.Lookup("expected")
	member, online := c.memberSince(x), onlineSince(x)
	terminate := n.terminationRequested()
	if n.shutdown {
		return online > 0
	}
	if member < 0 {
		c.fenceNode(n, "peer has not been seen by the cluster", false)
		return false
	}
	switch {
	case join == "banned" || join == "nack":
		c.fenceNode(n, "peer failed Pacemaker membership criteria", false)
	case terminate:
		if member <= 0 && online <= 0 && join == "down" {
			return false
		}
		c.fenceNode(n, "fencing was requested", false)
	case !isExpected || expected == "down":
		switch {
		case c.pendingTooLong(member, online):
			c.fenceNode(n, "peer pending timed out on joining the process group", false)
		case member > 0 || online > 0:
			n.standby, n.pending = true, true
		}
	case member <= 0:
		c.fenceNode(n, "peer is no longer part of the cluster", true)
	case online <= 0:
		c.fenceNode(n, "peer process is no longer available", false)
	case join == "member":
	case join == "pending" || join == "down":
		n.standby, n.pending = true, true
	default:
		c.fenceNode(n, "peer was in an unknown state", false)
	}
	return member > 0
}

func (n *node) terminationRequested() bool {
	text := n.attrs["terminate"]
	if v, ok := cib.Bool(text); ok {
		return v
	}
	v, ok := cib.Integer(text)
	return ok && v > 0
}

func (c *cluster) pendingTooLong(member, online int64) bool {
	if c.nodePending == 0 || member <= 0 || online > 0 {
		return false
	}
	timeout := member + seconds(c.nodePending)
	if c.now.Unix >= timeout {
		return true
	}
	c.changes.Note(timeout)
	return false
}

// seconds rounds milliseconds to seconds, but never down to nothing.
func seconds(ms uint32) int64 {
	switch {
	case ms == 0:
		return 0
	case ms < 500:
		return 1
	}
	return (int64(ms) + 500) / 1000
}

// remoteOnline decides whether a remote or guest node is online: its connection, its container and the machine below must be fine.
func (c *cluster) remoteOnline(n *node) {
	r := n.connection
	if r == nil {
		n.online = false
		return
	}
	var host *node
	if r.launcher != nil && len(r.active) == 1 {
		host = r.active[0]
	}
	if r.role == roleStarted {
		n.online = true
		if r.next == roleStopped {
			n.shutdown = true
		}
	}
	switch {
	case r.launcher != nil && r.launcher.is(rscFailed):
		n.online, n.remoteReset = false, true
	case r.is(rscFailed):
		n.online = false
	case r.role == roleStopped, r.launcher != nil && r.launcher.role == roleStopped:
		n.online, n.remoteReset = false, false
	case host != nil && !host.online && host.unclean:
		n.online, n.remoteReset = false, true
	}
}

// fenceNode marks a node for fencing. A guest is fenced by stopping its container.
func (c *cluster) fenceNode(n *node, reason string, priorityDelay bool) {
	switch {
	case n.isGuest():
		launcher := n.connection.launcher
		if !launcher.is(rscFailed) && launcher.is(rscManaged) {
			n.remoteReset = true
			launcher.set(rscFailed | rscStopIfFailed)
		}
	case n.remote && n.connection != nil && n.connection.is(rscRemovedLaunched):
		n.connection.set(rscFailed | rscStopIfFailed)
	case n.isRemote():
		if r := n.connection; r == nil || r.is(rscManaged) {
			n.remoteReset = true
		}
		n.unclean = true
		c.fenceOp(n, "", true, reason, false)
	case !n.unclean:
		n.unclean = true
		c.fenceOp(n, "", true, reason, priorityDelay)
	}
}

// canFenceHosts says so of a guest. A history may claim that its container runs on a guest too, even on the guest itself: such a chain has as many
// links as there are nodes at most, and one that comes back to itself says nothing.
func (c *cluster) canFenceHosts(n *node, links int) bool {
	for _, host := range n.connection.launcher.active {
		switch {
		case host.online:
		case host.isGuest():
			if links > 0 && !c.canFenceHosts(host, links-1) {
				return false
			}
		case !c.canFence(host):
			return false
		}
	}
	return true
}

// canFence says whether a node can be fenced at all; without node, whether any could.
func (c *cluster) canFence(n *node) bool {
	switch {
	case n.isGuest():
		return c.canFenceHosts(n, len(c.nodes))
	case !c.fencing, !c.haveFencing:
		return false
	case c.quorate, c.quorumPolicy == quorumIgnore:
		return true
	case n == nil, !n.online:
		return false
	}
	if n.remote && !c.fenceRemoteNoQuorum && n.connection != nil {
		for _, other := range c.nodes {
			if n.connection.allowed.get(other) != nil && !other.online {
				return false
			}
		}
	}
	return true
}
