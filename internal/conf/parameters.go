package conf

import (
	"slices"
	"strings"
)

// Version is what hbversion answers when the caller gives none: the dialect that is spoken.
const Version = "3.0.6"

// parameters lists what clients may read (messaging spec, 2.6): values as written,
// derived ones in milliseconds, defaults where nothing was written.
func parameters(h *HaCf, env Env) []Parameter {
	derived := map[string]string{
		"warntime": ms(h.Warntime), "initdead": ms(h.Initdead), "deadping": ms(h.Deadping), "udpport": itoa(h.UDPPort),
	}
	version := env.Version
	if version == "" {
		version = Version
	}
	out := []Parameter{{"hbversion", version}}
	for _, d := range Directives() {
		if d.Hidden {
			continue
		}
		value, ok := h.Given[d.Name]
		if !ok {
			value = d.Default
			if v, is := derived[d.Name]; is {
				value = v
			}
		}
		if value != "" {
			out = append(out, Parameter{d.Name, value})
		}
	}
	slices.SortFunc(out, func(a, b Parameter) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Parameter returns the value of one parameter.
func (h *HaCf) Parameter(name string) (string, bool) {
	i := slices.IndexFunc(h.Parameters, func(p Parameter) bool { return p.Name == name })
	if i < 0 {
		return "", false
	}
	return h.Parameters[i].Value, true
}

// ScriptEnv is what resource and event scripts see of ha.cf, as NAME=value, sorted
// (messaging spec, 2.7; resources spec, 3.3). Paths and the cause are the caller's to add.
func (h *HaCf) ScriptEnv() []string {
	vars := map[string]string{}
	for _, p := range h.Parameters {
		vars["HA_"+p.Name] = p.Value
	}
	vars["HA_debug"] = itoa(h.Debug)
	vars["HA_LOGD"] = yesNo(h.UseLogd)
	vars["HA_DATEFMT"] = "%Y/%m/%d_%T\t"
	if h.LogFile != "" {
		vars["HA_logfile"], vars["HA_LOGFILE"] = h.LogFile, h.LogFile
	}
	if h.DebugFile != "" {
		vars["HA_debugfile"], vars["HA_DEBUGLOG"] = h.DebugFile, h.DebugFile
	}
	if h.LogFacility != "" && h.LogFacility != "none" {
		vars["HA_LOGFACILITY"], vars["HA_logfacility"] = h.LogFacility, h.LogFacility
	}
	if h.AutoFailback != FailbackLegacy {
		vars["HA_NICEFAILBACK"] = "yes"
	}
	for _, e := range h.Env {
		name, value, _ := strings.Cut(e, "=")
		vars["HA_"+name] = value
	}
	out := make([]string, 0, len(vars))
	for name, value := range vars {
		out = append(out, name+"="+value)
	}
	slices.Sort(out)
	return out
}
