package conf

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// settingPrefix begins a comment line that is a setting; C Heartbeat sees a comment.
const settingPrefix = "#!hb"

// SettingLine is one setting as written, not yet judged.
type SettingLine struct {
	File string
	Line int
	Name string
	Args []string
}

// defaultSettings is what holds without any setting (resources spec, 12.1). TakeOver,
// StopFailure and Connectivity stay empty until derive knows the rest of the configuration.
func defaultSettings() Settings {
	return Settings{
		FenceDelay: -1, FenceTimeout: time.Minute, FenceBrake: 3, FenceAction: "reset",
		StartTimeout: time.Minute, StopTimeout: time.Minute, StatusTimeout: 15 * time.Second,
		StartRetries: 1, StopRetries: 3, StartFailure: "move",
		NativeIP: true, NativeAgents: true, IPConflictCheck: "warn", ARPRefresh: time.Minute,
		Encryption: "off", AcceptFiles: true,
	}
}

// scanSettings finds the "#!hb name value" lines of ha.cf or haresources.
func scanSettings(file string, lines []textLine) []SettingLine {
	var out []SettingLine
	for _, l := range lines {
		rest, ok := strings.CutPrefix(strings.TrimLeft(l.text, " \t"), settingPrefix)
		if !ok || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
			continue
		}
		if f := words(rest); len(f) > 0 {
			out = append(out, SettingLine{file, l.num, f[0], f[1:]})
		}
	}
	return out
}

// ParseSettings reads a file of ha.cf.d: settings without prefix, # begins a comment.
func ParseSettings(file string, data []byte) ([]SettingLine, Problems) {
	n := &notes{file: file}
	var out []SettingLine
	for _, l := range splitLines(data, n) {
		text, _, _ := strings.Cut(l.text, "#")
		if rest, ok := strings.CutPrefix(strings.TrimSpace(l.text), settingPrefix); ok {
			text = rest // the prefix is not needed here, and does no harm
		}
		if f := words(text); len(f) > 0 {
			out = append(out, SettingLine{file, l.num, f[0], f[1:]})
		}
	}
	return out, n.list
}

// applySettings judges the lines and fills s.
func (s *Settings) applySettings(lines []SettingLine) Problems {
	var out Problems
	names := settingNames()
	for _, l := range lines {
		fail := func(msg, fix string) {
			out = append(out, Problem{l.File, l.Line, Error, msg, fix})
		}
		doc, ok := settingNamed(l.Name)
		switch {
		case !ok:
			fail(fmt.Sprintf("unknown setting %q", l.Name), didYouMean(l.Name, names, "docs/ha.cf.md lists the settings"))
		case len(l.Args) == 0:
			fail(fmt.Sprintf("setting %s needs a value", l.Name), "write: "+doc.Example)
		case l.Name == "alert":
			s.Alerts = append(s.Alerts, l)
		default:
			err := s.set(l.Name, l.Args)
			if err == nil && l.Name == "take_over" && l.Args[0] == "arbiter" {
				err = s.setArbiter(l)
			}
			if err != nil {
				fail(fmt.Sprintf("setting %s: %v", l.Name, err), "write for example: "+doc.Example)
			}
		}
	}
	return out
}

func (s *Settings) set(name string, args []string) (err error) {
	value, extra := args[0], args[1:]
	atMost := func(n int) {
		if err == nil && len(extra) > n {
			err = fmt.Errorf("too many values: %s", strings.Join(args, " "))
		}
	}
	switch name {
	case "take_over":
		s.TakeOver, err = oneOf(value, "unsafe", "fenced", "arbiter", "manual")
		s.Arbiter = Arbiter{}
		if value == "arbiter" {
			return nil // applySettings reads the rest
		}
	case "takeover_delay":
		s.TakeoverDelay, err = ParseDuration(value)
	case "fence_delay":
		if s.FenceDelay = -1; value != "auto" {
			s.FenceDelay, err = ParseDuration(value)
		}
	case "fence_timeout":
		if s.FenceTimeout, err = ParseDuration(value); err == nil && s.FenceTimeout < time.Second {
			err = fmt.Errorf("no device does its work in %s", s.FenceTimeout)
		}
	case "fence_brake":
		s.FenceBrake, err = numberIn(value, 0, 1000)
	case "fence_action":
		s.FenceAction, err = oneOf(value, "reset", "off")
	case "stop_budget":
		if s.StopBudget, err = ParseDuration(value); err == nil && (s.StopBudget < 100*time.Millisecond || s.StopBudget > time.Hour) {
			err = fmt.Errorf("stop_budget %s is not between 100 ms and 1 hour", value)
		}
	case "consensus":
		s.Consensus, err = oneOf(value, "on", "off", "auto")
	case "start_timeout":
		return s.setTimeout("start", &s.StartTimeout, value, extra)
	case "stop_timeout":
		return s.setTimeout("stop", &s.StopTimeout, value, extra)
	case "status_timeout":
		return s.setTimeout("status", &s.StatusTimeout, value, extra)
	case "start_retries":
		s.StartRetries, err = numberIn(value, 0, 1000)
	case "stop_retries":
		s.StopRetries, err = numberIn(value, 0, 1000)
	case "start_failure":
		s.StartFailure, err = oneOf(value, "move", "block")
	case "stop_failure":
		s.StopFailure, err = oneOf(value, "fence-self", "block")
	case "serial":
		s.Serial, err = ParseBool(value)
	case "native_ip":
		s.NativeIP, err = ParseBool(value)
	case "native_agents":
		s.NativeAgents, err = ParseBool(value)
	case "ip_conflict_check":
		s.IPConflictCheck, err = oneOf(value, "off", "warn", "refuse")
	case "arp_refresh":
		s.ARPRefresh, err = ParseDuration(value)
	case "encryption":
		s.Encryption, err = oneOf(value, "off", "on", "required")
	case "config_sync":
		s.ConfigSync, err = ParseBool(value)
	case "config_files":
		return s.setConfigFiles(args)
	case "metrics":
		s.Metrics, err = parseListen(value)
	case "accept_files":
		s.AcceptFiles, err = ParseBool(value)
	case "strict_haresources":
		s.StrictHaresources, err = ParseBool(value)
	case "connectivity":
		return s.setConnectivity(value, extra)
	case "monitor_interval":
		var d time.Duration
		if d, err = ParseDuration(value); err == nil && len(extra) == 1 {
			s.GroupMonitors = append(s.GroupMonitors, GroupMonitor{extra[0], d})
			return nil
		}
		s.MonitorInterval = d
	case "auto_failback_group":
		return s.setGroupFailback(value, extra)
	}
	atMost(0)
	return err
}

// parseListen reads ADDRESS:PORT, or off.
func parseListen(value string) (netip.AddrPort, error) {
	if value == "off" {
		return netip.AddrPort{}, nil
	}
	at, err := netip.ParseAddrPort(value)
	if err != nil || at.Port() == 0 {
		return netip.AddrPort{}, fmt.Errorf("%q is not an IP address with a port", value)
	}
	return at, nil
}

func (s *Settings) setTimeout(op string, into *time.Duration, value string, extra []string) error {
	d, err := ParseDuration(value)
	switch {
	case err != nil:
		return err
	case d == 0:
		return fmt.Errorf("a time limit of 0 lets nothing finish")
	case len(extra) > 1:
		return fmt.Errorf("too many values: one script name may follow the time")
	case len(extra) == 1:
		s.ScriptTimeouts = append(s.ScriptTimeouts, ScriptTimeout{op, extra[0], d})
	default:
		*into = d
	}
	return nil
}

// setConnectivity reads: on | carrier | off | dampen TIME | weight TARGET N.
func (s *Settings) setConnectivity(value string, extra []string) (err error) {
	switch {
	case value == "dampen" && len(extra) == 1:
		if s.Dampen, err = ParseDuration(extra[0]); err == nil && (s.Dampen < time.Second || s.Dampen > time.Hour) {
			err = fmt.Errorf("dampen %s is not between 1 second and 1 hour", extra[0])
		}
	case value == "weight" && len(extra) == 2:
		var n int
		if n, err = numberIn(extra[1], 0, 1_000_000); err == nil {
			s.Weights = append(s.Weights, Weight{extra[0], n})
		}
	case value == ConnectivityCarrier && len(extra) == 0:
		s.Connectivity = ConnectivityCarrier
	case len(extra) == 0:
		var on bool
		if on, err = ParseBool(value); err == nil {
			s.Connectivity = onOff(on)
		}
	default:
		err = fmt.Errorf("write on, carrier, off, dampen TIME or weight TARGET NUMBER")
	}
	return err
}

// setGroupFailback reads: KEY on | KEY off | KEY delay SECONDS.
func (s *Settings) setGroupFailback(key string, extra []string) error {
	g := GroupFailback{Key: key, On: true}
	var err error
	switch {
	case len(extra) == 2 && extra[0] == "delay":
		g.Delay, err = ParseDuration(extra[1])
	case len(extra) == 1:
		g.On, err = ParseBool(extra[0])
	default:
		err = fmt.Errorf("write the group's first resource and on, off or delay TIME")
	}
	if err == nil {
		s.GroupFailback = append(s.GroupFailback, g)
	}
	return err
}

func oneOf(value string, allowed ...string) (string, error) {
	for _, a := range allowed {
		if value == a {
			return value, nil
		}
	}
	return "", fmt.Errorf("%q is none of %s", value, strings.Join(allowed, ", "))
}

func numberIn(value string, low, high int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%q is no number from %d to %d", value, low, high)
	}
	return n, nil
}
