package invent

import (
	"strconv"

	"heartbeat/internal/xmltree"
)

// guest makes a virtual machine that is a node too.
func (m *maker) guest(name string) {
	vm := "vm-" + name
	x := m.primitive(vm, [3]string{"ocf", "heartbeat", "VirtualDomain"})
	put(x, m.pairs("meta_attributes", [2]string{"remote-node", name}))
	m.addTop(&thing{id: vm, kind: "primitive"}, x)
	m.distant(name, "guest")
	m.prims[len(m.prims)-1].within = true
	m.prims = append(m.prims, &prim{id: name, class: "ocf", provider: "pacemaker", agent: "remote", kind: "once", instances: 1, from: vm, within: true, monitors: []string{"30000"}})
}

// bundle makes containers with an address each, and perhaps a resource in each.
func (m *maker) bundle(letter string) {
	t := &thing{id: "bundle-" + letter, kind: "bundle", promotable: m.chance(30)}
	b := xmltree.New("bundle", "id", t.id)
	put(b, m.pairs("meta_attributes", m.options(metaOfAll[:6], m.busy/2)...))
	technology := pick(m.Choices, "docker", "podman")
	replicas := 1 + m.n(3)
	c := xmltree.New(technology, "image", "pcmk:http", "replicas", strconv.Itoa(replicas))
	perHost := 1
	if m.chance(20) {
		perHost = 2
		c.Set("replicas-per-host", "2")
	}
	if t.promotable {
		c.Set("promoted-max", pick(m.Choices, "1", "1", "2"))
	}
	b.Add(c)
	address := m.chance(60)
	switch {
	case address:
		b.Add(xmltree.New("network", "ip-range-start", "192.168.122.131", "host-netmask", "24").Add(xmltree.New("port-mapping", "id", m.id("port"), "port", "80")))
	default:
		b.Add(xmltree.New("network", "control-port", "3121"))
	}
	if m.chance(30) {
		b.Add(xmltree.New("storage").Add(xmltree.New("storage-mapping", "id", m.id("storage"), "source-dir", "/srv", "target-dir", "/var/www", "options", "rw")))
	}
	inside := m.chance(75) && (address || perHost == 1)
	if inside {
		agent := [3]string{"ocf", "pacemaker", "Dummy"}
		if t.promotable {
			agent[2] = "Stateful"
		}
		b.Add(m.primitive(letter, agent))
		inner := m.prims[len(m.prims)-1]
		inner.kind, inner.promotable, inner.instances, inner.within, inner.on = "anonymous", t.promotable, replicas, true, []*machine{}
	}
	m.addTop(t, b)
	for i := range replicas {
		n := strconv.Itoa(i)
		part := func(id, provider, agent string) {
			m.prims = append(m.prims, &prim{id: id, class: "ocf", provider: provider, agent: agent, kind: "once", instances: 1, from: t.id, within: true, monitors: []string{"60000"}})
		}
		part(t.id+"-"+technology+"-"+n, "heartbeat", technology)
		if address {
			part(t.id+"-ip-192.168.122."+strconv.Itoa(131+i), "heartbeat", "IPaddr2")
		}
		if inside {
			part(t.id+"-"+n, "pacemaker", "remote")
			t.prims[0].on = append(t.prims[0].on, m.distant(t.id+"-"+n, "bundle"))
		}
	}
}
