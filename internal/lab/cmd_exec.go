package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"heartbeat/internal/vnet"
)

func execCommand(at func() string) *cobra.Command {
	return &cobra.Command{
		Use: "exec MACHINE -- PROGRAM [ARGUMENT…]", Short: "run a program on a node or on the client",
		Long:    "Runs a program in a machine, with this terminal, and ends with its exit code.\nThe machine has this machine's programs, and this heartbeat.",
		Args:    cobra.MinimumNArgs(2),
		Example: "  heartbeat lab exec node1 -- heartbeat status\n  heartbeat lab exec node1 -- ip addr\n  heartbeat lab exec client -- ping -c3 10.77.1.100\n  heartbeat lab exec node2 -- bash",
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := Open(at(), quiet{})
			if err != nil {
				return err
			}
			code, err := runHere(l, args[0], args[1:])
			if err != nil {
				return err
			}
			if code != 0 {
				return Exit(code)
			}
			return nil
		},
	}
}

// runHere runs a program in a machine with this process's files, and passes
// signals on: Ctrl-C is the program's to answer, not ours. On a terminal the
// program gets a terminal of its own, so that shells and editors work.
func runHere(l *Lab, machine string, argv []string) (int, error) {
	tty := term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
	p, err := l.Lab.Start(machine, vnet.Command{
		Argv: argv, Env: []string{"TERM=" + os.Getenv("TERM")}, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, TTY: tty,
	})
	if err != nil {
		return 0, err
	}
	got := make(chan os.Signal, 4)
	signal.Notify(got, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer signal.Stop(got)
	go func() {
		for sig := range got {
			p.Signal(sig.(syscall.Signal))
		}
	}()
	if p.Terminal == nil {
		return p.Wait()
	}
	defer p.Terminal.Close()
	return joinTerminals(p)
}

// joinTerminals connects this terminal with the program's until the program ends.
func joinTerminals(p *vnet.Process) (int, error) {
	here := int(os.Stdin.Fd())
	before, err := term.MakeRaw(here) // every key, Ctrl-C too, is for the program
	if err != nil {
		return 0, fmt.Errorf("preparing the terminal: %w", err)
	}
	defer term.Restore(here, before)
	resize := func() {
		if columns, rows, err := term.GetSize(here); err == nil {
			p.Resize(columns, rows)
		}
	}
	resize()
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	defer signal.Stop(changed)
	go func() {
		for range changed {
			resize()
		}
	}()
	go io.Copy(p.Terminal, os.Stdin)
	shown := make(chan struct{})
	go func() {
		io.Copy(os.Stdout, p.Terminal) // ends when the last program on that terminal has gone
		close(shown)
	}()
	code, err := p.Wait()
	select {
	case <-shown:
	case <-time.After(lastOutput): // a background program keeps the terminal open
	}
	return code, err
}

// lastOutput is how long the output of an ended program may still be under way.
const lastOutput = 200 * time.Millisecond

func logCommand(at func() string) *cobra.Command {
	var follow bool
	c := &cobra.Command{
		Use: "log NODE", Short: "show the log of heartbeat on a node", Args: cobra.ExactArgs(1),
		Example: "  heartbeat lab log node1\n  heartbeat lab log node2 -f",
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := Open(at(), quiet{})
			if err != nil {
				return err
			}
			if err := nodeOf(l, args[0]); err != nil {
				return err
			}
			logs := l.Logs(args[0])
			if len(logs) == 0 {
				return fmt.Errorf("heartbeat on %s has written nothing yet", args[0])
			}
			return showLog(cmd.Context(), cmd.OutOrStdout(), logs[0], follow)
		},
	}
	c.Flags().BoolVarP(&follow, "follow", "f", false, "go on showing what is added")
	return c
}

func watchCommand(at func() string) *cobra.Command {
	return &cobra.Command{
		Use: "watch", Short: "ask the service all the time, and tell who answers and every gap", Args: cobra.NoArgs,
		Long: "Asks the web server at the service address from the client, 200 times a second, and\nprints a line whenever somebody else answers. Leave it with Ctrl-C.", Example: "  heartbeat lab watch",
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := Open(at(), quiet{})
			if err != nil {
				return err
			}
			c, err := l.Watch(Target{Proto: "http", Addr: ServiceAddr})
			if err != nil {
				return err
			}
			defer c.Stop()
			return c.narrate(cmd.Context(), cmd.OutOrStdout())
		},
	}
}

// noise is the shortest gap that is told: shorter ones are the scheduling of a busy host.
const noise = 50 * time.Millisecond

// narrate tells changes of the answerer and gaps until ctx is done.
func (c *Client) narrate(ctx context.Context, w io.Writer) error {
	var good Answer
	silent := false
	return c.each(ctx, func(a Answer) {
		stamp := a.Heard.Format("15:04:05.000")
		switch {
		case a.Node == "" && !silent && a.Asked.Sub(good.Heard) > noise:
			silent = true
			fmt.Fprintf(w, "%s  nobody answers\n", stamp)
		case a.Node != "":
			gap := a.Heard.Sub(good.Heard)
			if a.Node != good.Node || gap > noise {
				fmt.Fprintf(w, "%s  %s answers", stamp, a.Node)
				if good.Node != "" {
					fmt.Fprintf(w, " after %d ms of silence", gap.Milliseconds())
				}
				fmt.Fprintln(w)
			}
			good, silent = a, false
		}
	})
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
