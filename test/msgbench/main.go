// Command msgbench is one node of a two-node cluster that measures how fast ordered messages of local programs are:
// it is heartbeat run without resources, with a program on it that talks to its like on the other node.
// tools/bench/messages.sh starts two of them, beside others' clusters.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"
	"time"

	"heartbeat/internal/node"
)

func main() {
	if err := run(); err != nil {
		fmt.Println("# FAILED:", err) // in the table, where the script looks for it
	}
}

func run() error {
	etc := flag.String("etc", "/etc/ha.d", "configuration directory")
	state := flag.String("state", "/var/lib/heartbeat", "state directory")
	where := flag.String("run", "/run/heartbeat", "run directory")
	name := flag.String("name", "", "node name")
	peer := flag.String("peer", "", "name of the other node; empty: this one answers")
	seconds := flag.Duration("for", 5*time.Second, "how long each rate is measured")
	profile := flag.String("profile", "", "write a CPU profile there")
	resources := flag.Bool("resources", false, "manage resources as well")
	say := flag.String("say", "", "only say documents of these sizes once the other node is there, for example 300,30000")
	verbose := flag.Bool("v", false, "log")
	flag.Parse()
	o := node.Options{Etc: *etc, State: *state, Run: *where, Name: *name, MessagesOnly: !*resources}
	if *verbose {
		o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	n, err := node.Open(o)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	p := &program{node: n, lane: n.OpenLane(), heard: n.Listen()}
	if *say != "" {
		if err := p.documents(ctx, *say); err != nil {
			return err
		}
		<-ctx.Done()
	} else if *peer == "" {
		p.answer(ctx)
	} else if err := p.measure(ctx, *peer, *seconds); err != nil {
		return err
	}
	n.Abandon() // it holds nothing, so there is nothing to hand over
	return <-ended
}
