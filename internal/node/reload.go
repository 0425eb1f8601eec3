package node

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/membership"
)

// Reload reads the files again (SIGHUP). Files with errors change nothing. In force at once are: authkeys,
// the log targets, the debug level, and log files that were rotated away. For everything else the process is started again
// as soon as nothing is under way, and its resources run on (renew.go), if whoever called Run does that; if not, the
// problems returned say what needs a restart.
//
// Without restart the process is left alone, and what waits for it is said as a warning: files that come from another node, for one, are
// put into force everywhere by somebody who watches.
//
// Keys that would cut this node off from a live one are refused; see keyTrouble.
func (n *Node) Reload(restart bool) []conf.Problem { return n.reload(restart, false) }

// ReloadAnyKeys is Reload for somebody who changes the keys of all nodes at once, and answers for it.
func (n *Node) ReloadAnyKeys(restart bool) []conf.Problem { return n.reload(restart, true) }

func (n *Node) reload(restart, anyKeys bool) []conf.Problem {
	restart = restart && n.opts.Renewable
	n.reloads.Lock()
	defer n.reloads.Unlock()
	n.system.reloading()
	defer n.system.ready()

	cfg, self, problems := Load(n.opts, n.kernel)
	if !problems.HasErrors() && self != n.self {
		problems = append(problems, conf.Problem{File: n.opts.Etc + "/nodeinfo", Severity: conf.Error,
			Msg: fmt.Sprintf("this node is %s and cannot become %s while it runs", n.self, self),
			Fix: "restart heartbeat to change the name"})
	}
	if !problems.HasErrors() && !anyKeys {
		problems = append(problems, n.keyTrouble(n.Config().AuthKeys, cfg.AuthKeys)...)
	}
	if problems.HasErrors() {
		list := problems.Sorted()
		text := "Configuration not reloaded, the running one stays in force: " + strings.ReplaceAll(list.Only(conf.Error).Error(), "\n", "; ")
		n.record(event.ConfigRefused, text)
		n.trouble.set("reload", text+"; "+event.ConfigRefused.Action)
		n.reopenLogs(n.Config()) // a rotation must work whatever the files say
		return list
	}
	n.trouble.set("reload", "")
	old := n.Config()
	changed, late, fixed := n.enforce(old, cfg)
	if len(fixed) > 0 && !restart {
		late = append(late, needRestart(fixed)...)
	}
	problems = append(problems, late...)
	text := "Configuration unchanged."
	if len(fixed) > 0 {
		text = "Configuration read again"
	}
	if len(late) > 0 {
		text = "Configuration read again; nothing of it could be put into force"
	}
	if len(changed) > 0 {
		text = "Configuration read again; in force now: " + strings.Join(changed, ", ")
	}
	if len(late) > 0 {
		text = strings.TrimSuffix(text, ".") + "; but: "
		for i, p := range late {
			if i > 0 {
				text += "; "
			}
			text += p.Msg
		}
	}
	if len(fixed) > 0 && restart {
		what := whatOf(fixed)
		text = strings.TrimSuffix(text, ".") + "; in force after a restart in place, during which the resources run on: " + strings.Join(what, ", ")
		if n.renewal.want(what) {
			go n.startAgain()
		}
	}
	n.record(event.ConfigReloaded, text)
	n.sync.wake()
	return problems.Sorted()
}

// enforce puts into force what can be at once, and returns what that was, what is to be said about it, and what is fixed for the life of
// the process.
func (n *Node) enforce(old, cfg conf.Config) (changed []string, late conf.Problems, fixed []fixture) {
	if !sameKeys(old.AuthKeys, cfg.AuthKeys) {
		changed = append(changed, "authkeys (Rereading authentication file.)")
		late = append(late, rollover(old.AuthKeys, cfg.AuthKeys)...)
		n.pulse.post(job{event: membership.KeysChanged{Keys: keyring(cfg.AuthKeys)}})
		n.res.arbiter.rekey(cfg.AuthKeys)
	}
	before := n.logConfig(old, old.HaCf.Debug)
	after := n.logConfig(cfg, cfg.HaCf.Debug)
	if before != after {
		changed = append(changed, "log targets")
	}
	if old.HaCf.Debug != cfg.HaCf.Debug {
		n.debug.Store(int32(cfg.HaCf.Debug))
	}
	n.reopenLogs(cfg)
	if n.enforceAlerts(old, cfg) {
		changed = append(changed, "alerts")
	}

	// What is in force is the old configuration with the parts that changed.
	now := old
	now.AuthKeys = cfg.AuthKeys
	now.HaCf.Settings.Alerts = cfg.HaCf.Settings.Alerts
	now.HaCf.Settings.ConfigSync, now.HaCf.Settings.ConfigFiles = cfg.HaCf.Settings.ConfigSync, cfg.HaCf.Settings.ConfigFiles
	now.HaCf.LogFile, now.HaCf.DebugFile, now.HaCf.LogFacility = cfg.HaCf.LogFile, cfg.HaCf.DebugFile, cfg.HaCf.LogFacility
	now.Logd, now.HaCf.ConnLogdTime = cfg.Logd, cfg.HaCf.ConnLogdTime
	now.HaCf.UseLogd, now.HaCf.SyslogMsgFmt, now.HaCf.Debug = cfg.HaCf.UseLogd, cfg.HaCf.SyslogMsgFmt, cfg.HaCf.Debug
	n.cfg.Store(&now)
	n.logdChanged()
	n.guarded()
	return changed, late, fixtures(old, cfg)
}

func (n *Node) reopenLogs(cfg conf.Config) {
	n.hal.Reopen(n.logConfig(cfg, int(n.debug.Load())))
}

func sameKeys(a, b conf.AuthKeys) bool {
	return reflect.DeepEqual(keyring(a), keyring(b))
}

// rollover warns when peers that still sign with our old key are no longer understood.
func rollover(old, now conf.AuthKeys) conf.Problems {
	was := slices.IndexFunc(old.Keys, func(k conf.Key) bool { return k.Slot == old.Sign })
	if was < 0 {
		return nil
	}
	k := old.Keys[was]
	if slices.ContainsFunc(now.Keys, func(n conf.Key) bool { return n.Slot == k.Slot && n.Method == k.Method && n.Secret == k.Secret }) {
		return nil
	}
	return conf.Problems{{File: now.File, Severity: conf.Warning,
		Msg: fmt.Sprintf("key %d, which signed until now, is gone: packets of nodes that still sign with it are refused from now on", k.Slot),
		Fix: "reload the same authkeys on all nodes at once, or change keys in three steps: add the new key everywhere, sign with it everywhere, remove the old one everywhere"}}
}

// A fixture is a part of the configuration that is fixed for the life of the process, and which differs.
type fixture struct{ file, what string }

// fixtures compares what is fixed.
func fixtures(old, now conf.Config) (out []fixture) {
	a, b := reflect.ValueOf(withoutLines(old.HaCf)), reflect.ValueOf(withoutLines(now.HaCf))
	for i := range a.NumField() {
		name := a.Type().Field(i).Name
		if slices.Contains(reloadable, name) || reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			continue
		}
		out = append(out, fixture{now.HaCf.File, directiveOf(name)})
	}
	if old.Resources.Digest != now.Resources.Digest {
		out = append(out, fixture{now.Resources.File, "the resource groups"})
	}
	return out
}

func whatOf(fixed []fixture) (out []string) {
	for _, f := range fixed {
		out = append(out, f.what)
	}
	return out
}

// needRestart is for a process that nobody starts again.
func needRestart(fixed []fixture) (out conf.Problems) {
	for _, f := range fixed {
		out = append(out, conf.Problem{File: f.file, Severity: conf.Warning, Msg: f.what + " changed; the running node keeps the old value",
			Fix: "say heartbeat reload on this node to put it into force"})
	}
	return out
}

// withoutLines forgets where in the file things stand, so that a new comment is no change, and what is looked up in the file when
// it is needed.
func withoutLines(h conf.HaCf) conf.HaCf {
	h.Settings.AcceptFiles, h.Settings.Alerts = true, nil
	h.Settings.ConfigSync, h.Settings.ConfigFiles = false, nil
	h.Media, h.Stonith = slices.Clone(h.Media), slices.Clone(h.Stonith)
	h.APIAuth, h.Respawn = slices.Clone(h.APIAuth), slices.Clone(h.Respawn)
	for i := range h.Media {
		h.Media[i].Line = 0
	}
	for i := range h.Stonith {
		h.Stonith[i].Line = 0
	}
	for i := range h.APIAuth {
		h.APIAuth[i].Line = 0
	}
	for i := range h.Respawn {
		h.Respawn[i].Line = 0
	}
	return h
}

// reloadable are the fields of conf.HaCf that a reload puts into force, and those that only repeat others.
var reloadable = []string{"File", "LogFile", "DebugFile", "LogFacility", "UseLogd", "ConnLogdTime", "SyslogMsgFmt", "Debug", "Given", "Parameters"}

// directiveOf is the word of ha.cf for a field of conf.HaCf.
func directiveOf(field string) string {
	switch field {
	case "Nodes":
		return "the list of nodes"
	case "Media":
		return "the media"
	case "MaxRexmitDelay":
		return "max_rexmit_delay"
	case "AutoFailback":
		return "auto_failback"
	case "CompressionThreshold":
		return "compression_threshold"
	case "TraditionalCompression":
		return "traditional_compression"
	case "Child", "Respawn":
		return "respawn"
	case "UseApphbd":
		return "use_apphbd"
	case "Settings":
		return "the settings"
	}
	return strings.ToLower(field)
}
