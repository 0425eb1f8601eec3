package applet

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// wrongUsage is an error about how a command was called, not about what it did.
type wrongUsage struct{ err error }

func (e *wrongUsage) Error() string { return e.err.Error() }
func (e *wrongUsage) Unwrap() error { return e.err }

// Root returns the command tree of `heartbeat`, for documents and completion.
func Root(extra ...*cobra.Command) *cobra.Command {
	env := Env{Args: []string{"heartbeat"}, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: func(string) string { return "" }}
	return newRoot(&call{Env: env, Places: placesOf(env.Getenv), ctx: context.Background(), prog: "heartbeat"}, extra...)
}

func newRoot(c *call, extra ...*cobra.Command) *cobra.Command {
	root := &cobra.Command{
		Use:   "heartbeat",
		Short: "high availability for Linux: two machines, one service",
		Long: `Heartbeat keeps a service running on one of several Linux machines.

It reads the classic files ha.cf, authkeys and haresources in /etc/ha.d. Without any argument it starts the
node in the background, as the classic daemon does; the classic options work too:

  heartbeat -s   is it running?       heartbeat -k   stop and wait       heartbeat -r   reload
  heartbeat -f   in the foreground    heartbeat -V   version             heartbeat -D   directives and defaults
  heartbeat -d   debug, -v the same   heartbeat -l   not in real time    heartbeat -M   manage no resources`,
		Example: `  heartbeat check          # every mistake in the files, with its mend, before anything is started
  heartbeat run            # the node, in the foreground
  heartbeat status         # who runs what, why, and what would happen next
  heartbeat events -f      # every decision, with its reason
  heartbeat standby        # hand everything to the other node`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetOut(c.Stdout)
	root.SetErr(c.Stderr)
	root.SetIn(c.Stdin)
	f := root.PersistentFlags()
	f.StringVar(&c.Etc, "etc", c.Etc, "configuration `directory`, also HA_ETC")
	f.StringVar(&c.State, "state", c.State, "state `directory`, also HA_STATE")
	f.StringVar(&c.Run, "run", c.Run, "run `directory`, also HA_RUN")
	f.StringVar(&c.Node, "node", c.Node, "`name` of this node, also HA_NODE (default nodeinfo, then uname -n)")
	root.AddGroup(&cobra.Group{ID: "node", Title: "The node:"}, &cobra.Group{ID: "look", Title: "Looking:"},
		&cobra.Group{ID: "try", Title: "Trying out:"}, &cobra.Group{ID: "classic", Title: "Classic commands (links to this binary):"})
	group := func(id string, commands ...*cobra.Command) {
		for _, cmd := range commands {
			cmd.GroupID = id
			root.AddCommand(cmd)
		}
	}
	group("node", runCommand(c), checkCommand(c), standbyCommand(c), takeoverCommand(c), confirmCommand(c), fenceCommand(c), reloadCommand(c), configCommand(c), stopCommand(c), keysCommand(c), witnessCommand(c), diskLockCommand(c), agentCommand(c), linksCommand(c))
	group("look", statusCommand(c), eventsCommand(c), explainCommand(c), doctorCommand(c), metricsCommand(c), versionCommand(c))
	group("node", moveCommand(c), drainCommand(c), holdCommand(c), resumeCommand(c), retryCommand(c))
	group("look", whyCommand(c), planCommand(c), alertsCommand(c), reportCommand(c))
	group("try", drillCommand(c))
	group("classic", classicCommands(c)...)
	for _, cmd := range extra {
		if cmd.GroupID == "" && !cmd.Hidden {
			cmd.GroupID = "try"
		}
		root.AddCommand(cmd)
	}
	usageErrors(root)
	return root
}

// usageErrors marks every error about flags and arguments as wrong usage.
func usageErrors(cmd *cobra.Command) {
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &wrongUsage{err} })
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return &wrongUsage{err}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		usageErrors(sub)
	}
}

// isUnknownCommand recognises the one usage error that cobra makes without asking us.
func isUnknownCommand(err error) bool { return strings.HasPrefix(err.Error(), "unknown command") }

// classicCommands lists the classic names in the help; Main runs them before cobra sees them.
func classicCommands(c *call) []*cobra.Command {
	var out []*cobra.Command
	all := classics()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		command := all[name]
		out = append(out, &cobra.Command{
			Use: name, Short: command.short, DisableFlagParsing: true,
			Example: "  heartbeat " + name + " --help",
			Hidden:  strings.HasSuffix(name, ".py"), // the same command by another name
			RunE: func(_ *cobra.Command, args []string) error {
				return &exit{code: c.classic(command, name, args)}
			},
		})
	}
	return out
}
