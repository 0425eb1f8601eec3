package conf

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// derive fills in what follows from other directives (messaging spec, 2.3 and 2.4).
func (r *reader) derive() {
	h := r.h
	if _, ok := h.Given["warntime"]; !ok {
		h.Warntime = h.Deadtime / 2
	}
	if _, ok := h.Given["deadping"]; !ok {
		h.Deadping = h.Deadtime
	}
	if _, ok := h.Given["initdead"]; !ok {
		h.Initdead = defaultInitdead(h.Deadtime)
	}
	for _, a := range defaultAPIAuth(h.CRM) {
		if !slices.ContainsFunc(h.APIAuth, func(o APIAuth) bool { return o.Client == a.Client }) {
			h.APIAuth = append(h.APIAuth, a)
		}
	}
	h.Settings.derive(h)
}

func defaultInitdead(dead time.Duration) time.Duration {
	switch {
	case dead > 10*time.Second:
		return dead
	case dead < 6*time.Second:
		return 12 * time.Second
	}
	return 2 * dead
}

// defaultDampen is how long what works again must hold before it counts: longer than a switch needs to bring its ports up one
// after the other, and short enough for a way home that nobody minds.
const defaultDampen = 5 * time.Second

// derive fills in the settings whose default depends on the rest. It may run twice: Parse
// adds the settings of further files, and takes the defaults back before.
func (s *Settings) derive(h *HaCf) {
	if s.TakeOver == "" {
		s.TakeOver = "unsafe"
		if len(h.Stonith) > 0 {
			s.TakeOver = "fenced"
		}
	}
	if s.StopFailure == "" {
		s.StopFailure = "block"
		if h.Watchdog != "" || len(h.Stonith) > 0 {
			s.StopFailure = "fence-self"
		}
	}
	if s.Connectivity == "" {
		s.Connectivity = ConnectivityCarrier
		if slices.ContainsFunc(h.Respawn, Child.IsIpfail) {
			s.Connectivity = ConnectivityOn
		}
	}
	if s.Dampen == 0 {
		s.Dampen = defaultDampen
	}
}

// judge checks the file as a whole.
func (r *reader) judge() {
	r.judgeTimers()
	r.judgeNodes()
	r.judgeMedia()
	r.judgeLogging()
	if r.h.CRM != "off" || r.env.MessagesOnly {
		return
	}
	if line := r.lines["autojoin"]; r.h.AutoJoin != "none" {
		r.fail(line, "write autojoin none, or crm on, or start heartbeat with -M if it shall manage no resources", "R1 style resource management conflicts with autojoin set")
	}
	if r.h.AutoFailback == FailbackLegacy && r.lines["nice_failback"] == 0 {
		r.warn(r.lines["auto_failback"], "write: auto_failback off", "Deprecated 'legacy' auto_failback option selected.")
	}
	if len(r.h.Nodes) > 2 {
		r.warn(r.lines["node"], "list two nodes, or use crm on", "haresources is made for two nodes, here are %d", len(r.h.Nodes))
	}
}

func (r *reader) judgeTimers() {
	h, at := r.h, func(names ...string) int {
		for _, n := range names {
			if l := r.lines[n]; l > 0 {
				return l
			}
		}
		return 0
	}
	if h.Deadtime <= 2*h.Keepalive {
		r.fail(at("deadtime", "keepalive"), fmt.Sprintf("write deadtime %s or more", FormatDuration(4*h.Keepalive)),
			"Dead time [%s] is too small compared to keeplive [%s]", h.Deadtime, h.Keepalive)
	}
	if h.Deadping <= 2*h.Keepalive && r.lines["deadping"] > 0 {
		r.fail(at("deadping"), fmt.Sprintf("write deadping %s or more", FormatDuration(4*h.Keepalive)),
			"Ping dead time [%s] is too small compared to keeplive [%s]", h.Deadping, h.Keepalive)
	}
	if h.Initdead < h.Deadtime {
		r.fail(at("initdead", "deadtime"), fmt.Sprintf("write initdead %s or more", FormatDuration(2*h.Deadtime)),
			"Initial dead time [%s] is smaller than deadtime [%s]", h.Initdead, h.Deadtime)
	} else if h.Initdead < 10*time.Second {
		r.warn(at("initdead"), "write initdead 30 unless the nodes start together in this time", "initdead %s is short: a machine that boots slower than its peer loses its resources to it", h.Initdead)
	}
	if h.Warntime > h.Deadtime {
		r.warn(at("warntime", "deadtime"), "write a warntime below deadtime", "warntime %s is above deadtime %s: late heartbeats are never reported", h.Warntime, h.Deadtime)
	}
	if h.Keepalive < 20*time.Millisecond {
		r.warn(at("keepalive"), "write 20ms or more", "keepalive %s: peers of the C kind cannot keep up", h.Keepalive)
	}
	if h.Deadtime < 100*time.Millisecond && h.Deadtime > 2*h.Keepalive {
		r.warn(at("deadtime"), "write 100ms or more", "deadtime %s: a pause of a busy machine looks like its death", h.Deadtime)
	}
}

func (r *reader) judgeNodes() {
	h, self := r.h, strings.ToLower(r.env.NodeName)
	line := r.lines["node"]
	switch {
	case len(h.Nodes) == 0 && h.AutoJoin != "any":
		r.fail(0, "write: node node1 node2", "no nodes defined")
	case self != "" && !slices.Contains(h.Nodes, self) && h.AutoJoin != "any" && (h.AutoJoin != "other" || !slices.Contains(r.env.KnownNodes, self)):
		r.fail(line, didYouMean(self, h.Nodes, "list it with node, or correct the host's name: uname -n prints "+self),
			"Current node [%s] not in configuration!", self)
	}
	total := len(h.Nodes)
	for _, m := range h.Media {
		if !strings.HasPrefix(m.Kind, "ping") {
			continue
		}
		total++
		if slices.Contains(h.Nodes, m.Name) {
			r.warn(m.Line, "ping a router or another host outside the cluster", "ping %s is a node of the cluster", m.Name)
		}
	}
	if total > maxNodes {
		r.fail(line, "list fewer nodes", "%d nodes, ping nodes included; %d are possible", total, maxNodes)
	}
}

func (r *reader) judgeMedia() {
	r.judgePings()
	r.judgeSerial()
	var links []string
	for _, m := range r.h.Media {
		if !strings.HasPrefix(m.Kind, "ping") && !slices.Contains(links, m.Name) {
			links = append(links, m.Name)
		}
	}
	switch {
	case len(r.h.Media) == 0:
		r.fail(0, "write: bcast eth0", "No heartbeat media defined")
	case len(r.h.Media) > maxMedia:
		r.fail(r.h.Media[maxMedia].Line, "remove some", "Too many media specified (> %d)", maxMedia)
	case len(links) == 0:
		r.warn(0, "write: bcast eth0", "only ping media: the nodes cannot hear each other")
	case len(links) == 1 && len(r.h.Nodes) > 1:
		r.warn(0, "add a second link, such as: bcast eth1", "only one link (%s): when it fails, both nodes take the resources", links[0])
	}
}

// LogdDisabled is what C says about log targets without use_logd.
const LogdDisabled = "Logging daemon is disabled --enabling logging daemon is recommended"

// judgeLogging decides which targets are in force (messaging spec, section 2.3): those of ha.cf, or with use_logd those of logd.cf.
func (r *reader) judgeLogging() {
	h := r.h
	var targets []string
	for _, t := range []struct{ name, value string }{{"logfile", h.LogFile}, {"debugfile", h.DebugFile}, {"logfacility", strings.TrimPrefix(h.LogFacility, "none")}} {
		if t.value != "" {
			targets = append(targets, t.name)
		}
	}
	switch line := r.lines["use_logd"]; {
	case len(targets) == 0 && line == 0:
		h.UseLogd, h.Given["use_logd"] = true, "yes"
		r.warn(0, "write use_logd yes, and the targets into logd.cf; or write: logfacility daemon", "No log entry found in ha.cf -- use logd")
	case len(targets) == 0 && !h.UseLogd:
		r.fail(line, "write: logfacility daemon", "No log entry found in ha.cf and use_logd is set to off")
	case len(targets) > 0 && h.UseLogd:
		r.warn(line, "move the targets to logd.cf, or remove use_logd", "logd is enabled but %s is still configured in ha.cf", strings.Join(targets, "/"))
	case len(targets) > 0 && line > 0: // where it is not mentioned at all, the start says it, and a check does not: this daemon never waits for its log
		r.warn(line, "write use_logd yes and move the targets to logd.cf, or remove the line", "%s", LogdDisabled)
	}
	if h.LogFile == "" && h.DebugFile == "" && len(targets) > 0 && !h.UseLogd {
		h.LogFile, h.DebugFile = "/dev/null", "/dev/null"
	}
}
