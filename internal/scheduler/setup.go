package scheduler

import (
	"slices"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/isotime"
	"heartbeat/internal/xmltree"
)

// newCluster prepares a run over a document that is already of the newest schema.
func newCluster(input *xmltree.Node, now isotime.Time, opt Options) *cluster {
	c := &cluster{
		opt: opt, input: input, refs: cib.NewRefs(input), now: now,
		byName: map[string]*node{}, byID: map[string]*node{},
		templates: map[string][]string{}, tags: map[string][]string{}, tickets: map[string]*ticket{},
		singletons: map[string]*action{}, said: map[Finding]bool{}, historyNames: map[string][]*resource{}, metaNames: map[string]string{}, forced: map[*xmltree.Node]bool{}, expanded: map[*xmltree.Node]*xmltree.Node{},
	}
	c.configuration = input.First("configuration")
	if c.configuration == nil {
		c.configuration = xmltree.New("configuration")
	}
	c.opDefaults, c.rscDefaults = c.configuration.First("op_defaults"), c.configuration.First("rsc_defaults")
	return c
}

// rules is what rules are judged by where neither a node nor a resource is meant.
func (c *cluster) rules() *cib.Rules {
	return &cib.Rules{Refs: c.refs, Health: c.health, Now: c.now, Changes: &c.changes}
}

func (c *cluster) section(name string) *xmltree.Node { return c.configuration.First(name) }

// formerly is the older name of a property, if it has one.
func formerly(name string) string {
	switch name {
	case "fencing-enabled", "fencing-action", "fencing-timeout":
		return "stonith" + strings.TrimPrefix(name, "fencing")
	case "stop-removed-resources":
		return "stop-orphan-resources"
	case "cancel-removed-actions":
		return "stop-orphan-actions"
	}
	return ""
}

// property looks up a cluster property under its name, its older names, and the spelling with underscores.
func (c *cluster) property(name string) (string, bool) {
	for _, n := range []string{name, formerly(name)} {
		if n == "" {
			continue
		}
		if v, ok := c.properties.Lookup(n); ok {
			return v, true
		}
		if v, ok := c.properties.Lookup(strings.ReplaceAll(n, "-", "_")); ok {
			return v, true
		}
	}
	return "", false
}

func (c *cluster) boolProperty(name string, value bool) bool {
	if text, ok := c.property(name); ok {
		if v, ok := cib.Bool(text); ok {
			return v
		}
	}
	return value
}

func (c *cluster) textProperty(name, value string) string {
	if text, ok := c.property(name); ok {
		return text
	}
	return value
}

// spanProperty is the text of a time span; one that is none counts as not given.
func (c *cluster) spanProperty(name, value string) string {
	if text, ok := c.property(name); ok {
		if _, good := cib.Interval(text); good {
			return text
		}
	}
	return value
}

func (c *cluster) msProperty(name string) uint32 {
	ms, _ := cib.Interval(c.textProperty(name, "0"))
	return ms
}

// unpackProperties reads the section crm_config.
func (c *cluster) unpackProperties() {
	c.quorate = cib.True(c.input.Get("have-quorum"))
	cib.Blocks(c.section("crm_config"), "cluster_property_set", "cib-bootstrap-options", c.rules(), &c.properties)
	c.probes = c.boolProperty("enable-startup-probes", true)
	c.haveFencing = c.boolProperty("have-watchdog", false)
	c.unfencing = c.wantsUnfencing()
	c.fencing = c.boolProperty("fencing-enabled", true)
	if c.fenceAction = c.textProperty("fencing-action", "reboot"); c.fenceAction == "poweroff" {
		c.fenceAction = "off"
	}
	if c.fenceAction != "off" {
		c.fenceAction = "reboot"
	}
	c.concurrentFencing = c.boolProperty("concurrent-fencing", true)
	c.priorityFencing = c.msProperty("priority-fencing-delay")
	c.stopAll = c.boolProperty("stop-all-resources", false)
	c.symmetric = c.boolProperty("symmetric-cluster", true)
	c.quorumPolicy = c.policyWithoutQuorum()
	c.stopRemoved = c.boolProperty("stop-removed-resources", true)
	c.cancelRemoved = c.boolProperty("cancel-removed-actions", true)
	c.maintenance = c.boolProperty("maintenance-mode", false)
	c.startFailureFatal = c.boolProperty("start-failure-is-fatal", true)
	c.startupFencing = c.fencing && c.boolProperty("startup-fencing", true)
	c.unpackHealthScores()
	switch c.placement = strings.ToLower(c.textProperty("placement-strategy", "default")); c.placement {
	case "utilization", "minimal", "balanced":
	default:
		c.placement = "default"
	}
	if c.shutdownLock = c.boolProperty("shutdown-lock", false); c.shutdownLock {
		c.shutdownLockLimit = c.msProperty("shutdown-lock-limit")
	}
	c.nodePending = c.msProperty("node-pending-timeout")
	c.fenceRemoteNoQuorum = c.boolProperty("fence-remote-without-quorum", false)
}

func (c *cluster) policyWithoutQuorum() quorumPolicy {
	switch strings.ToLower(c.textProperty("no-quorum-policy", "stop")) {
	case "ignore":
		return quorumIgnore
	case "freeze":
		return quorumFreeze
	case "demote":
		return quorumDemote
	case "fence", "suicide":
		// A partition that never had quorum must not shoot anybody.
		if c.fencing && (cib.AtLeast(c.input.Get("no-quorum-panic"), 0) != 0 || c.quorate) {
			return quorumFence
		}
		if !c.fencing {
			c.find(Finding{Error: true, ID: "no-quorum-policy", Tag: "unpack_config", Text: "Resetting no-quorum-policy to 'stop' because fencing is disabled", Mend: "write stop, or switch fencing on"})
		}
	}
	return quorumStop
}

// wantsUnfencing says whether any resource or default mentions unfencing.
func (c *cluster) wantsUnfencing() bool {
	mentions := func(n *xmltree.Node) bool {
		if n == nil {
			return false
		}
		for m := range n.All() {
			if m.Name != "meta_attributes" {
				continue
			}
			for p := range m.Elements("nvpair") {
				if name := p.Get("name"); (name == "provides" || name == "requires") && p.Get("value") == "unfencing" {
					return true
				}
			}
		}
		return false
	}
	return mentions(c.section("resources")) || mentions(c.rscDefaults)
}

// addNode makes a node and puts it in its place by name. The type is member or remote; other types are no nodes.
func (c *cluster) addNode(id, name, kind string, score int) *node {
	if kind != "" && !strings.EqualFold(kind, "member") && !strings.EqualFold(kind, "remote") {
		return nil
	}
	n := &node{index: c.nodeCount, count: &c.nodeCount, id: id, name: name, score: score, probesAllowed: true, remote: strings.EqualFold(kind, "remote"),
		attrs: map[string]string{}, digests: map[string]*digests{}, why: c.why}
	c.nodeCount++
	n.attrs["#kind"] = "cluster"
	if n.remote {
		n.attrs["#kind"] = "remote"
		c.haveRemote = true
	}
	at := len(c.nodes)
	for at > 0 && compareNames(c.nodes[at-1].name, name) >= 0 {
		// A new node stands before one of the same name.
		at--
	}
	c.nodes = slices.Insert(c.nodes, at, n)
	if k := strings.ToLower(name); c.byName[k] == nil {
		c.byName[k] = n
	}
	if k := strings.ToLower(id); c.byID[k] == nil {
		c.byID[k] = n
	}
	return n
}

func (c *cluster) findNode(name string) *node { return c.byName[strings.ToLower(name)] }

// findNodeAny looks by id first, then by name.
func (c *cluster) findNodeAny(id, name string) *node {
	if n := c.byID[strings.ToLower(id)]; n != nil {
		return n
	}
	return c.findNode(name)
}

// compareNames compares letters without case and runs of digits as numbers.
func compareNames(a, b string) int {
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	for a != "" && b != "" {
		if digit(a[0]) && digit(b[0]) {
			i, j := 0, 0
			for i < len(a) && digit(a[i]) {
				i++
			}
			for j < len(b) && digit(b[j]) {
				j++
			}
			m, _ := cib.Integer(a[:i])
			n, _ := cib.Integer(b[:j])
			if m != n {
				return sign(int(min(max(m-n, -1), 1)))
			}
			if i != j {
				return sign(i - j)
			}
			a, b = a[i:], b[j:]
			continue
		}
		x, y := lower(a[0]), lower(b[0])
		if x != y {
			return sign(int(x) - int(y))
		}
		a, b = a[1:], b[1:]
	}
	return sign(len(a) - len(b))
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// unpackNodes reads the section nodes.
func (c *cluster) unpackNodes() {
	nodes := c.section("nodes")
	if nodes == nil {
		return
	}
	for x := range nodes.Elements("node") {
		id := x.Get("id")
		if id == "" {
			continue
		}
		score, _ := cib.Score(x.Get("score"), c.health)
		c.findNamesake(x)
		n := c.addNode(id, x.Get("uname"), x.Get("type"), score)
		if n == nil {
			c.note(x, "node "+x.Get("uname")+" is ignored: its type "+x.Get("type")+" is neither member nor remote")
			return
		}
		if !n.remote || n.connection != nil {
			n.unclean = c.startupFencing
		}
		c.addNodeAttrs(x, n, false)
	}
}

// addNodeAttrs adds the attributes below an element to a node: permanent ones, or transient ones, which overwrite.
func (c *cluster) addNodeAttrs(x *xmltree.Node, n *node, overwrite bool) {
	n.attrs["#uname"], n.attrs["#id"] = n.name, n.id
	n.failures = 0
	if dc, ok := c.input.Lookup("dc-uuid"); ok && c.dc == nil && strings.EqualFold(n.id, dc) {
		c.dc = n
		n.attrs["#is_dc"] = "true"
	} else if n != c.dc {
		n.attrs["#is_dc"] = "false"
	}
	cluster, named := c.properties.Lookup("cluster-name")
	if named {
		n.attrs["#cluster-name"] = cluster
	}
	if x != nil {
		var pairs cib.Pairs
		cib.Blocks(x, "instance_attributes", "", c.rules(), &pairs)
		for _, p := range pairs {
			if _, have := n.attrs[p.Name]; overwrite || !have {
				n.attrs[p.Name] = p.Value
			}
		}
		pairs = pairs[:0]
		cib.Blocks(x, "utilization", "", c.rules(), &pairs)
		for _, p := range pairs {
			if n.utilization == nil {
				n.utilization = map[string]int{}
			}
			if _, have := n.utilization[p.Name]; !have {
				n.utilization[p.Name] = utilizationValue(p.Value)
			}
		}
	}
	if _, have := n.attrs["#site-name"]; !have {
		if site, ok := n.attrs["site-name"]; ok {
			n.attrs["#site-name"] = site
		} else if named {
			n.attrs["#site-name"] = cluster
		}
	}
}

// attr looks up a node attribute; where the resource wants those of the host, a guest's is that of the machine below it.
func (c *cluster) attr(n *node, name, target string, assigned bool) (string, bool) {
	if n == nil {
		return "", false
	}
	if n.isGuest() && strings.EqualFold(target, "host") {
		container := n.connection.launcher
		switch {
		case assigned:
			n = container.assigned
		case len(container.active) > 0:
			n = container.active[0]
		default:
			n = nil
		}
		if n == nil {
			return "", false
		}
	}
	v, ok := n.attrs[name]
	return v, ok
}
