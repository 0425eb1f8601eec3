package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func demoCommand() *cobra.Command {
	var o DemoOptions
	var asJSON, noLive bool
	c := &cobra.Command{
		Use: "demo", Short: "a guided minute: a cluster is broken in every way, and measured", Args: cobra.NoArgs,
		Long: `Makes two virtual machines with a web server, asks it 200 times a second as a
visitor would, and then pulls plugs and cuts cables. Every step says what is
promised and what was measured. It needs no root, and leaves nothing behind.

The exit code is 0 only if every promise was kept.`,
		Example: "  heartbeat lab demo\n  heartbeat lab demo --fast --no-live      # for a build server\n  heartbeat lab demo --json | jq .steps",
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			terminal := isTerminal(out)
			o.Screen = &screen{w: out, palette: palette{terminal}, pictures: terminal && !noLive}
			if asJSON {
				o.Screen, o.Fast = &screen{w: io.Discard}, true
			}
			rep, err := runDemo(cmd.Context(), o)
			if asJSON {
				if werr := writeJSON(out, rep); werr != nil {
					return werr
				}
			} else if err == nil {
				fmt.Fprintln(out)
				rep.print(out, o.Screen.palette)
			}
			if errors.Is(err, context.Canceled) {
				fmt.Fprintln(cmd.ErrOrStderr(), "\nstopped; everything the demo made is removed")
				return Exit(130)
			}
			if err != nil {
				return err
			}
			if !rep.OK {
				return Exit(1)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&o.Fast, "fast", false, "no pauses for reading")
	c.Flags().BoolVar(&asJSON, "json", false, "only the results, as JSON")
	c.Flags().BoolVar(&noLive, "no-live", false, "no live picture, also on a terminal")
	return c
}

// isTerminal says whether w is a terminal that can move its cursor.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" && os.Getenv("NO_COLOR") == ""
}
