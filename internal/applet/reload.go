package applet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/api"
)

const (
	// renewalPatience covers what a node waits for before it starts itself again, and its start.
	renewalPatience = 3 * time.Minute
	renewalLook     = 50 * time.Millisecond
)

func reloadCommand(c *call) *cobra.Command {
	var o reloadOptions
	cmd := &cobra.Command{
		Use: "reload", Short: "read the configuration again; with an error in it the old one stays",
		Long: `Makes the running node read its files again. Files with errors change nothing: the errors are listed, the exit code is 6,
and the running configuration stays in force.

Keys, log targets and the debug level come into force at once. For everything else in ha.cf and for haresources the node's process is
started again as soon as no hand-over is under way: first it stops what the new files no longer have (a removed group, a removed
resource of a group), then it ends without releasing anything, and a tenth of a second later the new process goes on with what
runs and starts what is new. Services that did not change are not interrupted; the other nodes are asked for patience.

A key that a live node does not have is not signed with, and one that a live node signs with is not given up: each side would take the other one
for dead. heartbeat keys changes them in order. --any-keys puts authkeys into force all the same, for those who reload all nodes at the same moment.

Files must be the same everywhere: change them on all nodes (ha_propagate), then reload one node after the other.

Exit codes: 0 in force, 2 refused (a resource would not stop: the old configuration stays in force), 3 it did not happen in time,
4 not running, 6 errors in the files.`,
		Example: `  heartbeat check && heartbeat reload
  heartbeat reload --no-restart      # only what needs no new process`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return c.reload(o) },
	}
	cmd.Flags().BoolVar(&o.noRestart, "no-restart", false, "do not start the process again; say what would need it")
	cmd.Flags().BoolVar(&o.noWait, "no-wait", false, "return at once when the process is started again")
	cmd.Flags().BoolVar(&o.anyKeys, "any-keys", false, "take authkeys as it is, although live nodes have other keys")
	return cmd
}

type reloadOptions struct{ noRestart, noWait, anyKeys bool }

// daemonReload is -r.
func (c *call) daemonReload() int { return c.report(c.reload(reloadOptions{})) }

func (c *call) reload(o reloadOptions) error {
	again := c.client().Reload
	if o.anyKeys {
		again = c.client().ReloadAnyKeys
	}
	r, err := again(c.ctx, !o.noRestart)
	if err != nil {
		return err
	}
	if bad := c.printProblems(c.Stderr, r.Problems); bad > 0 {
		return &exit{exitConfig, fmt.Sprintf("not reloaded: %s; the running configuration stays in force", count(bad, "error"))}
	}
	if r.Renewal == nil || o.noRestart {
		return nil
	}
	c.printf("restarting in place, resources run on: %s\n", strings.Join(r.Renewal.What, ", "))
	if o.noWait {
		return nil
	}
	return c.awaitRenewal(r)
}

// awaitRenewal waits for the next life of the node.
func (c *call) awaitRenewal(r api.Reloaded) error {
	ctx, cancel := context.WithTimeout(c.ctx, renewalPatience)
	defer cancel()
	began, said := time.Now(), ""
	look := time.NewTicker(renewalLook)
	defer look.Stop()
	for {
		st, err := c.client().Status(ctx)
		switch {
		case err != nil: // between two lives nobody answers
		case !st.Started.Equal(r.Started):
			c.printf("done after %v: %s is back with the new configuration\n", time.Since(began).Round(10*time.Millisecond), st.Node)
			return nil
		case st.Renewal != nil && st.Renewal.State == "refused":
			return &exit{exitRefused, st.Renewal.Text}
		case st.Renewal != nil && st.Renewal.Text != said:
			if said = st.Renewal.Text; said != "" {
				c.printf("waiting: %s\n", said)
			}
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return errors.Join(&exit{exitTimedOut, "the node did not come back in time; look at heartbeat status and the log"}, c.ctx.Err())
		}
	}
}
