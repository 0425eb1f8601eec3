package lab

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/vnet"
)

func upCommand(at func() string, names []string) *cobra.Command {
	var n int
	var config string
	var idle bool
	c := &cobra.Command{
		Use: "up", Short: "start the machines, and heartbeat on every one", Args: cobra.NoArgs,
		Long: `Starts the machines, and heartbeat on every one. They go on running until
"heartbeat lab down", also when this terminal is closed.

Without --config the cluster is the classic example: an address and a web
server whose home is node1, deadtime half a second; with more than four nodes
an eighth of a second for each, because they share this machine.`,
		Example: `  heartbeat lab up
  heartbeat lab up --config /etc/ha.d      # your own files; their nodes must be called node1, node2
  heartbeat lab up --no-start              # machines only; then: heartbeat lab start node1`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o := Options{Nodes: n, Dir: at(), Detached: true, Names: names}
			if config != "" {
				files, err := FilesFrom(config)
				if err != nil {
					return err
				}
				o.ConfigFor = func(string) Files { return files }
			}
			l, err := New(cmd.Context(), writerLog{cmd.OutOrStdout()}, o)
			if err != nil {
				return err
			}
			if !idle {
				if err := startAll(cmd.Context(), l); err != nil {
					return fmt.Errorf("%w\nthe machines are on: look with heartbeat lab log NODE, or end it with heartbeat lab down", err)
				}
			}
			printStatus(cmd.OutOrStdout(), l.survey(cmd.Context()))
			lab := "heartbeat lab"
			if f := cmd.Flags().Lookup("dir"); f != nil && f.Changed {
				lab += " --dir " + f.Value.String()
			}
			fmt.Fprintf(cmd.OutOrStdout(), "\nNow try:\n  %[1]s exec node1 -- heartbeat status\n  %[1]s power-off node1\n  %[1]s status\n  %[1]s tour\n  %[1]s down\n", lab)
			return nil
		},
	}
	c.Flags().IntVarP(&n, "nodes", "n", 2, "number of nodes, at most 32; hand-overs by command need exactly two")
	c.Flags().StringVar(&config, "config", "", "directory with ha.cf, authkeys and haresources for every node")
	c.Flags().BoolVar(&idle, "no-start", false, "do not start heartbeat on the nodes")
	return c
}

// startAll starts the daemons and waits until somebody serves, or nobody will.
func startAll(ctx context.Context, l *Lab) error {
	if err := l.StartDaemons(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second+time.Duration(len(l.Nodes))*2*time.Second)
	defer cancel()
	for _, node := range l.Nodes {
		if err := l.WaitDaemon(ctx, node); err != nil {
			return err
		}
	}
	return l.settle(ctx)
}

// settle waits until no node is in transition.
func (l *Lab) settle(ctx context.Context) error {
	for {
		busy := ""
		for _, node := range l.Nodes {
			st, err := l.Status(ctx, node)
			if err != nil {
				return err
			}
			if !st.CommUp || !st.Stable {
				busy = node
			}
		}
		if busy == "" {
			return nil
		}
		select {
		case <-time.After(pollEvery):
		case <-ctx.Done():
			return fmt.Errorf("%s does not settle: %w", busy, context.Cause(ctx))
		}
	}
}

func downCommand(at func() string) *cobra.Command {
	return &cobra.Command{
		Use: "down", Short: "end the lab and remove everything it made", Args: cobra.NoArgs,
		Long: "Ends the lab: every process, network and file of it is gone. It works as well when\nthe lab crashed.", Example: "  heartbeat lab down",
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := vnet.Open(at())
			was := !errors.Is(err, vnet.ErrNoLab)
			if err := vnet.Remove(at()); err != nil {
				return err
			}
			if was {
				fmt.Fprintln(cmd.OutOrStdout(), "the lab is gone, and all it made")
			} else {
				fmt.Fprintf(cmd.OutOrStdout(), "no lab was running in %s; nothing is left of an earlier one\n", at())
			}
			return nil
		},
	}
}
