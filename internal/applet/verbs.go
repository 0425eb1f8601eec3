package applet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"heartbeat/internal/api"
)

// pinFor is how long --pin holds a group when nothing else is said.
const pinFor = 24 * time.Hour

// forever is the word for an order without an end.
const forever = "forever"

const verbCodes = "Exit codes: 0 done, 2 refused (the reason is printed), 3 timed out (it goes on), 4 heartbeat does not run, 5 this user may not ask."

// A verb is one friendly command that asks the node for something and reports.
type verb struct {
	*call
	name   string
	req    api.VerbRequest
	wait   time.Duration
	json   bool
	dryRun bool
}

func (v *verb) flags(f *pflag.FlagSet) {
	f.DurationVar(&v.wait, "timeout", defaultWait, "how long to wait for the end; 0: do not wait")
	f.BoolVar(&v.json, "json", false, "print the answer as JSON")
	f.BoolVar(&v.dryRun, "dry-run", false, "show what would happen, and do nothing")
}

// lasting adds the flags of orders that stand for a while.
func (v *verb) lasting(f *pflag.FlagSet) {
	f.Var((*span)(&v.req.For), "for", "for how long, as 2h or 3d; without it until heartbeat resume")
	f.StringVar(&v.req.Why, "reason", "", "a `text` that status shows to everybody")
}

// run asks and reports. Its error carries the exit code.
func (v *verb) run() error {
	if v.dryRun {
		return v.showPlan(planRequest{Steps: []planStep{{Verb: v.name, VerbRequest: v.req}}}, "", v.json)
	}
	ctx, cancel := context.WithTimeout(v.ctx, max(v.wait, patience))
	defer cancel()
	answer, err := v.client().Verb(ctx, v.name, v.req)
	switch {
	case err != nil && codeOf(err) == exitTimedOut && v.wait == 0:
		return nil // accepted and under way, which is all that was asked for
	case err != nil && codeOf(err) == exitTimedOut:
		return &exit{exitTimedOut, fmt.Sprintf("it did not end within %v; it goes on: see heartbeat status", v.wait)}
	case err != nil:
		return err
	}
	return v.tellAnswer(answer, nil, v.json)
}

// A span is a time for people: 90s, 2h, 3d, or forever.
type span time.Duration

func (s *span) String() string {
	if *s == 0 {
		return ""
	}
	return time.Duration(*s).String()
}

func (s *span) Type() string { return "time" }

func (s *span) Set(text string) error {
	d, err := parseSpan(text)
	*s = span(d)
	return err
}

// parseSpan reads a time; forever is 0.
func parseSpan(text string) (time.Duration, error) {
	if text == forever {
		return 0, nil
	}
	var days int
	if n, err := fmt.Sscanf(text, "%dd", &days); err == nil && n == 1 && fmt.Sprintf("%dd", days) == text && days > 0 && days < 3650 {
		return time.Duration(days) * 24 * time.Hour, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second || d > 3650*24*time.Hour {
		return 0, fmt.Errorf("%q is no time from 1s to ten years; write 90s, 2h, 3d or %s", text, forever)
	}
	return d, nil
}

func moveCommand(c *call) *cobra.Command {
	v := verb{call: c, name: "move"}
	var stay string
	var pin bool
	cmd := &cobra.Command{
		Use: "move GROUP [to NODE]", Short: "move one group to another node",
		Long: `Gives one group up where it runs and starts it on another node, and waits until it runs there. The other groups stay where they are,
and nothing is left behind: when a node fails or returns, the group goes where it would have gone anyway. GROUP is the first
resource of its line in haresources, as heartbeat status shows it. Without NODE the cluster chooses one that can run it.

With --stay the group is pinned: auto_failback and connectivity do not move it away from NODE for that time. Status shows by whom, and
until when; heartbeat resume GROUP ends it earlier. Where C Heartbeat takes part a group can be moved only when it is
all that one node has of its half: C knows nothing smaller.

` + verbCodes,
		Example: "  heartbeat move IPaddr::10.0.0.50/24 to node2\n  heartbeat move IPaddr::10.0.0.50/24               # anywhere but here\n  heartbeat move IPaddr::10.0.0.50/24 to node2 --stay 2h --reason \"new disk in node1\"\n  heartbeat move IPaddr::10.0.0.50/24 to node2 --dry-run",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 3 && args[1] == "to" || len(args) == 2 && args[1] != "to" || len(args) == 1 {
				return nil
			}
			return errors.New("write: heartbeat move GROUP to NODE")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			v.req.Group = args[0]
			if len(args) > 1 {
				v.req.Node = args[len(args)-1]
			}
			if pin {
				v.req.Stay, v.req.For = true, pinFor
			}
			if cmd.Flags().Changed("stay") {
				d, err := parseSpan(stay)
				if err != nil {
					return &wrongUsage{err}
				}
				v.req.Stay, v.req.For = true, d
			}
			if v.req.Stay && v.req.Node == "" {
				return &wrongUsage{errors.New("--stay and --pin need the node: heartbeat move GROUP to NODE --stay 2h")}
			}
			return v.run()
		},
	}
	v.flags(cmd.Flags())
	cmd.Flags().StringVar(&stay, "stay", "", "pin it there for that `time`, as 2h or 3d; forever: until heartbeat resume")
	cmd.Flags().BoolVar(&pin, "pin", false, "pin it there for a day")
	cmd.Flags().StringVar(&v.req.Why, "reason", "", "a `text` that status shows with the pin")
	return cmd
}

func drainCommand(c *call) *cobra.Command {
	v := verb{call: c, name: "drain"}
	cmd := &cobra.Command{
		Use: "drain [NODE]", Short: "a node gives everything up and takes nothing until resume",
		Long: `For maintenance of a node (this one, or NODE): its groups go to other nodes, and it takes nothing until heartbeat resume, also when
it restarts, or when every other node dies. Returns when its groups run elsewhere. It is refused while no other node could take them; with
--force they are stopped then. A group that failed on all other nodes stays in service.

Every node knows of the drain, also one that is switched off now. A C peer does not: it is given everything, and what it does not
take back runs nowhere when it fails.

` + verbCodes,
		Example: "  heartbeat drain                      # this node, before its kernel is updated\n  heartbeat drain node2 --for 2h --reason \"new memory\"\n  heartbeat resume node2",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				v.req.Node = args[0]
			}
			return v.run()
		},
	}
	v.flags(cmd.Flags())
	v.lasting(cmd.Flags())
	cmd.Flags().BoolVar(&v.req.Force, "force", false, "also stop what no other node can run")
	return cmd
}

func holdCommand(c *call) *cobra.Command {
	v := verb{call: c, name: "hold"}
	cmd := &cobra.Command{
		Use: "hold [GROUP|all]", Short: "hands off: the cluster does not start, stop or move a group",
		Long: `For work on a service: the cluster leaves the group (or, without GROUP, everything) as it is, on every node. It is not started, stopped,
moved or failed over, whatever happens: a held group on a node that dies runs nowhere. When the hold ends every resource of the group is
verified. Two things are stronger: after a partition a group that runs twice is stopped on one node, and a node that is stopped stops what it runs.

It is refused while a C Heartbeat node takes part, which knows nothing of it; --force holds the other nodes still all the same.

` + verbCodes,
		Example: "  heartbeat hold IPaddr::10.0.0.50/24 --for 2h --reason \"database upgrade\"\n  heartbeat hold            # the whole cluster\n  heartbeat resume all",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			v.req.Group = "all"
			if len(args) == 1 {
				v.req.Group = args[0]
			}
			return v.run()
		},
	}
	v.flags(cmd.Flags())
	v.lasting(cmd.Flags())
	cmd.Flags().BoolVar(&v.req.Force, "force", false, "also while a C Heartbeat node takes part")
	return cmd
}

func resumeCommand(c *call) *cobra.Command {
	v := verb{call: c, name: "resume"}
	cmd := &cobra.Command{
		Use: "resume [GROUP|NODE|all]", Short: "end a drain, a hold or a pin",
		Long: `Ends the standing orders about a group (hold, --stay) or a node (drain). Without a name: the drain of this node and the hold of the
whole cluster. all: every order. With auto_failback on, the groups of a node that was drained go home.

` + verbCodes,
		Example: "  heartbeat resume              # this node takes part again\n  heartbeat resume node2\n  heartbeat resume all",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				v.req.Group = args[0]
			}
			return v.run()
		},
	}
	v.flags(cmd.Flags())
	return cmd
}

func retryCommand(c *call) *cobra.Command {
	v := verb{call: c, name: "retry"}
	cmd := &cobra.Command{
		Use: "retry GROUP [NODE]", Short: "forget that a group failed on a node",
		Long: `A failed start is remembered for an hour (status shows until when); as long as another node can run the group it is not tried there
again. retry forgets it now, on NODE or wherever it failed. A group that runs elsewhere is not moved. A group that would not stop is stopped once more.

` + verbCodes,
		Example: "  heartbeat retry IPaddr::10.0.0.50/24\n  heartbeat retry IPaddr::10.0.0.50/24 node1",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			v.req.Group = args[0]
			if len(args) == 2 {
				v.req.Node = args[1]
			}
			return v.run()
		},
	}
	v.flags(cmd.Flags())
	return cmd
}
