package invent

import (
	"fmt"

	"heartbeat/internal/xmltree"
)

// A machine is a node of any kind.
type machine struct {
	id, name string
	kind     string // member, remote, guest, bundle
	state    string // up, down, lost, pending, leaving, unknown
	lrm      *xmltree.Node
	calls    int
}

func (x *machine) up() bool { return x.state == "up" || x.state == "leaving" }

// addMachines makes members and remote nodes; guests come with the resources that they live in.
func (m *maker) addMachines() {
	for i := range 1 + m.n(5) {
		x := &machine{id: fmt.Sprint(i + 1), name: fmt.Sprintf("node%d", i+1), kind: "member", state: "up"}
		if m.chance(m.busy) {
			x.state = pick(m.Choices, "up", "down", "down", "lost", "lost", "lost", "pending", "leaving", "unknown")
		}
		m.machines = append(m.machines, x)
	}
	if m.chance(25) {
		for i := range 1 + m.n(2) {
			name := fmt.Sprintf("remote%d", i+1)
			m.distant(name, "remote")
		}
	}
}

func (m *maker) distant(name, kind string) *machine {
	x := &machine{id: name, name: name, kind: kind, state: "up"}
	if m.chance(30) {
		x.state = pick(m.Choices, "down", "lost", "unknown")
	}
	if m.orderly && kind != "remote" {
		x.state = "unknown"
	}
	m.machines = append(m.machines, x)
	return x
}

// configured is the entry of a node in the configuration. Guests and remote nodes may do without.
func (m *maker) configured(x *machine) *xmltree.Node {
	if x.kind != "member" && m.chance(30) || x.kind == "bundle" {
		return nil
	}
	n := xmltree.New("node", "id", x.id, "uname", x.name)
	if x.kind != "member" {
		n.Set("type", "remote")
	}
	values := m.options([]option{
		{"standby", 8, []string{"on", "off", "true"}}, {"maintenance", 5, []string{"true", "false"}}, {"site", 50, []string{"a", "b"}},
		{"#health-disk", 5, []string{"red", "yellow", "green"}}, {"pcmk_dummy", 5, []string{"7"}},
	}, 15)
	put(n, m.pairs("instance_attributes", values...))
	if m.utilization {
		put(n, m.pairs("utilization", [2]string{"cpu", fmt.Sprint(1 + m.n(8))}, [2]string{"memory", fmt.Sprint(1000 * (1 + m.n(8)))}))
	}
	return n
}

// addStatus says how the nodes are, and what happened on them.
func (m *maker) addStatus(status *xmltree.Node) {
	for _, x := range m.machines {
		if x.state == "unknown" {
			continue
		}
		s := xmltree.New("node_state", "id", x.id, "uname", x.name)
		status.Add(s)
		if x.kind != "member" {
			s.Set("remote_node", "true")
			s.Set("in_ccm", fmt.Sprint(x.up()))
			if x.state == "lost" {
				s.Set("node_fenced", pick(m.Choices, "0", "1", "1779999000"))
			}
			if m.chance(4) {
				s.Set("node_in_maintenance", pick(m.Choices, "1", "0"))
			}
		} else {
			m.member(s, x)
		}
		put(s, m.transient(x))
		x.lrm = xmltree.New("lrm_resources")
		s.Add(xmltree.New("lrm", "id", x.id).Add(x.lrm))
	}
	if len(m.tickets) > 0 {
		tickets := xmltree.New("tickets")
		for _, id := range m.tickets {
			if t := xmltree.New("ticket_state", "id", id, "granted", pick(m.Choices, "true", "true", "false")); m.chance(80) {
				if m.chance(15) {
					t.Set("standby", "true")
				}
				tickets.Add(t)
			}
		}
		status.Add(tickets)
	}
	m.addHistories()
	for s := range status.Elements("node_state") {
		if lrm := s.First("lrm"); lrm != nil && len(lrm.First("lrm_resources").Children) == 0 && m.chance(30) {
			s.Children = s.Children[:len(s.Children)-1]
		}
	}
}

func (m *maker) member(s *xmltree.Node, x *machine) {
	set := func(in, crmd, join, expected string) {
		s.Set("in_ccm", in)
		s.Set("crmd", crmd)
		s.Set("join", join)
		s.Set("expected", expected)
	}
	s.Set("crm-debug-origin", "do_update_resource")
	switch x.state {
	case "up", "leaving":
		set("true", "online", "member", "member")
		if m.chance(20) { // as the controllers of today write it: when it came
			set("1779990000", "1779990010", "member", "member")
		}
	case "down":
		set("false", "offline", "down", "down")
	case "lost":
		switch m.n(4) {
		case 0:
			set("false", "offline", "member", "member")
		case 1:
			set("true", "offline", "member", "member")
		case 2:
			set("false", "offline", "down", "member")
		default:
			set("false", "online", "member", "member")
		}
	case "pending":
		set("true", pick(m.Choices, "online", "offline"), pick(m.Choices, "pending", "down"), pick(m.Choices, "member", "down"))
	}
}

// transient are the attributes that a node has until it leaves.
func (m *maker) transient(x *machine) *xmltree.Node {
	values := m.options([]option{
		{"standby", 4, []string{"on", "off"}}, {"terminate", 2, []string{"true", "false"}}, {"maintenance", 2, []string{"true"}},
		{"#health-cpu", 6, []string{"red", "yellow", "green"}}, {"ping", 15, []string{"0", "1000"}}, {"#node-unfenced", 4, []string{"1779990000"}},
	}, m.busy)
	if x.state == "leaving" {
		values = append(values, [2]string{"shutdown", pick(m.Choices, "1779999990", "1779000000")})
	}
	for _, p := range m.prims {
		if p.promotable && m.chance(60) {
			values = append(values, [2]string{"master-" + p.id, pick(m.Choices, "5", "10", "10", "100", "1", "0", "-1", "-INFINITY", "INFINITY")})
		}
		if m.chance(m.busy / 4) {
			name := p.id + pick(m.Choices, "", "", ":0") + "#" + pick(m.Choices, "monitor_10000", "start_0", "stop_0", "promote_0", "monitor_0")
			values = append(values, [2]string{"fail-count-" + name, pick(m.Choices, "1", "2", "3", "INFINITY")})
			if m.chance(60) {
				values = append(values, [2]string{"last-failure-" + name, pick(m.Choices, "1779999950", "1779990000")})
			}
		}
	}
	block := m.pairs("instance_attributes", values...)
	if block == nil {
		return nil
	}
	return xmltree.New("transient_attributes", "id", x.id).Add(block)
}
