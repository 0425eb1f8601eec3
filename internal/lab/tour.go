package lab

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// A stop of the tour explains one thing and names the command to type.
type stop struct{ text, command string }

// tourStops lead through the lab; the user types the commands.
func tourStops() []stop {
	return []stop{
		{"Two machines run heartbeat. Each sends a heartbeat ten times a second on two links.\nThe service (an address and a web server) runs on one of them: its home is node1,\nas /etc/ha.d/haresources says.", "heartbeat lab status"},
		{"What does a node itself say? Every machine has this same program.", "heartbeat lab exec node1 -- heartbeat status"},
		{"The three files of a cluster: ha.cf (who, how, how fast), authkeys (the key) and\nharesources (what runs where).", "heartbeat lab exec node1 -- cat /etc/ha.d/ha.cf /etc/ha.d/haresources"},
		{"In a second terminal, watch the service as a visitor sees it.", "heartbeat lab watch"},
		{"Pull the plug of node1. Half a second of silence (deadtime), then node2 takes over.", "heartbeat lab power-off node1"},
		{"Why did it do that? Every decision is in the timeline, with its reason.", "heartbeat lab exec node2 -- heartbeat events"},
		{"Give node1 its power back. With auto_failback on the service goes home.", "heartbeat lab power-on node1"},
		{"Cut one of the two links: nothing happens, that is what the second link is for.", "heartbeat lab cut node1 eth1 --mute"},
		{"Mend it again.", "heartbeat lab heal"},
		{"Move the service by hand: node1 hands over and stays ready.", "heartbeat lab exec node1 -- heartbeat standby"},
		{"Stop heartbeat on a node, as for maintenance; it hands over before it leaves.", "heartbeat lab stop node2"},
		{"That was the tour. This ends the lab and removes all it made.", "heartbeat lab down"},
	}
}

func tourCommand(at func() string) *cobra.Command {
	return &cobra.Command{
		Use: "tour", Short: "explain the lab step by step; you type the commands", Args: cobra.NoArgs,
		Long: "Leads through a running lab. Every stop explains one thing and names a command to type\nin a second terminal; Enter leads on.", Example: "  heartbeat lab up\n  heartbeat lab tour",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := Open(at(), quiet{}); err != nil {
				return err
			}
			return tour(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}

// tour shows one stop after the other; without a reader it shows all at once.
func tour(ctx context.Context, in io.Reader, out io.Writer) error {
	stops := tourStops()
	enter := bufio.NewReader(in)
	for i, s := range stops {
		fmt.Fprintf(out, "\n[%d/%d] %s\n\n    %s\n", i+1, len(stops), s.text, s.command)
		if i == len(stops)-1 {
			break
		}
		fmt.Fprint(out, "\nEnter leads on … ")
		if _, err := enter.ReadString('\n'); err != nil && err != io.EOF {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
	}
	return nil
}
