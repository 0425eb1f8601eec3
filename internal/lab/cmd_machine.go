package lab

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/vnet"
)

// onMachine makes a command that does something to one machine.
func onMachine(at func() string, use, short, long, example string, do func(*cobra.Command, *Lab, string) error) *cobra.Command {
	return &cobra.Command{
		Use: use + " NODE", Short: short, Long: long, Args: cobra.ExactArgs(1), Example: "  heartbeat lab " + example,
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := Open(at(), quiet{})
			if err != nil {
				return err
			}
			if err := nodeOf(l, args[0]); err != nil {
				return err
			}
			return do(cmd, l, args[0])
		},
	}
}

func machineCommands(at func() string) []*cobra.Command {
	var idle bool
	on := onMachine(at, "power-on", "switch a machine on, and start heartbeat on it",
		"Boots the machine with an empty /run and starts heartbeat on it, as a boot would.", "power-on node1",
		func(cmd *cobra.Command, l *Lab, node string) error {
			if err := l.PowerOn(node); err != nil {
				return err
			}
			if idle || node == ClientName {
				return nil
			}
			return startAndWait(cmd.Context(), l, node)
		})
	on.Flags().BoolVar(&idle, "no-start", false, "do not start heartbeat")
	return []*cobra.Command{
		on,
		onMachine(at, "power-off", "pull the plug of a machine",
			"Kills every process of the machine in one blow and takes its links down. Nothing in it\nis asked or told, as in a power cut.", "power-off node1",
			func(_ *cobra.Command, l *Lab, node string) error { return l.PowerOff(node) }),
		onMachine(at, "freeze", "stop every process of a machine, as a hanging one",
			"Stops every process of the machine. Its kernel goes on answering ping, which is what makes\nhanging machines hard to tell from healthy ones.", "freeze node1",
			func(_ *cobra.Command, l *Lab, node string) error { return l.Freeze(node) }),
		onMachine(at, "thaw", "let a frozen machine go on", "", "thaw node1",
			func(_ *cobra.Command, l *Lab, node string) error { return l.Thaw(node) }),
	}
}

func linkCommands(at func() string) []*cobra.Command {
	var mute, in, out bool
	var loss int
	cut := &cobra.Command{
		Use: "cut NODE LINK", Short: "break a link: eth0, eth1 or all", Args: cobra.ExactArgs(2),
		Long: `Breaks a link of a node. Without a flag the cable is pulled: the machine sees the
carrier go. With --mute the carrier stays and every frame is lost, as behind a
mis-set switch; with --in the machine hears nothing, with --out it is not heard, and with --loss
some frames are lost.

eth0 is the service network and a heartbeat link, eth1 a second heartbeat link.`,
		Example: "  heartbeat lab cut node1 eth1\n  heartbeat lab cut node1 all --mute\n  heartbeat lab cut node2 eth1 --loss 30\n  heartbeat lab heal",
		RunE: func(cmd *cobra.Command, args []string) error {
			how := vnet.Unplugged
			switch {
			case mute:
				how = vnet.Mute
			case in:
				how = vnet.Deaf
			case out:
				how = vnet.Dumb
			case cmd.Flags().Changed("loss"):
				how = vnet.Lossy(loss)
			}
			return onLink(at, args, func(l *Lab, node string, link int) error { return l.Cut(node, link, how) })
		},
	}
	cut.Flags().BoolVar(&mute, "mute", false, "lose every frame, keep the carrier")
	cut.Flags().BoolVar(&in, "in", false, "lose what the node should hear")
	cut.Flags().BoolVar(&out, "out", false, "lose what the node sends")
	cut.Flags().IntVar(&loss, "loss", 0, "lose that many `percent` of all frames, 1 to 99")
	cut.MarkFlagsMutuallyExclusive("mute", "in", "out", "loss")
	heal := &cobra.Command{
		Use: "heal [NODE [LINK]]", Short: "mend a link, all links of a node, or every link", Args: cobra.MaximumNArgs(2),
		Example: "  heartbeat lab heal\n  heartbeat lab heal node1 eth1",
		RunE: func(cmd *cobra.Command, args []string) error {
			return onLink(at, args, func(l *Lab, node string, link int) error { return l.Heal(node, link) })
		},
	}
	return []*cobra.Command{cut, heal}
}

// onLink does something to the link that NODE LINK name; what is left out means all.
func onLink(at func() string, args []string, do func(l *Lab, node string, link int) error) error {
	l, err := Open(at(), quiet{})
	if err != nil {
		return err
	}
	if len(args) == 0 {
		for _, node := range l.Nodes {
			if err := do(l, node, vnet.AllLinks); err != nil {
				return err
			}
		}
		return nil
	}
	if err := nodeOf(l, args[0]); err != nil {
		return err
	}
	link := vnet.AllLinks
	if len(args) > 1 {
		if link, err = linkOf(args[1]); err != nil {
			return err
		}
	}
	return do(l, args[0], link)
}

// linkOf reads eth0, 0 or all.
func linkOf(word string) (int, error) {
	switch strings.TrimPrefix(word, "eth") {
	case "0":
		return LinkService, nil
	case "1":
		return LinkSecond, nil
	case "all":
		return vnet.AllLinks, nil
	}
	return 0, fmt.Errorf("there is no link %q; there are: eth0, eth1, all", word)
}

// startAndWait starts heartbeat and returns when it answers, so that the next
// command finds it.
func startAndWait(ctx context.Context, l *Lab, node string) error {
	if err := l.StartDaemon(node); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return l.WaitDaemon(ctx, node)
}

func daemonCommands(at func() string) []*cobra.Command {
	return []*cobra.Command{
		onMachine(at, "start", "start heartbeat on a node", "", "start node1",
			func(cmd *cobra.Command, l *Lab, node string) error { return startAndWait(cmd.Context(), l, node) }),
		onMachine(at, "stop", "stop heartbeat on a node gracefully: it hands over and leaves", "", "stop node1",
			func(cmd *cobra.Command, l *Lab, node string) error { return l.StopDaemon(cmd.Context(), node) }),
	}
}
