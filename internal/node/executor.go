package node

import (
	"context"
	"errors"
	"strconv"
	"time"

	"heartbeat/internal/agent"
	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/executor"
)

// groupRunner is the executor as the node uses it.
type groupRunner interface {
	runner
	// Adopt looks which groups run here already, before anything is decided.
	Adopt(ctx context.Context) []string
	// PartlyRunning are groups of which only some members run, after Adopt.
	PartlyRunning() []string
	View(key string) []executor.ResourceView
	// Prune stops the members that a new configuration does not have.
	Prune(ctx context.Context, wanted map[string][]string, cause string) error
	Close(ctx context.Context) error
}

var _ groupRunner = (*executor.Executor)(nil)

// configVars are the variables that scripts get from ha.cf (resources spec, section 3.3; messaging spec, 2.7).
func configVars(h conf.HaCf) []string {
	var vars []string
	set := func(name, value string) { vars = append(vars, name+"="+value) }
	for _, p := range h.Parameters {
		if isVarName(p.Name) {
			set("HA_"+p.Name, p.Value)
		}
	}
	if h.LogFile != "" {
		set("HA_LOGFILE", h.LogFile)
	}
	if h.DebugFile != "" {
		set("HA_DEBUGLOG", h.DebugFile)
	}
	if h.LogFacility != "" && h.LogFacility != "none" {
		set("HA_LOGFACILITY", h.LogFacility)
	}
	set("HA_LOGD", yesNo(h.UseLogd))
	set("HA_debug", strconv.Itoa(h.Debug))
	if h.AutoFailback != conf.FailbackLegacy {
		set("HA_NICEFAILBACK", "yes")
	}
	for _, e := range h.Env {
		vars = append(vars, "HA_"+e)
	}
	return vars
}

// eventEnv is the environment of event scripts.
func eventEnv(opts Options, self string, h conf.HaCf) []string {
	return agent.Environ(agent.Env{Node: self, Etc: opts.Etc, State: opts.State, Run: opts.Run, Vars: configVars(h)}, opts.Dirs)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// scriptFinder tells conf whether a resource word can be run here.
func scriptFinder(resolver *agent.Resolver) func(name string) (path string, ok bool) {
	return func(name string) (string, bool) {
		a, err := resolver.Resolve(conf.Resource{Word: name, Script: name})
		switch {
		case err == nil:
			return a.Path(), true
		case errors.Is(err, agent.ErrNoScript):
			return resolver.NotExecutable(name), false
		}
		return "", true // there is something; what is wrong with its arguments is found out with them
	}
}

// newExecutor makes the executor of the configured groups. The resolver holds the service addresses.
func (n *Node) newExecutor(cfg conf.Config) groupRunner {
	if n.opts.groups != nil {
		return n.opts.groups
	}
	set, vars := cfg.HaCf.Settings, configVars(cfg.HaCf)
	n.scripts = agent.NewResolver(agent.ResolveConfig{
		Dirs: n.opts.Dirs, NativeIP: set.NativeIP, ScriptsFirst: !set.NativeAgents, Node: n.self, Kernel: n.kernel, Record: n.timeline.Add,
		ARPRefresh: set.ARPRefresh, IPConflictCheck: set.IPConflictCheck, StateFile: n.addressFile(),
	})
	return executor.New(executor.Config{
		Groups: n.groups(cfg), Resolve: n.scripts.Resolve,
		StartTimeout: set.StartTimeout, StopTimeout: set.StopTimeout, StatusTimeout: set.StatusTimeout,
		ScriptLimits: scriptLimits(set), MonitorInterval: set.MonitorInterval, GroupMonitors: groupMonitors(set),
		StopRetries: set.StopRetries, Serial: set.Serial, Record: n.timeline.Add,
		Env: func(reason string) agent.Env {
			return agent.Env{Node: n.self, Etc: n.opts.Etc, State: n.opts.State, Run: n.opts.Run, Reason: reason, Vars: vars}
		},
	})
}

// scriptLimits are the time limits that hold for single scripts.
func scriptLimits(set conf.Settings) (out []executor.ScriptLimit) {
	for _, t := range set.ScriptTimeouts {
		out = append(out, executor.ScriptLimit{Op: agent.Op(t.Op), Script: t.Script, Limit: t.Limit})
	}
	return out
}

// groupMonitors are the intervals that hold for single groups.
func groupMonitors(set conf.Settings) map[string]time.Duration {
	out := map[string]time.Duration{}
	for _, m := range set.GroupMonitors {
		out[m.Key] = m.Interval
	}
	return out
}

// adopt finds out what runs here already and returns the groups that run whole. A group that runs in part is
// stopped before this node says anything about resources: some other node may be about to start it.
func (n *Node) adopt(ctx context.Context) []string {
	holding := n.exec.Adopt(ctx)
	n.dropForgotten()
	inherited, parts := n.inherited(n.exec.PartlyRunning())
	holding = append(holding, inherited...)
	for _, key := range parts {
		n.log.Warn("group " + key + " runs here in part, from before this start; it is stopped")
		n.exec.Stop(key, "cold-start", event.NodeStarting.Name+" "+n.self)
	}
	for range parts {
		select {
		case <-n.exec.Results():
		case <-ctx.Done():
			return holding
		}
	}
	return holding
}

// dropForgotten takes addresses off this machine that a former life of this node held and that no group has
// any more: nobody else would ever remove them.
func (n *Node) dropForgotten() {
	if n.scripts == nil {
		return
	}
	wanted := map[string]bool{}
	for _, g := range n.groups(n.Config()) {
		for _, r := range g.Resources {
			wanted[r.Word] = true
		}
	}
	gone, err := n.scripts.DropLeftovers(func(l agent.Leftover) bool { return wanted[l.Resource] })
	for _, l := range gone {
		n.log.Warn("removed " + l.IP.String() + " from " + l.Interface + ": it was held for " + l.Resource + ", which haresources no longer has")
	}
	if err != nil {
		n.log.Warn("addresses of a former life: " + err.Error())
	}
}
