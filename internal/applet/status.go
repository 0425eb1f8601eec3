package applet

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/api"
	"heartbeat/internal/node"
	"heartbeat/internal/pause"
)

func statusCommand(c *call) *cobra.Command {
	var asJSON, watch bool
	cmd := &cobra.Command{
		Use: "status", Short: "one screen: is my service up, where, is it protected, what should I do",
		Long: `Shows the cluster as this node sees it: who runs what and why, whether another node could take over now, the links,
what would happen if the nodes lost sight of each other, and what needs attention.

Exit codes, for scripts: 0 all is well, 1 something needs attention (or the node is still starting), 2 a group runs
nowhere, 4 heartbeat does not run here, 5 this user may not ask.`,
		Example: `  heartbeat status
  heartbeat status --watch
  heartbeat status --json | jq -r '.groups[] | .key + " on " + .owner'
  heartbeat status >/dev/null || echo "look at the cluster"`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if watch {
				return c.watchStatus(asJSON)
			}
			ctx, cancel := c.soon()
			defer cancel()
			s, err := c.client().Status(ctx)
			if err != nil {
				return err
			}
			c.showStatus(s, asJSON)
			if code := statusCode(s); code != exitOK {
				return &exit{code: code}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the whole status as one JSON object")
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "show it again whenever something happens, until interrupted")
	return cmd
}

func (c *call) showStatus(s node.Status, asJSON bool) {
	if asJSON {
		e := json.NewEncoder(c.Stdout)
		e.SetEscapeHTML(false)
		_ = e.Encode(s)
		return
	}
	c.printf("%s", renderStatus(s, c.palette()))
}

// statusCode judges a status for scripts.
func statusCode(s node.Status) int {
	code := exitOK
	if s.State != "running" || len(s.Attention) > 0 || !s.Protected || s.Waiting != "" {
		code = exitNotWell
	}
	for _, g := range s.Groups {
		switch {
		case groupUp(s, g):
			if g.State == "failed" { // it runs, but could not run here
				code = exitNotWell
			}
		case s.State != "running" || s.Waiting != "" || g.Failure == "" && (g.State == "starting" || g.State == "stopping"):
			code = exitNotWell // on its way
		default:
			return exitRefused
		}
	}
	return code
}

// groupUp says whether a group runs somewhere.
func groupUp(s node.Status, g node.GroupStatus) bool {
	return g.Owner != "" && (g.Owner != s.Node || g.State == "running")
}

// refresh is how old a watched status may become when nothing happens.
const refresh = 2 * time.Second

// watchStatus shows the status again at every event and every two seconds.
func (c *call) watchStatus(asJSON bool) error {
	ctx, stop := context.WithCancel(c.ctx)
	defer stop()
	wake := make(chan struct{}, 1)
	go func() {
		for ctx.Err() == nil { // it also comes back when the node was restarted
			_ = c.client().Follow(ctx, 0, func(api.Event) error {
				select {
				case wake <- struct{}{}:
				default:
				}
				return nil
			})
			_ = pause.For(ctx, refresh) // the loop asks ctx
		}
	}()
	tick := time.NewTicker(refresh)
	defer tick.Stop()
	for {
		if err := c.watchOnce(asJSON); err != nil {
			return err
		}
		select {
		case <-wake:
			_ = pause.For(ctx, 100*time.Millisecond) // a burst of events is one picture
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (c *call) watchOnce(asJSON bool) error {
	ctx, cancel := c.soon()
	defer cancel()
	s, err := c.client().Status(ctx)
	if isTerminal(c.Stdout) && !asJSON {
		_, _ = io.WriteString(c.Stdout, "\x1b[H\x1b[2J")
	}
	if err == nil {
		c.showStatus(s, asJSON)
		return nil
	}
	if _, stopped := errors.AsType[*api.NotRunningError](err); stopped {
		c.printf("%s\n", err)
		return nil // it may come back
	}
	return err
}
