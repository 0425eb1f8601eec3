package applet

import (
	"slices"
	"strings"
)

// daemonTable are the options of the classic daemon (messaging spec, section 16.6).
const daemonTable = "dDkMrRsvWlVfC:"

// daemonFlags is what they ask for.
type daemonFlags struct {
	debug                          int
	foreground, messages, ordinary bool // -f, -M, -l
	kill, status, reload, restart  bool
	version, defaults, wiki        bool
	held                           string // -C
	hasHeld                        bool
}

// daemonOptions is `heartbeat` as the classic daemon.
func daemonOptions(c *call, args []string) int {
	options, rest, err := getopt(c.Args[0], daemonTable, args)
	if err != nil {
		c.complain("%s\n%s", err, daemonUsage)
		return 2
	}
	f, ok := c.flagsOf(options)
	if !ok {
		c.complain("%s", daemonUsage)
		return 2
	}
	if len(rest) > 0 {
		c.complain("heartbeat: %q is no option; verbs come first, as in: heartbeat status\n%s", rest[0], daemonUsage)
		return 2
	}
	switch {
	case f.version:
		c.printf("%s\n", c.Version)
		return exitOK
	case f.defaults:
		c.printf("%s", defaultsTable(f.wiki, c.Version))
		return exitOK
	case f.status:
		return c.daemonStatus()
	case f.kill:
		return c.daemonStop()
	case f.restart:
		c.complain("heartbeat: -R (restart in place, with -C) is not needed here: resources are found again after a restart of the daemon, " +
			"and heartbeat -r puts a new configuration into force\n")
		return exitNotWell
	case f.reload:
		return c.daemonReload()
	case f.foreground:
		return c.report(runNode(c, f.start()))
	}
	return c.background(f)
}

// flagsOf reads the options as C does; false for combinations that C refuses.
func (c *call) flagsOf(options []option) (f daemonFlags, ok bool) {
	for _, o := range options {
		switch o.letter {
		case 'd', 'v':
			f.debug++
		case 'f':
			f.foreground = true
		case 'M':
			f.messages = true
		case 'l':
			f.ordinary = true
		case 'k':
			f.kill = true
		case 's':
			f.status = true
		case 'r':
			f.reload = true
		case 'R':
			f.restart = true
		case 'V':
			f.version = true
		case 'D':
			f.defaults = true
		case 'W':
			f.wiki = true
		case 'C':
			f.held, f.hasHeld = o.value, true
		}
	}
	if f.hasHeld && !slices.Contains([]string{"none", "local", "foreign", "all"}, f.held) {
		c.logError("encode_resources: bad resource type [" + f.held + "]")
		return f, false
	}
	return f, !(f.hasHeld && !f.restart) && !(f.reload && f.restart)
}

// start is how the node is to be run.
func (f daemonFlags) start() startFlags {
	return startFlags{debug: f.debug, messagesOnly: f.messages, noRealtime: f.ordinary}
}

// arguments are those of `heartbeat run` for the same.
func (s startFlags) arguments() []string {
	var out []string
	if s.debug > 0 {
		out = append(out, "-"+strings.Repeat("d", s.debug))
	}
	if s.messagesOnly {
		out = append(out, "--messages-only")
	}
	if s.noRealtime {
		out = append(out, "--no-realtime")
	}
	if s.noGuard {
		out = append(out, "--no-guard")
	}
	return out
}

const daemonUsage = `
Usage: heartbeat [-dDkMrRsvWlVf] [-C Current-resource-state]
	-C only valid with -R
	-r is mutually exclusive with -R
`
