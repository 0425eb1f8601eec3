package scheduler_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"heartbeat/internal/xmltree"
)

// A mutator changes a document in ways in which documents differ in life. The same seed makes the same changes.
type mutator struct {
	rng  *rand.Rand
	root *xmltree.Node
	next int // for ids that nobody has yet
	did  []string
}

func newMutator(root *xmltree.Node, seed uint64) *mutator {
	return &mutator{rng: rand.New(rand.NewPCG(seed, 1999)), root: root}
}

// mutate makes some changes and returns what it did.
func (m *mutator) mutate(changes int) []string {
	ways := []func() string{
		m.drop, m.drop, m.duplicate, m.value, m.value, m.value, m.metaAttribute, m.metaAttribute, m.metaAttribute, m.property, m.property,
		m.constraintScore, m.turnAround, m.addLocation, m.addColocation, m.addColocation, m.addOrder, m.addOrder, m.historyResult,
		m.historyResult, m.nodeState, m.nodeState, m.nodeAttribute, m.nodeAttribute, m.failCount, m.quorum, m.shuffle, m.addTicket,
		m.constraintOption, m.opOption,
	}
	for tries := 0; len(m.did) < changes && tries < 50; tries++ {
		if what := ways[m.rng.IntN(len(ways))](); what != "" {
			m.did = append(m.did, what)
		}
	}
	return m.did
}

func pick[T any](m *mutator, list []T) T { return list[m.rng.IntN(len(list))] }

// An owned element knows what it is in.
type owned struct{ in, n *xmltree.Node }

func (m *mutator) all(names ...string) (out []owned) {
	var walk func(n *xmltree.Node)
	walk = func(n *xmltree.Node) {
		for _, child := range n.Children {
			if slices.Contains(names, child.Name) {
				out = append(out, owned{n, child})
			}
			walk(child)
		}
	}
	walk(m.root)
	return out
}

func (m *mutator) configuration(name string) *xmltree.Node {
	c := m.root.First("configuration")
	if c == nil {
		return nil
	}
	s := c.First(name)
	if s == nil {
		s = xmltree.New(name)
		c.Add(s)
	}
	return s
}

func (m *mutator) id(kind string) string {
	m.next++
	return fmt.Sprintf("mutant-%s-%d", kind, m.next)
}

// resourceID is the id of any resource; of a configured one.
func (m *mutator) resources() (out []*xmltree.Node) {
	s := m.configuration("resources")
	if s == nil {
		return nil
	}
	for n := range s.All() {
		switch n.Name {
		case "primitive", "group", "clone", "master", "bundle":
			out = append(out, n)
		}
	}
	return out
}

func (m *mutator) nodes() (names []string) {
	if s := m.configuration("nodes"); s != nil {
		for n := range s.Elements("node") {
			names = append(names, n.Get("uname"))
		}
	}
	return names
}

func (m *mutator) drop() string {
	list := m.all("node", "node_state", "rsc_location", "rsc_colocation", "rsc_order", "lrm_resource", "lrm_rsc_op", "lrm_rsc_op", "nvpair", "op", "primitive",
		"resource_ref", "resource_set", "rule", "expression", "rsc_ticket", "ticket_state", "meta_attributes", "fencing-level")
	if len(list) == 0 {
		return ""
	}
	x := pick(m, list)
	if x.n.Name == "primitive" && (x.in.Name == "clone" || x.in.Name == "bundle" || x.in.Name == "group" && len(x.in.Children) < 3) {
		return ""
	}
	x.in.Children = slices.DeleteFunc(slices.Clone(x.in.Children), func(n *xmltree.Node) bool { return n == x.n })
	return "drop " + describe(x.n)
}

func describe(n *xmltree.Node) string {
	text := n.Name + " " + n.Get("id") + n.Get("uname")
	if v, ok := n.Lookup("value"); ok {
		text += "=" + v
	}
	return text
}

// duplicate repeats an element under another id.
func (m *mutator) duplicate() string {
	list := m.all("node", "rsc_location", "rsc_colocation", "rsc_order", "primitive", "op", "rsc_ticket")
	if len(list) == 0 {
		return ""
	}
	x := pick(m, list)
	again, err := xmltree.Parse(x.n.Append(nil, ""), xmltree.Options{})
	if err != nil {
		return ""
	}
	for n := range again.All() {
		if n.Get("id") != "" {
			n.Set("id", m.id(n.Name))
		}
	}
	switch x.n.Name {
	case "node":
		again.Set("uname", "mutant-"+x.n.Get("uname"))
	case "primitive":
		if x.in.Name == "clone" || x.in.Name == "bundle" || x.in.Name == "master" {
			return ""
		}
	case "op":
		again.Set("interval", pick(m, []string{"7s", "11s", "61"}))
	}
	at := slices.Index(x.in.Children, x.n)
	x.in.Children = slices.Insert(slices.Clone(x.in.Children), at+m.rng.IntN(2), again)
	return "duplicate " + describe(x.n)
}

// values that options take; the empty ones stand for a score.
var optionValues = map[string][]string{
	"target-role": {"Started", "Stopped", "Promoted", "Unpromoted"}, "is-managed": {"true", "false"}, "maintenance": {"true", "false"},
	"priority": {"0", "10", "-5"}, "resource-stickiness": {"0", "1", "100", "INFINITY", "-1"}, "migration-threshold": {"0", "1", "3", "INFINITY"},
	"failure-timeout": {"0", "60s", "10h"}, "multiple-active": {"block", "stop_only", "stop_start", "stop_unexpected"},
	"allow-migrate": {"true", "false"}, "critical": {"true", "false"}, "requires": {"nothing", "quorum", "fencing"},
	"allow-unhealthy-nodes": {"true"}, "interleave": {"true", "false"}, "ordered": {"true", "false"}, "notify": {"true", "false"},
	"globally-unique": {"true", "false"}, "clone-max": {"0", "1", "2", "3", "5"}, "clone-node-max": {"1", "2"}, "clone-min": {"1", "2"},
	"promotable": {"true", "false"}, "promoted-max": {"0", "1", "2"}, "promoted-node-max": {"1", "2"},
}

var metaOfAll = []string{
	"target-role", "is-managed", "maintenance", "priority", "resource-stickiness", "migration-threshold", "failure-timeout",
	"multiple-active", "allow-migrate", "critical", "requires", "allow-unhealthy-nodes",
}

var metaOfClones = []string{
	"target-role", "interleave", "ordered", "notify", "globally-unique", "clone-max", "clone-node-max", "clone-min", "promotable", "promoted-max",
	"promoted-node-max", "is-managed", "resource-stickiness",
}

var propertyValues = map[string][]string{
	"symmetric-cluster": {"true", "false"}, "no-quorum-policy": {"stop", "ignore", "freeze", "demote", "suicide"},
	"stonith-enabled": {"true", "false"}, "stonith-action": {"off", "reboot"}, "maintenance-mode": {"true", "false"}, "startup-fencing": {"true", "false"},
	"start-failure-is-fatal": {"true", "false"}, "enable-startup-probes": {"true", "false"}, "stop-all-resources": {"true"},
	"stop-orphan-resources": {"true", "false"}, "stop-orphan-actions": {"true", "false"}, "concurrent-fencing": {"true", "false"},
	"placement-strategy": {"utilization", "balanced", "minimal"}, "node-health-strategy": {"migrate-on-red", "only-green", "progressive"},
	"shutdown-lock": {"true"}, "priority-fencing-delay": {"10s"}, "have-watchdog": {"true"},
}

// value changes one nvpair whose name is known.
func (m *mutator) value() string {
	var list []*xmltree.Node
	for _, x := range m.all("nvpair") {
		if name := x.n.Get("name"); optionValues[name] != nil || propertyValues[name] != nil || strings.HasPrefix(name, "master-") || name == "standby" {
			list = append(list, x.n)
		}
	}
	if len(list) == 0 {
		return ""
	}
	n := pick(m, list)
	name := n.Get("name")
	values := optionValues[name]
	if values == nil {
		values = propertyValues[name]
	}
	if strings.HasPrefix(name, "master-") {
		values = []string{"0", "1", "5", "100", "-INFINITY", "INFINITY", "1000", "10"}
	} else if name == "standby" {
		values = []string{"on", "off", "true"}
	}
	n.Set("value", pick(m, values))
	return "value " + name + "=" + n.Get("value") + " of " + n.Get("id")
}

func (m *mutator) setPair(in *xmltree.Node, block, name, value string) {
	b := in.First(block)
	if b == nil {
		b = xmltree.New(block, "id", m.id(block))
		in.Children = slices.Insert(slices.Clone(in.Children), 0, b)
	}
	for p := range b.Elements("nvpair") {
		if p.Get("name") == name {
			p.Set("value", value)
			return
		}
	}
	b.Add(xmltree.New("nvpair", "id", m.id("nvpair"), "name", name, "value", value))
}

func (m *mutator) metaAttribute() string {
	list := m.resources()
	if len(list) == 0 {
		return ""
	}
	r := pick(m, list)
	names := metaOfAll
	if r.Name == "clone" || r.Name == "master" {
		names = metaOfClones
	}
	name := pick(m, names)
	value := pick(m, optionValues[name])
	m.setPair(r, "meta_attributes", name, value)
	return "meta " + r.Get("id") + " " + name + "=" + value
}

func (m *mutator) property() string {
	s := m.configuration("crm_config")
	if s == nil {
		return ""
	}
	names := make([]string, 0, len(propertyValues))
	for name := range propertyValues {
		names = append(names, name)
	}
	slices.Sort(names)
	name := pick(m, names)
	value := pick(m, propertyValues[name])
	m.setPair(s, "cluster_property_set", name, value)
	return "property " + name + "=" + value
}

var scores = []string{"INFINITY", "-INFINITY", "0", "1", "-1", "10", "100", "-100", "1000", "5000", "-3000"}

func (m *mutator) constraintScore() string {
	var list []*xmltree.Node
	for _, x := range m.all("rsc_location", "rsc_colocation", "rule") {
		if _, ok := x.n.Lookup("score"); ok {
			list = append(list, x.n)
		}
	}
	if len(list) == 0 {
		return ""
	}
	n := pick(m, list)
	n.Set("score", pick(m, scores))
	return "score of " + n.Get("id") + "=" + n.Get("score")
}

func swapAttrs(n *xmltree.Node, a, b string) {
	x, hasX := n.Lookup(a)
	y, hasY := n.Lookup(b)
	n.Unset(a)
	n.Unset(b)
	if hasX {
		n.Set(b, x)
	}
	if hasY {
		n.Set(a, y)
	}
}

func (m *mutator) turnAround() string {
	list := m.all("rsc_colocation", "rsc_order")
	if len(list) == 0 {
		return ""
	}
	n := pick(m, list).n
	if n.Name == "rsc_order" {
		swapAttrs(n, "first", "then")
		swapAttrs(n, "first-action", "then-action")
	} else {
		swapAttrs(n, "rsc", "with-rsc")
		swapAttrs(n, "rsc-role", "with-rsc-role")
	}
	return "turn around " + n.Get("id")
}

func (m *mutator) twoResources() (a, b string) {
	list := m.resources()
	if len(list) < 2 {
		return "", ""
	}
	return pick(m, list).Get("id"), pick(m, list).Get("id")
}

func (m *mutator) addConstraint(n *xmltree.Node) string {
	s := m.configuration("constraints")
	if s == nil {
		return ""
	}
	s.Children = slices.Insert(slices.Clone(s.Children), m.rng.IntN(len(s.Children)+1), n)
	return "add " + string(n.Append(nil, ""))
}

func (m *mutator) addLocation() string {
	nodes, r := m.nodes(), m.resources()
	if len(nodes) == 0 || len(r) == 0 {
		return ""
	}
	n := xmltree.New("rsc_location", "id", m.id("location"), "rsc", pick(m, r).Get("id"), "node", pick(m, nodes), "score", pick(m, scores))
	switch m.rng.IntN(6) {
	case 0:
		n.Set("resource-discovery", pick(m, []string{"never", "exclusive"}))
	case 1:
		n.Set("role", pick(m, []string{"Promoted", "Started"}))
	}
	return m.addConstraint(n)
}

func (m *mutator) addColocation() string {
	a, b := m.twoResources()
	if a == b {
		return ""
	}
	n := xmltree.New("rsc_colocation", "id", m.id("colocation"), "rsc", a, "with-rsc", b, "score", pick(m, scores))
	switch m.rng.IntN(5) {
	case 0:
		n.Set("rsc-role", pick(m, []string{"Promoted", "Started", "Unpromoted"}))
	case 1:
		n.Set("with-rsc-role", pick(m, []string{"Promoted", "Started", "Unpromoted"}))
	case 2:
		n.Set("influence", pick(m, []string{"true", "false"}))
	}
	return m.addConstraint(n)
}

func (m *mutator) addOrder() string {
	a, b := m.twoResources()
	if a == b {
		return ""
	}
	n := xmltree.New("rsc_order", "id", m.id("order"), "first", a, "then", b, "kind", pick(m, []string{"Mandatory", "Mandatory", "Optional", "Serialize"}))
	switch m.rng.IntN(6) {
	case 0:
		n.Set("symmetrical", "false")
	case 1:
		n.Set("first-action", pick(m, []string{"start", "stop", "promote", "demote"}))
	case 2:
		n.Set("then-action", pick(m, []string{"start", "stop", "promote", "demote"}))
	case 3:
		n.Set("require-all", "false")
	}
	if n.Get("kind") == "Serialize" {
		n.Unset("symmetrical")
	}
	return m.addConstraint(n)
}

func (m *mutator) addTicket() string {
	list := m.resources()
	if len(list) == 0 || m.rng.IntN(3) > 0 {
		return ""
	}
	n := xmltree.New("rsc_ticket", "id", m.id("ticket"), "rsc", pick(m, list).Get("id"), "ticket", "ticketA", "loss-policy",
		pick(m, []string{"stop", "demote", "fence", "freeze"}))
	if m.rng.IntN(3) == 0 {
		n.Set("rsc-role", "Promoted")
	}
	return m.addConstraint(n)
}

func (m *mutator) constraintOption() string {
	list := m.all("rsc_colocation", "rsc_order", "rsc_location", "resource_set")
	if len(list) == 0 {
		return ""
	}
	n := pick(m, list).n
	name, value := "", ""
	switch n.Name {
	case "rsc_colocation":
		name = pick(m, []string{"influence", "node-attribute"})
		if value = "false"; name == "node-attribute" {
			value = "site"
		}
	case "rsc_order":
		name = pick(m, []string{"kind", "symmetrical", "require-all"})
		if value = "false"; name == "kind" {
			value = pick(m, []string{"Mandatory", "Optional"})
			n.Unset("score")
		}
	case "rsc_location":
		if n.First("rule") != nil || n.Get("score") == "" {
			return ""
		}
		name, value = "role", "Promoted"
	case "resource_set":
		name, value = "sequential", pick(m, []string{"true", "false"})
	}
	n.Set(name, value)
	return "option " + n.Get("id") + " " + name + "=" + value
}

func (m *mutator) opOption() string {
	list := m.all("op")
	if len(list) == 0 {
		return ""
	}
	n := pick(m, list).n
	var name, value string
	switch m.rng.IntN(4) {
	case 0:
		name, value = "on-fail", pick(m, []string{"ignore", "block", "stop", "restart", "standby", "fence", "demote"})
	case 1:
		name, value = "enabled", "false"
	case 2:
		name, value = "role", pick(m, []string{"Promoted", "Started", "Stopped", "Unpromoted"})
	default:
		name, value = "interval", pick(m, []string{"10s", "20s", "0", "33s"})
	}
	n.Set(name, value)
	return "op " + n.Get("id") + " " + name + "=" + value
}

// historyResult lets an operation have ended in another way.
func (m *mutator) historyResult() string {
	list := m.all("lrm_rsc_op")
	if len(list) == 0 {
		return ""
	}
	n := pick(m, list).n
	rc := pick(m, []string{"0", "7", "1", "5", "8", "9", "2", "6", "3", "4"})
	status := "0"
	target := ""
	if f := strings.Split(n.Get("transition-key"), ":"); len(f) == 4 {
		target = f[2]
	}
	if rc != target {
		status = pick(m, []string{"0", "4", "4"})
	}
	if m.rng.IntN(8) == 0 {
		rc, status = "1", pick(m, []string{"2", "3", "7"})
	} else if m.rng.IntN(10) == 0 {
		rc, status = "193", "-1"
		n.Set("call-id", "-1")
	}
	n.Set("rc-code", rc)
	n.Set("op-status", status)
	if key := n.Get("transition-key"); key != "" {
		n.Set("transition-magic", status+":"+rc+";"+key)
	}
	return "history " + n.Get("id") + " rc " + rc + " status " + status
}

func (m *mutator) nodeState() string {
	list := m.all("node_state")
	if len(list) == 0 {
		return ""
	}
	n := pick(m, list).n
	var name, value string
	switch m.rng.IntN(6) {
	case 0:
		name, value = "crmd", pick(m, []string{"online", "offline"})
	case 1:
		name, value = "join", pick(m, []string{"member", "down", "pending"})
	case 2:
		name, value = "expected", pick(m, []string{"member", "down"})
	case 3:
		name, value = "in_ccm", pick(m, []string{"true", "false"})
	case 4:
		n.Set("crmd", "offline")
		n.Set("join", "down")
		n.Set("in_ccm", "false")
		return "node lost " + n.Get("uname")
	default:
		n.Set("crmd", "online")
		n.Set("join", "member")
		n.Set("expected", "member")
		n.Set("in_ccm", "true")
		return "node there " + n.Get("uname")
	}
	n.Set(name, value)
	return "state " + n.Get("uname") + " " + name + "=" + value
}

func (m *mutator) transient(name, value string) string {
	list := m.all("node_state")
	if len(list) == 0 {
		return ""
	}
	n := pick(m, list).n
	t := n.First("transient_attributes")
	if t == nil {
		t = xmltree.New("transient_attributes", "id", n.Get("id"))
		n.Add(t)
	}
	m.setPair(t, "instance_attributes", name, value)
	return "attribute " + n.Get("uname") + " " + name + "=" + value
}

func (m *mutator) nodeAttribute() string {
	switch m.rng.IntN(8) {
	case 0, 1:
		return m.transient("standby", "on")
	case 2:
		return m.transient("maintenance", "true")
	case 3:
		return m.transient("terminate", "true")
	case 4:
		return m.transient("shutdown", "1600000000")
	case 5:
		return m.transient("#health-disk", pick(m, []string{"red", "yellow", "green"}))
	case 6:
		return m.transient("site", pick(m, []string{"a", "b"}))
	}
	list := m.resources()
	if len(list) == 0 {
		return ""
	}
	return m.transient("master-"+pick(m, list).Get("id"), pick(m, []string{"5", "10", "100", "-INFINITY"}))
}

func (m *mutator) failCount() string {
	list := m.all("lrm_rsc_op")
	if len(list) == 0 {
		return ""
	}
	op := pick(m, list)
	name := op.in.Get("id") + "#" + op.n.Get("operation") + "_" + op.n.Get("interval")
	if m.rng.IntN(2) == 0 {
		m.transient("last-failure-"+name, pick(m, []string{"1", "1600000000", m.root.Get("execution-date")}))
	}
	return m.transient("fail-count-"+name, pick(m, []string{"1", "3", "INFINITY"}))
}

func (m *mutator) quorum() string {
	value := pick(m, []string{"true", "false", "false"})
	if value == m.root.Get("have-quorum") {
		return ""
	}
	m.root.Set("have-quorum", value)
	return "quorum " + value
}

func (m *mutator) shuffle() string {
	s := m.configuration(pick(m, []string{"resources", "constraints", "nodes"}))
	if s == nil || len(s.Children) < 2 {
		return ""
	}
	s.Children = slices.Clone(s.Children)
	m.rng.Shuffle(len(s.Children), func(i, j int) { s.Children[i], s.Children[j] = s.Children[j], s.Children[i] })
	return "shuffle " + s.Name
}
