package cts

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"heartbeat/internal/cts/agent"
	"heartbeat/internal/cts/scenario"
)

// Command is `heartbeat cts`.
func Command(version func() string) *cobra.Command {
	c := &cobra.Command{
		Use: "cts", Short: "the cluster test suite: break real clusters by a catalogue of scenarios, and measure",
		Long: `Plays scenarios against real clusters: two nodes, two networks, and a third host that asks for each service address
every 5 ms. Nodes are switched off, frozen, cut off, killed and told to hand over; scripts fail and hang. Every scenario
says what must happen and how long a client may wait; after every step it is checked that no group ever had two owners.

A scenario is a text file. Write your own (docs/cts.md) and play them with --catalogue DIR.`,
		SilenceUsage: true, SilenceErrors: true,
		Example: `  heartbeat cts list
  heartbeat cts show S03
  heartbeat cts run --only S03,S11                # in machines made of namespaces on this one
  heartbeat cts run --rounds 20 --html report.html
  heartbeat cts run --pairing GC                  # beside C Heartbeat (Debian package heartbeat, root)`,
	}
	c.PersistentPreRun = func(cmd *cobra.Command, _ []string) {
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		context.AfterFunc(ctx, stop) // the first Ctrl-C cleans up, the second one kills
		cmd.SetContext(ctx)
	}
	var dir string
	c.PersistentFlags().StringVar(&dir, "catalogue", "", "directory with scenarios of your own, `DIR`/*.cts; one with the id of a built-in scenario takes its place")
	all := func() ([]*scenario.Scenario, error) { return Catalogue(dir) }
	c.AddCommand(runCommand(all, version), listCommand(all), showCommand(all), agentCommand())
	return c
}

// agentCommand is what the suite talks to on a machine that a launcher has.
func agentCommand() *cobra.Command {
	return &cobra.Command{
		Use: "agent", Hidden: true, Args: cobra.NoArgs, Short: "answer the suite's questions about this machine, on standard input and output",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return agent.Serve(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}

func listCommand(all func() ([]*scenario.Scenario, error)) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "the scenarios", Args: cobra.NoArgs, Example: "  heartbeat cts list\n  heartbeat cts list --catalogue ./mine",
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := all()
			if err != nil {
				return err
			}
			for _, s := range list {
				fmt.Fprintf(cmd.OutOrStdout(), "%-6s %-9s %s\n", s.ID, join(s.Pairings), s.Title)
			}
			return nil
		},
	}
}

func showCommand(all func() ([]*scenario.Scenario, error)) *cobra.Command {
	return &cobra.Command{
		Use: "show ID...", Short: "a scenario in plain words: what happens, what C Heartbeat did, what must happen",
		Args: cobra.MinimumNArgs(1), Example: "  heartbeat cts show S16",
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := all()
			if err != nil {
				return err
			}
			if list, err = pick(list, args); err != nil {
				return err
			}
			for i, s := range list {
				if i > 0 {
					fmt.Fprintln(cmd.OutOrStdout())
				}
				fmt.Fprint(cmd.OutOrStdout(), describe(s))
			}
			return nil
		},
	}
}

// describe tells a scenario.
func describe(s *scenario.Scenario) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n\n", s.ID, s.Title)
	if s.CDid != "" {
		fmt.Fprintf(&b, "C Heartbeat did:  %s\n", s.CDid)
	}
	fmt.Fprintf(&b, "Must happen:      %s\n", s.Must)
	begin := map[scenario.Beginning]string{
		scenario.Home: "both nodes run, each with its own group", scenario.Lone: "r1 runs alone, with both groups", scenario.Stopped: "no daemon runs",
	}[s.Begin]
	fmt.Fprintf(&b, "At the beginning: %s\n", begin)
	for _, o := range s.Set {
		fmt.Fprintf(&b, "  ha.cf%s: %s\n", of(o.Node), o.Text)
	}
	for _, o := range s.Resources {
		fmt.Fprintf(&b, "  haresources%s: %s\n", of(o.Node), o.Text)
	}
	fmt.Fprintf(&b, "Played as:        %s (the fault is on %s)\n", join(s.Pairings), s.Fault)
	known := scenario.Needs()
	for _, n := range s.AllNeeds() {
		fmt.Fprintf(&b, "Needs:            %s\n", known[n])
	}
	for i, step := range s.Steps {
		fmt.Fprintf(&b, "\n%d. %s\n", i+1, step.Title)
		for _, st := range step.Statements {
			fmt.Fprintf(&b, "     %s\n", st.Text)
		}
	}
	fmt.Fprintf(&b, "\nK keepalive, D deadtime, W warntime, I initdead, T what the scripts of a group took, C what a C node is granted.\nFile: %s\n", s.File)
	return b.String()
}

func of(node string) string {
	if node == "" {
		return ""
	}
	return " of " + node
}

func join(list []scenario.Pairing) string {
	words := make([]string, len(list))
	for i, p := range list {
		words[i] = string(p)
	}
	return strings.Join(words, " ")
}
