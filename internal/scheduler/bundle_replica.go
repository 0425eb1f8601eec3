package scheduler

import (
	"fmt"
	"strings"

	"heartbeat/internal/xmltree"
)

// unpackReplica makes the container, the address and the connection of one replica.
func (r *resource) unpackReplica(p *replica) bool {
	if !r.unpackContainer(p) || !r.unpackAddress(p) || !r.unpackConnection(p) {
		return false
	}
	if p.child != nil && p.address != "" {
		p.child.meta.Set("external-ip", p.address)
	}
	if p.remote != nil {
		p.remote.set(rscNestingAllowed)
	}
	return true
}

// sanitize makes an id of a text.
func sanitize(id string) string { return strings.NewReplacer(":", ".", "#", ".", "&", ".").Replace(id) }

// generated begins the element of a resource that nobody configured.
func generated(id, kind, attrsID string, pairs ...string) *xmltree.Node {
	attrs := xmltree.New("instance_attributes", "id", attrsID)
	for i := 0; i+1 < len(pairs); i += 2 {
		attrs.Add(xmltree.New("nvpair", "id", attrsID+"-"+pairs[i], "name", pairs[i], "value", pairs[i+1]))
	}
	return xmltree.New("primitive", "id", id, "class", "ocf", "provider", "heartbeat", "type", kind).
		Add(attrs, xmltree.New("operations").Add(opElement(id, "monitor", "60s", "")))
}

func (r *resource) unpackContainer(p *replica) bool {
	d := r.bundle
	options, points := d.runOptions(r.id, p)
	pairs := []string{"image", d.image, "allow_pull", "true", "force_kill", "false", "reuse", "false", "run_opts", options, "mount_points", points}
	switch {
	case d.command != "":
		pairs = append(pairs, "run_cmd", d.command)
	case p.child != nil:
		pairs = append(pairs, "run_cmd", remoteDaemon)
	}
	pairs = append(pairs, "monitor_cmd", "/bin/true")
	id := sanitize(fmt.Sprintf("%s-%s-%d", r.id, d.agent, p.offset))
	if p.container = r.c.unpackResource(generated(id, d.agent, fmt.Sprintf("%s-attributes-%d", r.id, p.offset), pairs...), r, ""); p.container == nil {
		return false
	}
	p.container.set(rscReplicaContainer)
	r.children = append(r.children, p.container)
	return true
}

func (r *resource) unpackAddress(p *replica) bool {
	d := r.bundle
	if d.ipStart == "" {
		return true
	}
	pairs := []string{"ip", p.address}
	if d.nic != "" {
		pairs = append(pairs, "nic", d.nic)
	}
	mask := d.netmask
	if mask == "" {
		mask = "32"
	}
	id := sanitize(r.id + "-ip-" + p.address)
	x := generated(id, "IPaddr2", fmt.Sprintf("%s-attributes-%d", r.id, p.offset), append(pairs, "cidr_netmask", mask)...)
	if p.ip = r.c.unpackResource(x, r, ""); p.ip == nil {
		return false
	}
	r.children = append(r.children, p.ip)
	return true
}

// unpackConnection makes the node inside the container and the connection to it. Only the instance of this replica may run there.
func (r *resource) unpackConnection(p *replica) bool {
	c, d := r.c, r.bundle
	if p.child == nil || !d.reachable() {
		return true
	}
	spec := connectionSpec{name: fmt.Sprintf("%s-%d", r.id, p.offset), container: p.container.id, addr: p.address, port: d.portText()}
	if c.findResource(spec.name) != nil {
		spec.name = fmt.Sprintf("pcmk-internal-%s-remote-%d", p.child.id, p.offset)
	}
	if spec.addr == "" {
		spec.addr = "#uname"
	}
	n := c.findNode(spec.name)
	if n == nil {
		n = c.addNode(spec.name, spec.name, "remote", -infinity)
	}
	n.score, n.probe = -infinity, probeNever
	for _, top := range c.resources {
		top.eachBelow(func(other *resource) {
			if w := other.allowed.get(n); w != nil {
				c.set(w, -infinity, source{kind: fromContainer})
				w.probe = probeNever
			}
		})
	}
	p.node = n
	p.child.allowed = nil
	for _, mine := range []struct {
		r     *resource
		score int
	}{{p.child, 500}, {p.child.parent, -infinity}} {
		w := mine.r.allowed.put(n)
		*w = weight{probe: probeExclusive, in: true}
		c.set(w, mine.score, source{kind: fromContainer, with: p.container})
	}
	if p.remote = c.unpackResource(spec.element(), r, ""); p.remote == nil {
		return false
	}
	for _, other := range c.nodes {
		if w := p.remote.allowed.get(other); w != nil && other.remote {
			c.set(w, -infinity, source{kind: fromRemote})
		}
	}
	n.connection = p.remote
	p.remote.launcher = p.container
	n.attrs["#kind"] = "container"
	r.children = append(r.children, p.remote)
	return true
}

// inside is the instance in a container of a bundle, nil for everything else.
func (r *resource) inside() *resource {
	top := r.topWithBundle()
	if !top.isBundle() {
		return nil
	}
	for _, p := range top.bundle.replicas {
		if p.container == r {
			return p.child
		}
	}
	return nil
}

// containers are what counts as the instances of a bundle.
func (r *resource) containers() []*resource {
	out := make([]*resource, 0, len(r.bundle.replicas))
	for _, p := range r.bundle.replicas {
		out = append(out, p.container)
	}
	return out
}

// instances are the children of a clone or the containers of a bundle.
func (r *resource) instances() []*resource {
	if r.isBundle() {
		return r.containers()
	}
	return r.children
}

// wantsHostAddress says whether a connection's address is that of the machine below its container.
func (r *resource) wantsHostAddress() bool {
	if !isConnection(r.xml) {
		return false
	}
	return strings.EqualFold(r.parameters(nil).Get("addr"), "#uname")
}

// hostAddress is the name of the machine below the container of a connection that wants it; empty when none is known.
func (r *resource) hostAddress() string {
	if !r.wantsHostAddress() {
		return ""
	}
	top := r.topWithBundle()
	if !top.isBundle() {
		return ""
	}
	for _, p := range top.bundle.replicas {
		if p.remote != r {
			continue
		}
		n := p.container.assigned
		if n == nil {
			n = p.container.current()
		}
		if n != nil {
			return n.name
		}
	}
	return ""
}
