package conf

import (
	"slices"
	"strconv"
	"strings"
)

// Agreement lists what all nodes of a cluster must have alike in ha.cf, with the values in force. What may well differ
// from machine to machine (media, logs, the watchdog, real time, children) is left out.
func (h HaCf) Agreement() []Parameter {
	nodes := slices.Clone(h.Nodes)
	list := []Parameter{
		{"auto_failback", string(h.AutoFailback)},
		{"autojoin", h.AutoJoin},
		{"crm", h.CRM},
		{"deadtime", FormatDuration(h.Deadtime)},
		{"initdead", FormatDuration(h.Initdead)},
		{"keepalive", FormatDuration(h.Keepalive)},
		{"node", strings.Join(nodes, " ")},
		{"take_over", strings.TrimSpace(h.Settings.TakeOver + " " + h.Settings.Arbiter.Kind + " " + strings.Join(h.Settings.Arbiter.References, " "))},
		{"udpport", strconv.Itoa(h.UDPPort)},
	}
	var homes []string
	for _, g := range h.Settings.GroupFailback {
		homes = append(homes, g.Key+" "+strconv.FormatBool(g.On)+" "+FormatDuration(g.Delay))
	}
	if len(homes) > 0 {
		slices.Sort(homes)
		list = append(list, Parameter{"auto_failback_group", strings.Join(homes, ", ")})
	}
	return list
}
