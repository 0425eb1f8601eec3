package migrate

import (
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/conf"
)

// pings says whether groups of the v1 cluster go where more ping nodes answer.
func (c *converter) pings() bool {
	h := c.haCf
	return h.Settings.Connectivity == conf.ConnectivityOn && slices.ContainsFunc(h.Media, isPing)
}

func isPing(m conf.Medium) bool { return strings.HasPrefix(m.Kind, "ping") }

// connectivity converts ipfail: an agent on every node counts the ping nodes that answer, and every resource goes where
// more of them do. As with ipfail nothing stops when none answers anywhere.
func (c *converter) connectivity() {
	if !c.pings() {
		return
	}
	id := c.unique("pingd_child")
	e := node("primitive", "id", id, "class", "ocf", "provider", "pacemaker", "type", "ping")
	timeout := "60s"
	if c.in.Schema == Schema06 {
		e = node("primitive", "id", id, "type", "pingd", "class", "ocf", "provider", "heartbeat")
		timeout = "5s"
	}
	if !c.in.NoMonitor {
		e.Add(node("operations").Add(node("op", "id", id+"_mon", "name", "monitor", "interval", "10s", "timeout", timeout)))
	}
	e.Add(c.set("instance_attributes", id+"_inst_attr", [][3]string{
		{id + "_attr_0", "name", "pingd"},
		{id + "_attr_1", "dampen", seconds(c.haCf.Settings.Dampen)},
		{id + "_attr_2", "multiplier", strconv.Itoa(pingScore)},
		{id + "_attr_3", "host_list", strings.Join(c.pingHosts(), " ")},
	}))
	c.resources.Add(c.cloneOf(c.unique("pingd"), e))
	dash := "-"
	if c.in.Schema == Schema06 {
		dash = "_"
	}
	for _, rsc := range c.placed {
		rule := "connected_location_" + rsc
		c.constraints.Add(node("rsc_location", "id", "rsc_location_"+rsc+"_connected", "rsc", rsc).Add(
			node("rule", "id", rule, "score"+dash+"attribute", "pingd").Add(
				node("expression", "id", rule+"_expr", "attribute", "pingd", "operation", "defined"))))
	}
}

// pingHosts are what the agent asks: Heartbeat's own ping nodes by name, or, without Heartbeat, the hosts themselves.
func (c *converter) pingHosts() (hosts []string) {
	for _, m := range c.haCf.Media {
		switch {
		case !isPing(m):
		case m.Kind == "ping_group" && c.in.Schema != Schema06:
			hosts = append(hosts, m.Targets...)
		default:
			hosts = append(hosts, m.Name)
		}
	}
	return hosts
}
