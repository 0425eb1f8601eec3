package scheduler

import (
	"fmt"
	"strconv"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// Places inside the programs of a cluster; digests of containers contain them, so they are part of the format.
const (
	remoteDaemon = "/usr/sbin/pacemaker-remoted"
	remoteKey    = "/etc/pacemaker/authkey"
	bundleLogs   = "/var/log/pacemaker/bundles"
	remotePort   = 3121
)

// bundleData is what only bundles have.
type bundleData struct {
	agent                     string // docker or podman
	promotedMax               int
	count, perHost            int // containers in all and on one machine
	image, network            string
	command, options          string
	ipStart, ipLast           string
	netmask, nic, controlPort string
	addHost                   bool
	hosts                     string // options that tell each container the names of all
	ports                     []bundlePort
	mounts                    []bundleMount
	child                     *resource // the clone inside, nil when only containers are wanted
	replicas                  []*replica
}

type bundlePort struct{ source, target string }

type bundleMount struct {
	source, target, options string
	perReplica              bool
}

// A replica is one container with what belongs to it; ip, child and remote may be missing.
type replica struct {
	offset                       int
	address                      string
	node                         *node
	ip, child, container, remote *resource
}

// unpackBundle reads the element and makes all resources of a bundle.
func (r *resource) unpackBundle() bool {
	d := &bundleData{}
	r.bundle = d
	box := r.xml.First("docker")
	if d.agent = "docker"; box == nil {
		box, d.agent = r.xml.First("podman"), "podman"
	}
	if box == nil {
		r.c.note(r.xml, "bundle "+r.id+" is left out: it has neither docker nor podman")
		return false
	}
	d.promotedMax = leastText(box, "promoted-max", 0)
	if _, ok := box.Lookup("replicas"); !ok && d.promotedMax > 0 {
		d.count = d.promotedMax
	} else {
		d.count = leastText(box, "replicas", 1)
	}
	d.count = min(d.count, cib.MostInstances)
	if d.perHost = leastText(box, "replicas-per-host", 1); d.perHost == 1 {
		r.unset(rscUnique)
	}
	d.command, d.options = box.Get("run-command"), box.Get("options")
	d.image, d.network = box.Get("image"), box.Get("network")
	d.readNetwork(r.xml.First("network"))
	ownLogs := d.readStorage(r.xml.First("storage"))
	inner := r.xml.First("primitive")
	if inner != nil && !d.reachable() {
		r.c.note(r.xml, "bundle "+r.id+" is left out: its resource cannot be reached without ip-range-start or control-port")
		return false
	}
	if inner == nil {
		for i := range d.count {
			p := &replica{offset: i}
			d.giveAddress(r.id, p)
			d.replicas = append(d.replicas, p)
		}
	} else if !r.unpackInside(inner, ownLogs) {
		return false
	}
	for _, p := range d.replicas {
		if !r.unpackReplica(p) {
			return false
		}
		if p.child != nil {
			p.container.utilization, p.child.utilization = p.child.utilization, p.container.utilization
		}
	}
	if d.child != nil {
		r.children = append(r.children, d.child)
	}
	return true
}

func leastText(x *xmltree.Node, name string, least int) int { return cib.AtLeast(x.Get(name), least) }

func (d *bundleData) readNetwork(x *xmltree.Node) {
	if x == nil {
		return
	}
	d.ipStart, d.netmask, d.nic, d.controlPort = x.Get("ip-range-start"), x.Get("host-netmask"), x.Get("host-interface"), x.Get("control-port")
	var ok bool
	if d.addHost, ok = cib.Bool(x.Get("add-host")); !ok {
		d.addHost = true
	}
	for m := range x.Elements("port-mapping") {
		p := bundlePort{source: m.Get("port")}
		if p.source == "" {
			p.source = m.Get("range")
		} else {
			p.target = m.Get("internal-port")
		}
		if p.source == "" {
			continue
		}
		if p.target == "" {
			p.target = p.source
		}
		d.ports = append(d.ports, p)
	}
}

// readStorage says whether the configuration gives the containers a place for logs.
func (d *bundleData) readStorage(x *xmltree.Node) (ownLogs bool) {
	if x == nil {
		return false
	}
	for m := range x.Elements("storage-mapping") {
		source, given := m.Lookup("source-dir")
		if !given {
			source = m.Get("source-dir-root")
		}
		target := m.Get("target-dir")
		if source == "" || target == "" {
			continue
		}
		d.mounts = append(d.mounts, bundleMount{source, target, m.Get("options"), !given})
		ownLogs = ownLogs || target == "/var/log"
	}
	return ownLogs
}

// reachable says whether the node inside a container can be connected to. With only a port there can be one container on a machine.
func (d *bundleData) reachable() bool {
	if d.ipStart != "" {
		return true
	}
	if d.controlPort != "" {
		d.perHost = min(d.perHost, 1)
		return true
	}
	return false
}

// unpackInside makes the clone whose instances live in the containers.
func (r *resource) unpackInside(inner *xmltree.Node, ownLogs bool) bool {
	d := r.bundle
	suffix := "clone"
	if d.promotedMax > 0 {
		suffix = "master"
	}
	meta := xmltree.New("meta_attributes", "id", r.id+"-clone-meta")
	add := func(name, value string) {
		meta.Add(xmltree.New("nvpair", "id", r.id+"-clone-meta-"+name, "name", name, "value", value))
	}
	add("ordered", "true")
	add("clone-max", strconv.Itoa(d.count))
	add("clone-node-max", strconv.Itoa(d.perHost))
	add("globally-unique", strconv.FormatBool(d.perHost > 1))
	if d.promotedMax > 0 {
		add("promotable", "true")
		add("promoted-max", strconv.Itoa(d.promotedMax))
	}
	if d.child = r.c.unpackResource(xmltree.New("clone", "id", r.id+"-"+suffix).Add(meta, inner), r, ""); d.child == nil {
		return false
	}
	d.mounts = append(d.mounts, bundleMount{source: remoteKey, target: remoteKey})
	if !ownLogs {
		d.mounts = append(d.mounts, bundleMount{source: bundleLogs, target: "/var/log", perReplica: true})
	}
	port := d.portText()
	d.ports = append(d.ports, bundlePort{port, port})
	target := ""
	for i, child := range d.child.children {
		p := &replica{offset: i, child: child}
		child.set(rscExclusiveProbes)
		if child.is(rscNotify) {
			d.child.set(rscNotify)
		}
		d.giveAddress(r.id, p)
		d.replicas = append(d.replicas, p)
		target = child.meta.Get("container-attribute-target")
	}
	if target != "" {
		r.meta.Set("container-attribute-target", target)
		d.child.meta.Set("container-attribute-target", target)
	}
	return true
}

func (d *bundleData) portText() string {
	if d.controlPort != "" {
		return d.controlPort
	}
	return strconv.Itoa(remotePort)
}

// giveAddress gives a replica the next address of the range and tells all containers about it.
func (d *bundleData) giveAddress(prefix string, p *replica) {
	if d.ipStart == "" {
		return
	}
	if p.address = d.ipStart; len(d.replicas) > 0 {
		p.address = nextAddress(d.ipLast)
	}
	d.ipLast = p.address
	if d.addHost {
		d.hosts += fmt.Sprintf(" --add-host=%s-%d:%s", prefix, p.offset, p.address)
	} else {
		d.hosts += fmt.Sprintf(" --hosts-entry=%s=%s-%d", p.address, prefix, p.offset)
	}
}

// nextAddress counts an IPv4 address up; the last two of each range of 256 are left out. It is empty behind the end.
func nextAddress(last string) string {
	var a, b, c, e uint
	if n, _ := fmt.Sscanf(last, "%d.%d.%d.%d", &a, &b, &c, &e); n != 4 || c > 253 {
		return ""
	}
	if e > 253 {
		c, e = c+1, 1
	} else {
		e++
	}
	return fmt.Sprintf("%d.%d.%d.%d", a, b, c, e)
}

// runOptions is the command line for a container. Every blank of it counts, because executors keep a digest.
func (d *bundleData) runOptions(prefix string, p *replica) (options, mountPoints string) {
	var b strings.Builder
	if d.agent == "docker" {
		b.WriteString(" --restart=no")
	}
	if d.ipStart != "" {
		fmt.Fprintf(&b, " -h %s-%d", prefix, p.offset)
	}
	b.WriteString(" -e PCMK_stderr=1")
	if d.network != "" {
		b.WriteString(" --net=" + d.network)
	}
	b.WriteString(" -e PCMK_remote_port=" + d.portText())
	var points []string
	for _, m := range d.mounts {
		source := m.source
		if m.perReplica {
			source = fmt.Sprintf("%s/%s-%d", m.source, prefix, p.offset)
			points = append(points, source)
		}
		b.WriteString(" -v " + source + ":" + m.target)
		if m.options != "" {
			b.WriteString(":" + m.options)
		}
	}
	for _, port := range d.ports {
		if p.address != "" {
			b.WriteString(" -p " + p.address + ":" + port.source + ":" + port.target)
		} else if d.network != "host" {
			b.WriteString(" -p " + port.source + ":" + port.target)
		}
	}
	if d.options != "" {
		b.WriteString(" " + d.options)
	}
	// There is always a text here, even an empty one.
	b.WriteString(" " + d.hosts)
	return b.String(), strings.Join(points, ",")
}
