package invent

import (
	"fmt"
	"strconv"

	"heartbeat/internal/xmltree"
)

// A thing is a resource at the top of the configuration.
type thing struct {
	id, kind   string // primitive, group, clone, bundle
	promotable bool
	prims      []*prim
}

// A prim is a primitive, and what its history needs to know.
type prim struct {
	id, class, provider, agent string
	kind                       string // how often it may run: once, anonymous, unique
	promotable, gone, bare     bool   // bare: it has no parameters
	within                     bool   // it is a container, or what makes it a node, or in it
	instances                  int
	on                         []*machine // where it can be at all; nil: anywhere
	monitors                   []string   // intervals in ms
	from                       string     // the thing that it is in
}

var agents = [][3]string{{"ocf", "pacemaker", "Dummy"}, {"ocf", "heartbeat", "IPaddr2"}, {"ocf", "heartbeat", "Filesystem"}, {"systemd", "", "httpd"}, {"lsb", "", "postfix"}}

var metaOfAll = []option{
	{"target-role", 8, []string{"Stopped", "Started", "Started", "Promoted", "Unpromoted"}}, {"is-managed", 6, []string{"false", "true"}},
	{"maintenance", 4, []string{"true"}}, {"priority", 10, []string{"0", "10", "-5", "100"}},
	{"resource-stickiness", 20, []string{"0", "1", "100", "INFINITY", "-1"}}, {"migration-threshold", 20, []string{"1", "2", "3", "INFINITY"}},
	{"failure-timeout", 12, []string{"60s", "10h", "10s"}}, {"multiple-active", 10, []string{"block", "stop_only", "stop_start", "stop_unexpected"}},
	{"allow-migrate", 20, []string{"true"}}, {"critical", 6, []string{"false"}}, {"requires", 8, []string{"nothing", "quorum", "fencing", "unfencing"}},
	{"allow-unhealthy-nodes", 3, []string{"true"}},
}

var metaOfClones = []option{
	{"target-role", 5, []string{"Stopped", "Started", "Unpromoted", "Promoted"}}, {"interleave", 35, []string{"true", "false"}},
	{"ordered", 15, []string{"true", "false"}}, {"notify", 15, []string{"true"}}, {"globally-unique", 12, []string{"true"}},
	{"clone-max", 25, []string{"1", "2", "3", "0", "6"}}, {"clone-node-max", 12, []string{"2", "1"}}, {"clone-min", 8, []string{"1", "2"}},
	{"is-managed", 3, []string{"false"}}, {"resource-stickiness", 10, []string{"0", "100"}}, {"maintenance", 2, []string{"true"}},
}

var metaOfPromotable = []option{{"promoted-max", 20, []string{"2", "0", "1"}}, {"promoted-node-max", 6, []string{"2", "1"}}}

func (m *maker) addThings() {
	if m.fencing && m.chance(85) || m.chance(20) {
		for i := range 1 + m.n(2) {
			m.addTop(&thing{id: fmt.Sprintf("fence%d", i+1), kind: "primitive"}, m.primitive(fmt.Sprintf("fence%d", i+1), [3]string{"stonith", "", "fence_xvm"}))
		}
	}
	for _, x := range m.machines {
		if x.kind == "remote" {
			n := m.primitive(x.name, [3]string{"ocf", "pacemaker", "remote"})
			m.addTop(&thing{id: x.name, kind: "primitive"}, n)
		}
	}
	if m.chance(25) {
		m.template()
	}
	for i := range 1 + m.n(6) {
		letter := string(rune('a' + i))
		switch m.n(10) {
		case 0, 1, 2, 3:
			m.addTop(&thing{id: letter, kind: "primitive"}, m.anyPrimitive(letter))
		case 4, 5:
			m.addTop(&thing{id: "group-" + letter, kind: "group"}, m.group("group-"+letter, letter))
		case 6, 7, 8:
			m.clone(letter)
		default:
			m.bundle(letter)
		}
	}
	if m.chance(20) {
		for i := range 1 + m.n(2) {
			m.guest(fmt.Sprintf("guest%d", i+1))
		}
	}
	for i := range m.n(3) * m.n(2) {
		m.prims = append(m.prims, &prim{id: fmt.Sprintf("gone%d", i+1), class: "ocf", provider: "pacemaker", agent: "Dummy", kind: "once", gone: true, bare: true,
			monitors: []string{"10000"}, instances: 1})
	}
}

func (m *maker) addTop(t *thing, x *xmltree.Node) {
	m.resources.Add(x)
	t.prims = m.since(t.id)
	m.tops = append(m.tops, t)
}

// since are the primitives that belong to nothing yet.
func (m *maker) since(of string) (list []*prim) {
	for _, p := range m.prims {
		if p.from == "" {
			p.from = of
			list = append(list, p)
		}
	}
	return list
}

func (m *maker) anyPrimitive(id string) *xmltree.Node {
	return m.primitive(id, pick(m.Choices, agents...))
}

// primitive makes a primitive; what follows may still change how often it runs.
func (m *maker) primitive(id string, agent [3]string) *xmltree.Node {
	p := &prim{id: id, class: agent[0], provider: agent[1], agent: agent[2], kind: "once", instances: 1, bare: true}
	m.prims = append(m.prims, p)
	x := xmltree.New("primitive", "id", id)
	if m.resources.First("template") != nil && agent[2] == "Dummy" && m.chance(50) {
		x.Set("template", "template-1")
	} else {
		x.Set("class", p.class)
		if p.provider != "" {
			x.Set("provider", p.provider)
		}
		x.Set("type", p.agent)
	}
	put(x, m.pairs("meta_attributes", m.options(metaOfAll, m.busy/2)...))
	if p.agent == "IPaddr2" || m.chance(15) {
		p.bare = false
		put(x, m.pairs("instance_attributes", [2]string{"ip", "192.168.122." + strconv.Itoa(10+m.n(200))}))
	}
	if ops := m.operations(p); len(ops.Children) > 0 {
		x.Add(ops)
	}
	if m.utilization && m.chance(60) {
		put(x, m.pairs("utilization", [2]string{"cpu", strconv.Itoa(m.n(5))}, [2]string{"memory", strconv.Itoa(500 * m.n(8))}))
	}
	return x
}

func (m *maker) operations(p *prim) *xmltree.Node {
	ops := xmltree.New("operations")
	add := func(name, interval string, pairs ...string) {
		op := xmltree.New("op", append([]string{"id", m.id("op"), "name", name, "interval", interval}, pairs...)...)
		if m.chance(20) {
			op.Set("on-fail", pick(m.Choices, "ignore", "block", "stop", "restart", "standby", "fence", "demote"))
		}
		if m.chance(30) {
			op.Set("timeout", pick(m.Choices, "20s", "60", "1min"))
		}
		if m.chance(4) {
			op.Set("enabled", "false")
		}
		ops.Add(op)
	}
	if m.chance(70) {
		p.monitors = append(p.monitors, "10000")
		add("monitor", pick(m.Choices, "10s", "10"))
	}
	if m.chance(10) {
		p.monitors = append(p.monitors, "60000")
		add("monitor", "1min", "role", pick(m.Choices, "Stopped", "Started", "Promoted", "Unpromoted"))
	}
	for _, name := range []string{"start", "stop"} {
		if m.chance(20) {
			add(name, "0")
		}
	}
	return ops
}

func (m *maker) template() {
	m.resources.Add(xmltree.New("template", "id", "template-1", "class", "ocf", "provider", "pacemaker", "type", "Dummy"))
	t := m.resources.Children[len(m.resources.Children)-1]
	put(t, m.pairs("meta_attributes", m.options(metaOfAll, m.busy/2)...))
	if m.chance(50) {
		t.Add(xmltree.New("operations").Add(xmltree.New("op", "id", m.id("op"), "name", "monitor", "interval", "10s")))
	}
}

func (m *maker) group(id, letter string) *xmltree.Node {
	g := xmltree.New("group", "id", id)
	put(g, m.pairs("meta_attributes", m.options(metaOfAll, m.busy/2)...))
	if m.chance(5) {
		put(g, m.pairs("meta_attributes", [2]string{pick(m.Choices, "ordered", "collocated"), "false"}))
	}
	for i := range 1 + m.n(4) {
		g.Add(m.anyPrimitive(letter + strconv.Itoa(i+1)))
	}
	return g
}

func (m *maker) clone(letter string) {
	t := &thing{id: "clone-" + letter, kind: "clone", promotable: m.chance(45)}
	c := xmltree.New("clone", "id", t.id)
	values := m.options(metaOfClones, 15)
	if t.promotable {
		values = append(values, [2]string{"promotable", "true"})
		values = append(values, m.options(metaOfPromotable, 15)...)
	}
	put(c, m.pairs("meta_attributes", values...))
	agent := pick(m.Choices, agents...)
	if t.promotable {
		agent = [3]string{"ocf", "pacemaker", "Stateful"}
	}
	if m.chance(25) {
		g := xmltree.New("group", "id", "group-"+letter)
		for i := range 1 + m.n(3) {
			g.Add(m.primitive(letter+strconv.Itoa(i+1), agent))
		}
		c.Add(g)
	} else {
		c.Add(m.primitive(letter, agent))
	}
	m.addTop(t, c)
	kind, instances := "anonymous", 0
	for _, v := range values {
		switch v[0] {
		case "globally-unique":
			kind = "unique"
		case "clone-max":
			instances, _ = strconv.Atoi(v[1])
		}
	}
	if instances == 0 {
		instances = 1 + m.n(4)
	}
	for _, p := range t.prims {
		p.kind, p.promotable, p.instances = kind, t.promotable, instances
		if t.promotable && m.chance(70) {
			p.monitors = append(p.monitors, "11000")
			m.roleMonitor(c, p.id)
		}
	}
}

// roleMonitor adds a monitor for the promoted role.
func (m *maker) roleMonitor(c *xmltree.Node, id string) {
	for n := range c.All() {
		if n.Name == "primitive" && n.Get("id") == id {
			ops := n.First("operations")
			if ops == nil {
				ops = xmltree.New("operations")
				n.Add(ops)
			}
			ops.Add(xmltree.New("op", "id", m.id("op"), "name", "monitor", "interval", "11s", "role", "Promoted"))
		}
	}
}
