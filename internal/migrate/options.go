package migrate

import (
	"strconv"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/xmltree"
)

// Scores that decide between nodes. A group prefers its home by 100; where connectivity counts, staying
// counts more than the home, and every ping node that answers more than staying, even for groups of many resources.
const (
	pingScore  = 10000
	pingSticky = 200
)

// stickiness is auto_failback: a group that is sent home does not cling to where it is.
func (c *converter) stickiness(failback bool) string {
	switch {
	case failback:
		return "0"
	case c.pings():
		return strconv.Itoa(pingSticky) // with INFINITY it would stay on a node that lost its network
	}
	return "INFINITY"
}

// document puts everything together.
func (c *converter) document() *xmltree.Node {
	head := node("cib", "admin_epoch", "0", "epoch", "0", "num_updates", "0")
	configuration := node("configuration").Add(c.options(), node("nodes"), c.resources, c.constraints)
	if c.in.Schema != Schema06 {
		head = node("cib", "validate-with", "pacemaker-1.2", "admin_epoch", "0", "epoch", "0", "num_updates", "0")
		configuration.Add(
			node("rsc_defaults").Add(c.set("meta_attributes", "rsc-options", [][3]string{
				{"rsc-options-resource-stickiness", "resource-stickiness", c.stickiness(c.haCf.AutoFailback != conf.FailbackOff)},
			})),
			node("op_defaults").Add(c.set("meta_attributes", "op-options", [][3]string{
				{"op-options-timeout", "timeout", "20s"},
			})))
	}
	return head.Add(configuration, node("status"))
}

// options is the set of cluster options.
func (c *converter) options() *xmltree.Node {
	list := c.options1()
	if c.in.Schema == Schema06 {
		list = c.options06()
	}
	const id = "cib-bootstrap-options"
	var pairs [][3]string
	for _, o := range list {
		pairs = append(pairs, [3]string{id + "-" + o[0], o[0], o[1]})
	}
	return node("crm_config").Add(c.set("cluster_property_set", id, pairs))
}

// options06 are the classic tool's, in its order.
func (c *converter) options06() [][2]string {
	return [][2]string{
		{"symmetric-cluster", "true"},
		{"no-quorum-policy", "stop"},
		{"default-resource-stickiness", c.stickiness(c.haCf.AutoFailback != conf.FailbackOff)},
		{"default-resource-failure-stickiness", "0"},
		{"stonith-enabled", strconv.FormatBool(len(c.haCf.Stonith) > 0)},
		{"stonith-action", "reboot"},
		{"startup-fencing", "true"},
		{"stop-orphan-resources", "true"},
		{"stop-orphan-actions", "true"},
		{"remove-after-stop", "false"},
		{"short-resource-names", "true"},
		{"transition-idle-timeout", "5min"},
		{"default-action-timeout", "20s"},
		{"is-managed-default", "true"},
		{"cluster-delay", seconds(c.delay())},
		{"dc-deadtime", seconds(c.haCf.Initdead)},
		{"pe-error-series-max", "-1"},
		{"pe-warn-series-max", "-1"},
		{"pe-input-series-max", "-1"},
	}
}

// options1 are those that later versions know. Of two nodes one alone must go on, as it does in a v1 cluster.
func (c *converter) options1() [][2]string {
	quorum := "stop"
	if len(c.haCf.Nodes) <= 2 {
		quorum = "ignore"
	}
	return [][2]string{
		{"symmetric-cluster", "true"},
		{"no-quorum-policy", quorum},
		{"stonith-enabled", strconv.FormatBool(len(c.haCf.Stonith) > 0)},
		{"stonith-action", "reboot"},
		{"startup-fencing", "true"},
		{"stop-orphan-resources", "true"},
		{"stop-orphan-actions", "true"},
		{"cluster-delay", seconds(c.delay())},
		{"dc-deadtime", seconds(c.haCf.Initdead)},
		{"pe-error-series-max", "-1"},
		{"pe-warn-series-max", "-1"},
		{"pe-input-series-max", "-1"},
	}
}

// delay is how long news may take from one end of the cluster to the other: never shorter than it takes to see a node die.
func (c *converter) delay() time.Duration { return max(time.Minute, 2*c.haCf.Deadtime) }

// seconds rounds up: no limit gets shorter by being written down.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10) + "s"
}
