package conf

import (
	"path"
	"slices"
	"strings"
)

// runs says whether the line starts a program of that name.
func (c Child) runs(name string) bool {
	program, _, _ := strings.Cut(c.Command, " ")
	return path.Base(program) == name
}

// BuiltIn says that the daemon does the work of a child itself, so that the program is not started: dopd; ipfail and pingd, if
// the setting connectivity is on, as it is with them; and ccm, unless the setting consensus is off. Two of them on a node
// would speak with one voice against each other.
func (h HaCf) BuiltIn(c Child) bool {
	return c.IsDopd() || c.IsIpfail() && h.Settings.Connectivity == ConnectivityOn || c.runs("ccm") && h.RunsConsensus()
}

// IsDopd says that the line asks for the service that marks disks of DRBD peers as outdated.
func (c Child) IsDopd() bool { return c.runs("dopd") }

// RunsConsensus says whether the nodes agree on a membership: when the setting says so, else when ha.cf starts ccm, by itself or
// with a cluster resource manager.
func (h HaCf) RunsConsensus() bool {
	switch h.Settings.Consensus {
	case "on":
		return true
	case "off":
		return false
	}
	return h.CRM != "" && h.CRM != "off" || slices.ContainsFunc(h.Respawn, func(c Child) bool { return c.runs("ccm") })
}

// EnvValue is the value of a variable that ha.cf gives to its children (env NAME=value), with or without the prefix HA_ that
// C's programs also look for.
func (h HaCf) EnvValue(name string) string {
	for _, want := range []string{"HA_" + name, name} {
		for _, e := range h.Env {
			if n, v, _ := strings.Cut(e, "="); n == want {
				return v
			}
		}
	}
	return ""
}
