package invent

import (
	"fmt"

	"heartbeat/internal/xmltree"
)

// Now is the time at which the documents are to be judged, in seconds since 1970. It is in the document too.
const Now = 1_780_000_000

// A maker holds a document while it grows, and what is in it already.
type maker struct {
	*Choices
	ids int

	machines []*machine
	tops     []*thing
	prims    []*prim // those of all things, and the ones that are gone
	tickets  []string
	tags     []string

	config, resources, constraints *xmltree.Node
	fencing, utilization           bool
	busy                           int // percent of resources that are in an unusual state
	orderly                        bool
}

// Cluster makes up a cluster. Its constraints may contradict each other, and its history may tell of what cannot have happened.
func Cluster(c *Choices) *xmltree.Node { return (&maker{Choices: c}).cluster() }

// Orderly makes up a cluster whose configuration makes sense: what is ordered after something, or placed with it, stands after it in the document;
// no constraint names what connects or fences nodes; the history has the names that the configuration gives, and containers have none yet.
func Orderly(c *Choices) *xmltree.Node { return (&maker{Choices: c, orderly: true}).cluster() }

func (m *maker) cluster() *xmltree.Node {
	c := m.Choices
	m.busy = pick(c, 5, 15, 40)
	root := xmltree.New("cib", "crm_feature_set", "3.19.0", "validate-with", "pacemaker-3.9", "epoch", "7", "num_updates", "3", "admin_epoch", "0",
		"have-quorum", pick(c, "1", "1", "1", "1", "0"), "dc-uuid", "1", "execution-date", fmt.Sprint(Now))
	m.config = xmltree.New("configuration")
	status := xmltree.New("status")
	root.Add(m.config, status)
	m.resources, m.constraints = xmltree.New("resources"), xmltree.New("constraints")
	nodes := xmltree.New("nodes")
	m.config.Add(m.properties(), nodes, m.resources, m.constraints)
	m.addMachines()
	m.addThings()
	for _, x := range m.machines {
		if node := m.configured(x); node != nil {
			nodes.Add(node)
		}
	}
	m.addTags()
	m.addConstraints()
	m.addTopology()
	m.addDefaults()
	m.addStatus(status)
	return root
}

func (m *maker) id(kind string) string {
	m.ids++
	return fmt.Sprintf("%s-%d", kind, m.ids)
}

// pairs makes a block of named values; nil without any.
func (m *maker) pairs(block string, values ...[2]string) *xmltree.Node {
	if len(values) == 0 {
		return nil
	}
	b := xmltree.New(block, "id", m.id(block))
	for _, v := range values {
		b.Add(xmltree.New("nvpair", "id", m.id("pair"), "name", v[0], "value", v[1]))
	}
	return b
}

func put(parent, child *xmltree.Node) {
	if child != nil {
		parent.Add(child)
	}
}

// An option is a name with the values worth trying, and how often it is set at all, in percent.
type option struct {
	name    string
	percent int
	values  []string
}

// options chooses some of a list; more lets them be set more often.
func (m *maker) options(list []option, more int) (out [][2]string) {
	for _, o := range list {
		if m.chance(min(o.percent*more/15+o.percent/2, 90)) {
			out = append(out, [2]string{o.name, pick(m.Choices, o.values...)})
		}
	}
	return out
}

var properties = []option{
	{"symmetric-cluster", 10, []string{"false", "true"}}, {"no-quorum-policy", 40, []string{"stop", "ignore", "freeze", "demote", "suicide"}},
	{"stonith-action", 5, []string{"off", "reboot"}}, {"maintenance-mode", 3, []string{"true"}}, {"startup-fencing", 10, []string{"false", "true"}},
	{"start-failure-is-fatal", 20, []string{"false", "true"}}, {"enable-startup-probes", 8, []string{"false"}}, {"stop-all-resources", 2, []string{"true"}},
	{"stop-orphan-resources", 8, []string{"false"}}, {"stop-orphan-actions", 8, []string{"false"}}, {"concurrent-fencing", 10, []string{"false", "true"}},
	{"node-health-strategy", 10, []string{"migrate-on-red", "only-green", "progressive", "custom"}}, {"shutdown-lock", 8, []string{"true"}},
	{"shutdown-lock-limit", 4, []string{"10min", "1s"}}, {"priority-fencing-delay", 6, []string{"10s"}}, {"have-watchdog", 6, []string{"true"}},
	{"stonith-watchdog-timeout", 3, []string{"10s", "0"}}, {"migration-limit", 5, []string{"1", "-1"}}, {"node-health-base", 4, []string{"10"}},
}

func (m *maker) properties() *xmltree.Node {
	config := xmltree.New("crm_config")
	values := m.options(properties, 12)
	if m.fencing = !m.chance(35); !m.fencing {
		values = append(values, [2]string{"stonith-enabled", "false"})
	}
	if m.utilization = m.chance(20); m.utilization {
		values = append(values, [2]string{"placement-strategy", pick(m.Choices, "utilization", "balanced", "minimal")})
	}
	put(config, m.pairs("cluster_property_set", values...))
	return config
}

func (m *maker) addDefaults() {
	if m.chance(20) {
		d := xmltree.New("rsc_defaults")
		put(d, m.pairs("meta_attributes", m.options(metaOfAll, 8)...))
		m.config.Add(d)
	}
	if m.chance(15) {
		d := xmltree.New("op_defaults")
		put(d, m.pairs("meta_attributes", [2]string{"timeout", pick(m.Choices, "30s", "1min")}))
		m.config.Add(d)
	}
}

// addTopology says which devices fence which node, in which order.
func (m *maker) addTopology() {
	var devices []string
	for _, p := range m.prims {
		if p.class == "stonith" && !p.gone {
			devices = append(devices, p.id)
		}
	}
	if len(devices) == 0 || !m.chance(40) {
		return
	}
	top := xmltree.New("fencing-topology")
	for _, x := range m.machines {
		if !m.chance(50) {
			continue
		}
		level := xmltree.New("fencing-level", "id", m.id("level"), "index", pick(m.Choices, "1", "2"), "devices", pick(m.Choices, devices...))
		switch m.n(4) {
		case 0:
			level.Set("target-pattern", x.name)
		case 1:
			level.Set("target-attribute", "site")
			level.Set("target-value", pick(m.Choices, "a", "b"))
		default:
			level.Set("target", x.name)
		}
		top.Add(level)
	}
	m.config.Add(top)
}
