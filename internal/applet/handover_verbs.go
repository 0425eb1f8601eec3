package applet

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/api"
)

func standbyCommand(c *call) *cobra.Command {
	cmd := handOverCommand(c, false)
	cmd.Short = "hand resources over to the other node"
	cmd.Long = `Gives resources up, in order, and waits until the other node runs them. As hb_standby.

  all       everything this node runs (the default)
  local     the groups that are at home here
  foreign   the groups that are at home on the other node
  failback  as foreign: what does not belong here goes home

Exit codes: 0 done, 2 refused (the reason is printed), 3 timed out (it goes on), 4 heartbeat does not run.`
	cmd.Example = "  heartbeat standby            # before maintenance\n  heartbeat standby failback   # afterwards, on the other node: send the rest home\n  heartbeat standby all --timeout 10s"
	return cmd
}

func takeoverCommand(c *call) *cobra.Command {
	cmd := handOverCommand(c, true)
	cmd.Short = "take resources over from the other node"
	cmd.Long = `Asks the other node to give resources up, and waits until this node runs them. As hb_takeover.

  all       everything the other node runs (the default)
  foreign   the groups that are at home on the other node
  local     the groups that are at home here
  failback  as local

Exit codes: 0 done, 2 refused (the reason is printed), 3 timed out (it goes on), 4 heartbeat does not run.`
	cmd.Example = "  heartbeat takeover\n  heartbeat takeover local   # bring home what belongs here"
	return cmd
}

func handOverCommand(c *call, takeover bool) *cobra.Command {
	h := handOver{call: c, takeover: takeover, set: "all"}
	name := "standby"
	if takeover {
		name = "takeover"
	}
	cmd := &cobra.Command{
		Use:       name + " [all|local|foreign|failback]",
		ValidArgs: api.Sets(),
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) > 1:
				return fmt.Errorf("%s takes one set of resources, not %d", name, len(args))
			case len(args) == 1 && !slices.Contains(api.Sets(), args[0]):
				return fmt.Errorf("there is no set of resources named %q; say one of %s", args[0], strings.Join(api.Sets(), ", "))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				h.set = args[0]
			}
			return h.run()
		},
	}
	cmd.Flags().DurationVar(&h.wait, "timeout", defaultWait, "how long to wait for the end; 0: do not wait")
	cmd.Flags().StringVar(&h.group, "group", "", "only this group: the `key`, the first resource of its line in haresources")
	cmd.Flags().StringVar(&h.peer, "node", "", "the other `node`, among more than two")
	cmd.Flags().BoolVar(&h.dryRun, "dry-run", false, "show what would happen, and do nothing")
	cmd.Flags().BoolVar(&h.json, "json", false, "print the answer as JSON")
	h.wait = max(h.wait, time.Duration(0))
	return cmd
}
