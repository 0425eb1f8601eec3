package invent

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/xmltree"
)

// emptyDigest is the digest of no parameters at all.
const emptyDigest = "f2317cad3d54cec5d7d7aa7d0bf35cf8"

// addHistories says for each primitive what the nodes know of it.
func (m *maker) addHistories() {
	if m.chance(6) {
		return // a cluster that just started
	}
	var members, all []*machine
	for _, x := range m.machines {
		if x.lrm == nil {
			continue
		}
		if x.kind == "member" {
			members = append(members, x)
		}
		if x.kind != "bundle" {
			all = append(all, x)
		}
	}
	for _, p := range m.prims {
		if m.orderly && p.within {
			continue
		}
		places := all
		switch {
		case p.on != nil:
			places = p.on
		case p.agent == "remote" || p.class == "stonith" || p.agent == "VirtualDomain" || p.agent == "docker" || p.agent == "podman":
			places = members
		}
		m.history(p, places)
	}
}

// history puts the instances of a primitive onto nodes, and lets the other nodes have looked.
func (m *maker) history(p *prim, places []*machine) {
	if len(places) == 0 {
		return
	}
	at := m.n(len(places))
	running := 0
	for i := range places {
		x := places[(at+i)%len(places)]
		if x.lrm == nil || x.knows(p.id) {
			continue
		}
		runs := running < p.instances && (x.up() || m.chance(50)) && !m.chance(15)
		if p.kind == "once" && running > 0 {
			runs = m.chance(m.busy / 8) // twice: something went wrong
		}
		if p.gone && !m.chance(40) {
			continue
		}
		id := p.id
		switch p.kind {
		case "unique":
			id += ":" + strconv.Itoa(running)
		case "anonymous":
			if m.chance(20) && !m.orderly {
				id += ":" + strconv.Itoa(running)
			}
		}
		if runs {
			running++
			m.active(p, x, id)
		} else if m.chance(85) {
			m.inactive(p, x, id)
		}
	}
}

// knows says whether there is something about a resource already.
func (x *machine) knows(id string) bool {
	for e := range x.lrm.Elements("lrm_resource") {
		if name := e.Get("id"); name == id || strings.HasPrefix(name, id+":") {
			return true
		}
	}
	return false
}

// An entry is the history of one instance on one node.
type entry struct {
	m  *maker
	p  *prim
	on *machine
	id string
	x  *xmltree.Node
}

func (m *maker) entry(p *prim, on *machine, id string) *entry {
	x := xmltree.New("lrm_resource", "id", id, "class", p.class)
	if p.provider != "" {
		x.Set("provider", p.provider)
	}
	x.Set("type", p.agent)
	on.lrm.Add(x)
	return &entry{m, p, on, id, x}
}

// add writes an operation down: its name, interval in ms, what was expected, what came, and the state of the operation.
func (e *entry) add(id, task, interval string, target, rc, status int, more ...string) {
	c := e.m.Choices
	e.on.calls++
	call := strconv.Itoa(e.on.calls)
	if status < 0 {
		call = "-1"
	}
	key := fmt.Sprintf("%d:%d:%d:0a0b0c0d-0000-4000-8000-000000000001", 1+c.n(90), 5+c.n(9), target)
	when := strconv.Itoa(Now - pick(c, 100, 1000, 20, 90000))
	op := xmltree.New("lrm_rsc_op", "id", e.id+"_"+id, "operation_key", e.id+"_"+task+"_"+interval, "operation", task, "crm-debug-origin", "do_update_resource",
		"crm_feature_set", "3.19.0", "transition-key", key, "transition-magic", fmt.Sprintf("%d:%d;%s", status, rc, key), "exit-reason", "", "on_node", e.on.name,
		"call-id", call, "rc-code", strconv.Itoa(rc), "op-status", strconv.Itoa(status), "interval", interval, "last-rc-change", when, "exec-time", "12", "queue-time", "0")
	for i := 0; i < len(more); i += 2 {
		op.Set(more[i], more[i+1])
	}
	if e.p.bare && c.chance(60) {
		op.Set("op-digest", emptyDigest)
	} else if c.chance(6) {
		op.Set("op-digest", "0123456789abcdef0123456789abcdef")
	}
	// A node keeps one entry of an id: the later one.
	e.x.Children = append(slices.DeleteFunc(e.x.Children, func(old *xmltree.Node) bool { return old.Get("id") == op.Get("id") }), op)
}

// inactive is the history of something that does not run there, as far as it is known.
func (m *maker) inactive(p *prim, x *machine, id string) {
	e := m.entry(p, x, id)
	if m.chance(m.busy / 2) {
		switch m.n(7) {
		case 0:
			e.add("last_0", "monitor", "0", 7, 5, pick(m.Choices, 4, 0, 7))
			e.add("last_failure_0", "monitor", "0", 7, 5, 4)
		case 1:
			e.add("last_0", "start", "0", 0, 1, pick(m.Choices, 4, 0))
			e.add("last_failure_0", "start", "0", 0, 1, 4)
		case 2:
			e.add("last_0", "stop", "0", 0, 1, 4)
			e.add("last_failure_0", "stop", "0", 0, 1, 4)
		case 3:
			e.add("last_0", "start", "0", 0, 193, -1)
		case 4:
			e.add("last_0", "monitor", "0", 7, 193, -1)
		case 5:
			e.add("last_0", "start", "0", 0, 1, 2)
			e.add("last_0_again", "stop", "0", 0, 0, 0)
		default:
			e.add("last_0", "monitor", "0", 7, pick(m.Choices, 2, 6, 4, 3), 4)
		}
		return
	}
	if m.chance(70) {
		e.add("last_0", "monitor", "0", 7, 7, 0)
	} else {
		e.add("last_0", "stop", "0", 0, 0, 0)
	}
}

// active is the history of something that runs, or ran until something happened.
func (m *maker) active(p *prim, x *machine, id string) {
	e := m.entry(p, x, id)
	promoted := p.promotable && m.chance(40)
	switch {
	case promoted:
		e.add("last_0", "promote", "0", 0, 0, 0)
	case m.chance(15):
		e.add("last_0", "monitor", "0", 7, 0, 0)
		if m.chance(50) {
			e.add("last_failure_0", "monitor", "0", 7, 0, 0)
		}
	default:
		e.add("last_0", "start", "0", 0, 0, 0)
	}
	want := 0
	if promoted {
		want = 8
	}
	for _, interval := range p.monitors {
		if m.chance(80) {
			e.add("monitor_"+interval, "monitor", interval, want, want, 0)
		}
	}
	if m.chance(6) {
		e.add("monitor_33000", "monitor", "33000", want, want, 0) // no longer configured
	}
	if !m.chance(m.busy) {
		return
	}
	switch other := pick(m.Choices, m.machines...); m.n(9) {
	case 0, 1, 2:
		e.add("last_failure_0", "monitor", pick(m.Choices, "10000", "11000", "60000"), want, pick(m.Choices, 1, 7, 9, 8, 0, 5), pick(m.Choices, 0, 4, 4))
	case 3:
		e.add("last_0_stop", "stop", "0", 0, 1, 4)
	case 4:
		e.add("last_0_stop", "stop", "0", 0, 193, -1)
	case 5:
		e.add("last_failure_0", "monitor", "10000", want, 1, 2)
	case 6:
		e.add("last_0_role", pick(m.Choices, "promote", "demote"), "0", 0, pick(m.Choices, 1, 9, 7), 4)
	case 7:
		if other != x && other.lrm != nil && !other.knows(p.id) {
			e.add("migrate_to_0", "migrate_to", "0", 0, pick(m.Choices, 0, 0, 1), pick(m.Choices, 0, 0, 4), "migrate_source", x.name, "migrate_target", other.name)
			if m.chance(50) {
				t := m.entry(p, other, id)
				t.add("migrate_from_0", "migrate_from", "0", 0, pick(m.Choices, 0, 1), pick(m.Choices, 0, 4), "migrate_source", x.name, "migrate_target", other.name)
			}
		}
	default:
		e.add("last_0_pending", "monitor", "10000", want, 193, -1)
	}
}
