package migrate

import (
	"strconv"
	"strings"

	"heartbeat/internal/conf"
	"heartbeat/internal/xmltree"
)

func node(name string, pairs ...string) *xmltree.Node { return xmltree.New(name, pairs...) }

// primitive converts one resource. index is its number in ids that have one; id is set when a comment gave it.
func (c *converter) primitive(r conf.Resource, index int, id string) *xmltree.Node {
	agent, known := agents()[r.Script]
	known = known && !c.in.NoOCF
	address, isAddress := c.address(r)
	if id == "" {
		id = r.Script + "_" + strconv.Itoa(index)
		if isAddress && address.IP.Is4() {
			id = r.Script + "_" + strings.ReplaceAll(address.IP.String(), ".", "_")
		}
		id = c.unique(cleanID(id))
	}
	class, provider := "ocf", "heartbeat"
	if !known {
		class = c.class(r)
	}
	var e *xmltree.Node
	switch {
	case c.in.Schema == Schema06:
		e = node("primitive", "id", id, "type", r.Script, "class", class, "provider", provider)
	case class == "ocf":
		e = node("primitive", "id", id, "class", class, "provider", provider, "type", r.Script)
	default:
		e = node("primitive", "id", id, "class", class, "type", r.Script)
	}
	if !c.in.NoMonitor {
		interval, timeout := "120s", "60s"
		if known && agent.quick {
			interval, timeout = "5s", "5s"
		}
		e.Add(node("operations").Add(node("op", "id", id+"_mon", "name", "monitor", "interval", interval, "timeout", timeout)))
	}
	var pairs [][3]string
	switch {
	case known && isAddress:
		pairs = addressPairs(id, agent, address)
	case known:
		pairs = c.named(id, agent, r)
	default:
		for i, a := range r.Args {
			n := strconv.Itoa(i + 1)
			pairs = append(pairs, [3]string{id + "_attr_" + n, n, a})
		}
	}
	if len(pairs) > 0 {
		if c.in.Schema != Schema06 && (class == "lsb" || class == "systemd") {
			c.warn(r.Line, "resource "+r.Word+" has arguments, and a resource of class "+class+" takes none: they are left out", "use an OCF agent, or put the arguments into the configuration of the service")
			return e
		}
		e.Add(c.set("instance_attributes", id+"_inst_attr", pairs))
	}
	return e
}

// address is the argument of an address resource. The parser of haresources has warned about one that it cannot read; here it is an error.
func (c *converter) address(r conf.Resource) (conf.Address, bool) {
	if !r.IsAddress() {
		return conf.Address{}, false
	}
	if len(r.Args) != 1 {
		c.fail(r.Line, r.Script+" takes exactly one argument", "write "+r.Script+"::192.168.1.10/24/eth0")
		return conf.Address{}, false
	}
	a, err := conf.ParseAddress(r.Args[0])
	if err != nil {
		c.fail(r.Line, err.Error(), "correct the address")
		return conf.Address{}, false
	}
	return a, true
}

// class says what kind of script it is.
func (c *converter) class(r conf.Resource) string {
	class := ""
	if c.in.ClassOf != nil {
		class = c.in.ClassOf(r.Script)
	}
	switch {
	case class == "systemd" && c.in.Schema == Schema06:
	case class != "":
		return class
	}
	c.warn(r.Line, r.Script+" is an unknown Resource Agent: neither resource.d nor init.d of this machine has it", "convert on a machine that has it, or correct the name")
	if c.in.Schema == Schema06 {
		return "UNKNOWN"
	}
	return "lsb" // the schema knows no other word for a script that is not there yet
}

// addressPairs writes an address down part by part. The numbers in the ids are the places in the agent's list.
func addressPairs(id string, agent agent, a conf.Address) (out [][3]string) {
	value := map[string]string{"ip": a.IP.String(), "ipv6addr": a.IP.String(), "nic": a.Interface, "iflabel": a.Label}
	if a.Bits > 0 {
		value["cidr_netmask"] = strconv.Itoa(a.Bits)
	}
	if a.Broadcast.IsValid() {
		value["broadcast"] = a.Broadcast.String()
	}
	for i, n := range agent.params {
		if v := value[n]; v != "" {
			out = append(out, [3]string{id + "_attr_" + strconv.Itoa(i), n, v})
		}
	}
	return out
}

// named gives arguments the agent's names, by position. What is too many is joined to the last one.
func (c *converter) named(id string, agent agent, r conf.Resource) (out [][3]string) {
	if len(agent.params) == 0 && len(r.Args) > 0 {
		c.warn(r.Line, r.Script+" takes no arguments: "+strings.Join(r.Args, " ")+" is left out", "remove the arguments")
		return nil
	}
	for i, a := range r.Args {
		last := i == len(agent.params)-1
		if last {
			a = strings.Join(r.Args[i:], " ")
		}
		out = append(out, [3]string{id + "_attr_" + strconv.Itoa(i), agent.params[i], a})
		if last {
			break
		}
	}
	return out
}

// home makes a resource prefer a node.
func (c *converter) home(id, uname string) {
	c.placed = append(c.placed, id)
	rule := "prefered_location_" + id // the classic tool spelt it so, and scripts look for it
	c.constraints.Add(node("rsc_location", "id", "rsc_location_"+id, "rsc", id).Add(
		node("rule", "id", rule, "score", "100").Add(
			node("expression", "id", rule+"_expr", "attribute", "#uname", "operation", "eq", "value", uname))))
}

// sticky writes the exception that a group has from auto_failback.
func (c *converter) sticky(e *xmltree.Node, g conf.Group) *xmltree.Node {
	for _, f := range c.haCf.Settings.GroupFailback {
		if f.Key != g.Key() {
			continue
		}
		value := c.stickiness(f.On)
		if c.in.Schema == Schema06 {
			e.Set("resource_stickiness", value)
			continue
		}
		id := e.Get("id") + "_meta_attr"
		set := c.set("meta_attributes", id, [][3]string{{id + "_1", "resource-stickiness", value}})
		e.Children = append([]*xmltree.Node{set}, e.Children...)
	}
	return e
}
