package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"heartbeat/internal/applet"
	"heartbeat/internal/cts"
	"heartbeat/internal/lab"
)

// version is set by the linker: -X main.version=…
var version = "unknown"

func main() { os.Exit(run()) }

func run() int {
	// The machines of a lab are this program started again; they must not meet the command line's parser.
	if code, mine := lab.Inside(os.Args); mine {
		return code
	}
	return applet.Main(context.Background(), applet.Env{
		Args: os.Args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Version: version,
	},
		func() *cobra.Command { return lab.Command(applet.ClassicNames()...) },
		func() *cobra.Command { return cts.Command(func() string { return version }) })
}
