package applet

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/agent"
	"heartbeat/internal/conf"
	"heartbeat/internal/netif"
)

// A manager is ResourceManager on the command line (resources spec, section 3.8): it lists the groups of haresources, and runs their scripts while
// no node does.
type manager struct {
	*call
	cfg  conf.Config
	self string
}

const managerUsage = "usage: %s listkeys machine | allkeys | ourkeys | otherkeys | takegroup key | givegroup key | status resource | statgroup key | verifyallidle\n"

func resourceManager(c *call, args []string) int {
	words := map[string]int{"listkeys": 2, "allkeys": 1, "ourkeys": 1, "otherkeys": 1, "takegroup": 2, "givegroup": 2, "status": 2, "statgroup": 2, "verifyallidle": 1}
	if len(args) == 0 || words[args[0]] != len(args) {
		c.printf(managerUsage, c.prog)
		return exitNotWell
	}
	found, err := inspect(c, true)
	if err != nil {
		return c.report(err)
	}
	m := manager{c, found.Config, found.Self}
	switch args[0] {
	case "listkeys":
		re, err := regexp.Compile("(?i)^(?:" + args[1] + ")$")
		if err != nil {
			return c.report(fmt.Errorf("%s is no pattern: %w", args[1], err))
		}
		m.keys(func(g conf.Group) bool { return re.MatchString(g.Node) })
	case "allkeys":
		m.keys(func(conf.Group) bool { return true })
	case "ourkeys":
		m.lists(func(g conf.Group) bool { return g.Node == m.self })
	case "otherkeys":
		m.lists(func(g conf.Group) bool { return g.Node != m.self })
	case "status":
		return m.status(args[1])
	case "statgroup":
		return m.statGroup(args[1])
	case "verifyallidle":
		return m.verifyAllIdle()
	case "takegroup", "givegroup":
		return m.change(args[0] == "takegroup", args[1])
	}
	return exitOK
}

func (m *manager) keys(want func(conf.Group) bool) {
	for _, g := range m.cfg.Resources.Groups {
		if want(g) {
			m.printf("%s\n", g.Key())
		}
	}
}

// lists prints whole groups, of which callers use the first word.
func (m *manager) lists(want func(conf.Group) bool) {
	for _, g := range m.cfg.Resources.Groups {
		if want(g) {
			var words []string
			for _, r := range g.Resources {
				words = append(words, r.Word)
			}
			m.printf("%s\n", strings.Join(words, " "))
		}
	}
}

// run runs one operation of one resource, with the time limits of the node.
func (m *manager) run(r conf.Resource, op agent.Op) agent.Result {
	set := m.cfg.HaCf.Settings
	limit := map[agent.Op]time.Duration{agent.Start: set.StartTimeout, agent.Stop: set.StopTimeout, agent.Status: set.StatusTimeout}[op]
	ctx, cancel := context.WithTimeout(m.ctx, max(limit, time.Second))
	defer cancel()
	k, err := netif.Open()
	if err != nil {
		return agent.Result{Op: op, Code: 1, Output: err.Error()}
	}
	defer k.Close()
	resolver := agent.NewResolver(agent.ResolveConfig{Dirs: agent.UsualDirs(m.Etc), NativeIP: set.NativeIP, Node: m.self, Kernel: k})
	defer resolver.Close()
	a, err := resolver.Resolve(r)
	if err != nil {
		return agent.Result{Op: op, Code: 1, Output: err.Error()}
	}
	return a.Run(ctx, op, agent.Env{Node: m.self, Etc: m.Etc, State: m.State, Run: m.Run, Reason: "command"})
}

func (m *manager) status(word string) int {
	for _, g := range m.cfg.Resources.Groups {
		if i := slices.IndexFunc(g.Resources, func(r conf.Resource) bool { return r.Word == word }); i >= 0 {
			return m.tellStatus(g.Resources[i])
		}
	}
	groups, problems := conf.ParseHaResources(word, []byte(m.self+" "+word+"\n"), conf.Env{})
	if len(groups.Groups) != 1 || len(groups.Groups[0].Resources) != 1 {
		return m.report(fmt.Errorf("%s is no resource: %w", word, problems))
	}
	return m.tellStatus(groups.Groups[0].Resources[0])
}

func (m *manager) tellStatus(r conf.Resource) int {
	if m.run(r, agent.Status).OK {
		m.printf("running\n")
		return exitOK
	}
	m.printf("stopped\n")
	return 3
}

// group finds a group by its exact key (D01: C searches with a regular expression in all words).
func (m *manager) group(key string) (conf.Group, bool) {
	i := slices.IndexFunc(m.cfg.Resources.Groups, func(g conf.Group) bool { return g.Key() == key })
	if i < 0 {
		m.complain("%s: there is no group %s in haresources\n", m.prog, key)
		return conf.Group{}, false
	}
	return m.cfg.Resources.Groups[i], true
}

func (m *manager) statGroup(key string) int {
	g, ok := m.group(key)
	if !ok {
		return exitNotWell
	}
	running := 0
	for _, r := range g.Resources {
		if m.run(r, agent.Status).OK {
			running++
		}
	}
	switch running {
	case 0:
		m.printf("NONE\n")
	case len(g.Resources):
		m.printf("ALL\n")
	default:
		m.printf("SOME\n")
	}
	return exitOK
}

// verifyAllIdle tells what runs before any node has started it; the number of such resources is the exit code.
func (m *manager) verifyAllIdle() int {
	active := 0
	for _, g := range m.cfg.Resources.Groups {
		r := g.Resources[0]
		if !m.run(r, agent.Status).OK {
			continue
		}
		active++
		m.complain("CRITICAL: Resource %s is active, and should not be!\nCRITICAL: Non-idle resources can affect data integrity!\n", r.Word)
	}
	if active > 0 {
		m.complain("info: a node that starts here finds and adopts what is its own; see heartbeat status afterwards\n")
	}
	return min(active, 125)
}

// change starts or stops a group by hand. While a node runs here it alone does that: two that start and stop the same things would not
// know of each other.
func (m *manager) change(start bool, key string) int {
	if ctx, cancel := m.soon(); true {
		_, err := m.client().PID(ctx)
		cancel()
		if err == nil {
			m.complain("%s: heartbeat runs here and manages %s itself; say heartbeat move, hb_standby or hb_takeover\n", m.prog, key)
			return exitRefused
		}
	}
	g, ok := m.group(key)
	if !ok {
		return exitNotWell
	}
	var failed string
	if start {
		failed = m.acquire(g)
	} else {
		failed = m.release(g)
	}
	if failed != "" {
		m.complain("%s\n", failed)
		return exitNotWell
	}
	return exitOK
}

// acquire starts from left to right; after a failure what it started is stopped again.
func (m *manager) acquire(g conf.Group) (failed string) {
	m.printf("info: Acquiring resource group: %s %s\n", g.Node, g.Key())
	var started []conf.Resource
	for _, r := range g.Resources {
		if m.run(r, agent.Status).OK {
			continue
		}
		m.printf("info: Running %s start\n", r.Word)
		if res := m.run(r, agent.Start); !res.OK {
			m.release(conf.Group{Node: g.Node, Resources: started})
			return fmt.Sprintf("ERROR: Return code %d from %s: %s\nCRIT: Giving up resources due to failure of %s", res.Code, r.Script, strings.TrimSpace(res.Output), r.Word)
		}
		started = append(started, r)
	}
	return ""
}

// release stops from right to left, each as often as the node would.
func (m *manager) release(g conf.Group) (failed string) {
	var lines []string
	for _, r := range slices.Backward(g.Resources) {
		m.printf("info: Running %s stop\n", r.Word)
		for tries := 0; ; tries++ {
			res := m.run(r, agent.Stop)
			if res.OK || !m.run(r, agent.Status).OK {
				break
			}
			if tries >= m.cfg.HaCf.Settings.StopRetries {
				lines = append(lines, fmt.Sprintf("CRIT: Resource STOP failure of %s: %s", r.Word, strings.TrimSpace(res.Output)))
				break
			}
		}
	}
	return strings.Join(lines, "\n")
}
