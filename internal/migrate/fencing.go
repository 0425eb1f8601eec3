package migrate

import (
	"strconv"
	"strings"

	"heartbeat/internal/conf"
	"heartbeat/internal/xmltree"
)

// fencing converts the devices of ha.cf. A line for every host becomes a clone, one for a host a resource that prefers it.
func (c *converter) fencing() {
	c.file = c.in.HaCf.Name
	for _, s := range c.haCf.Stonith {
		params := s.Params
		if s.Host == "" {
			var ok bool
			if params, ok = c.fromFile(s); !ok {
				continue
			}
		}
		p := c.device(s, strings.Fields(params))
		if s.Host == "*" || s.Host == "" {
			c.resources.Add(c.cloneOf(c.unique("clone_"+strconv.Itoa(c.single)), p))
		} else {
			c.resources.Add(p)
			c.homeOfDevice(p.Get("id"), s)
		}
		c.single++
	}
}

func (c *converter) homeOfDevice(id string, s conf.Stonith) {
	for _, n := range c.haCf.Nodes {
		if n == strings.ToLower(s.Host) {
			placed := c.placed
			c.home(id, n)
			c.placed = placed // a fencing device stays usable without ping nodes
			return
		}
	}
	c.fail(s.Line, "stonith_host "+s.Host+" names no node", "write one of: "+strings.Join(c.haCf.Nodes, " ")+", or * for all")
}

// fromFile reads what a stonith line leaves to a file: its first line that is no comment.
func (c *converter) fromFile(s conf.Stonith) (string, bool) {
	fix := "write the parameters into a line: stonith_host * " + s.Type + " PARAMETERS"
	if c.in.ReadFile == nil {
		c.fail(s.Line, "the parameters of "+s.Type+" are in "+s.Params, fix)
		return "", false
	}
	data, err := c.in.ReadFile(s.Params)
	if err != nil {
		c.fail(s.Line, err.Error(), fix)
		return "", false
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return line, true
		}
	}
	return "", true
}

// device makes the resource of a fencing plug-in.
func (c *converter) device(s conf.Stonith, values []string) *xmltree.Node {
	id := c.unique("stonith_" + strconv.Itoa(c.single))
	e := node("primitive", "id", id, "class", "stonith", "type", s.Type)
	needs := "requires"
	if c.in.Schema == Schema06 {
		e = node("primitive", "id", id, "type", s.Type, "class", "stonith", "provider", "heartbeat")
		needs = "prereq"
	}
	if !c.in.NoMonitor {
		start := node("op", "id", id+"_start", "name", "start", "timeout", "20s", needs, "nothing")
		if c.in.Schema != Schema06 {
			start = node("op", "id", id+"_start", "name", "start", "interval", "0s", "timeout", "20s", needs, "nothing")
		}
		e.Add(node("operations").Add(
			node("op", "id", id+"_mon", "name", "monitor", "interval", "5s", "timeout", "20s", needs, "nothing"), start))
	}
	if len(values) == 0 {
		return e
	}
	names := c.parameterNames(s, len(values))
	var pairs [][3]string
	for i := range min(len(values), len(names)) {
		pairs = append(pairs, [3]string{id + "_attr_" + strconv.Itoa(i+2), names[i], values[i]}) // from 2, as the classic tool
	}
	return e.Add(c.set("instance_attributes", id+"_inst_attr", pairs))
}

// parameterNames asks the plug-in what its values are called.
func (c *converter) parameterNames(s conf.Stonith, values int) []string {
	var names []string
	if c.in.StonithNames != nil {
		names = c.in.StonithNames(s.Type)
	}
	if names == nil {
		c.fail(s.Line, "the names of the parameters of "+s.Type+" are not known", "install cluster-glue, and see whether stonith -n -t "+s.Type+" prints them")
		return nil
	}
	// Plug-ins take a list of hosts as their last parameter, blanks and all.
	if values > len(names) && (len(names) == 0 || names[len(names)-1] != "hostlist") {
		c.fail(s.Line, "stonith device "+s.Type+" has "+strconv.Itoa(len(names))+" parameters, here are "+strconv.Itoa(values), "write: "+strings.Join(names, " "))
	}
	return names
}
