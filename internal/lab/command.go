package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// An Exit is an error that only carries an exit code: everything was said already.
type Exit int

func (e Exit) Error() string { return "" }

// ExitCode is what the process ends with.
func (e Exit) ExitCode() int { return int(e) }

const about = `A cluster of virtual machines on this one: try it, break it, watch it mend itself.

The machines are made of Linux namespaces, as an ordinary user or as root.
Nothing is installed, nothing of this machine's network is touched, and
"heartbeat lab down" leaves nothing behind.

  node1, node2   eth0 10.77.1.1, .2   service network and first heartbeat link
                 eth1 10.77.2.1, .2   second heartbeat link
  client         10.77.1.250          asks the service, as a visitor does
  service        10.77.1.100          an address and a web server, home node1`

// Command is `heartbeat lab`. The shells of its nodes find the program by the given names too.
func Command(names ...string) *cobra.Command {
	c := &cobra.Command{
		Use: "lab", Short: "try, break and test a cluster on this machine, without root",
		Long: about, SilenceUsage: true, SilenceErrors: true,
		Example: `  heartbeat lab demo                       # a guided minute: it breaks and measures a cluster
  heartbeat lab up                         # two machines to play with
  heartbeat lab exec node1 -- heartbeat status
  heartbeat lab power-off node1            # pull the plug; who answers now?
  heartbeat lab status
  heartbeat lab down`,
	}
	c.PersistentPreRun = func(cmd *cobra.Command, _ []string) {
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		context.AfterFunc(ctx, stop) // the first Ctrl-C cleans up, the second one kills
		cmd.SetContext(ctx)
	}
	var dir string
	c.PersistentFlags().StringVar(&dir, "dir", DefaultDir(), "directory of the lab; several labs may run side by side (or set HEARTBEAT_LAB)")
	at := func() string { return dir }
	c.AddCommand(upCommand(at, names), statusCommand(at), execCommand(at), logCommand(at), watchCommand(at))
	c.AddCommand(machineCommands(at)...)
	c.AddCommand(linkCommands(at)...)
	c.AddCommand(daemonCommands(at)...)
	c.AddCommand(downCommand(at), tourCommand(at), demoCommand())
	return c
}

// writerLog shows progress lines on w.
type writerLog struct{ w io.Writer }

func (l writerLog) Logf(format string, args ...any) { fmt.Fprintf(l.w, format+"\n", args...) }

// quiet throws progress lines away.
type quiet struct{}

func (quiet) Logf(string, ...any) {}

// nodeOf checks a node's name of the command line.
func nodeOf(l *Lab, name string) error {
	if name == ClientName {
		return nil
	}
	for _, n := range l.Nodes {
		if n == name {
			return nil
		}
	}
	return fmt.Errorf("there is no machine %q in this lab; there are: %v and %s", name, l.Nodes, ClientName)
}
