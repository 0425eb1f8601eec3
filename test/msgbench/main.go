// Command msgbench measures how fast ordered messages of programs are in a cluster of two nodes: it is a program on each of
// them that talks to its like. It runs a node of its own, without resources, or is a client of a daemon of either make.
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
	"strconv"
	"strings"
	"syscall"
	"time"

	"heartbeat/internal/node"
)

func main() {
	if err := run(); err != nil {
		fmt.Println("# FAILED:", err) // in the table, where the script looks for it
	}
}

type options struct {
	etc, state, run, name, peer, profile, say, socket, label, sizes string

	seconds                    time.Duration
	verbose, resources, daemon bool
}

func parse() (o options) {
	flag.StringVar(&o.etc, "etc", "/etc/ha.d", "configuration directory")
	flag.StringVar(&o.state, "state", "/var/lib/heartbeat", "state directory")
	flag.StringVar(&o.run, "run", "/run/heartbeat", "run directory")
	flag.StringVar(&o.name, "name", "", "node name")
	flag.StringVar(&o.peer, "peer", "", "name of the other node; empty: this one answers")
	flag.StringVar(&o.profile, "profile", "", "write a CPU profile there")
	flag.StringVar(&o.say, "say", "", "only say documents of these sizes once the other node is there, for example 300,30000")
	flag.StringVar(&o.socket, "socket", "", "be a client of the daemon behind this socket")
	flag.StringVar(&o.label, "label", "heartbeat-go", "first column of the table")
	flag.StringVar(&o.sizes, "sizes", "100,1000,65536", "bytes of a message")
	flag.DurationVar(&o.seconds, "for", 5*time.Second, "how long each rate is measured")
	flag.BoolVar(&o.verbose, "v", false, "log")
	flag.BoolVar(&o.resources, "resources", false, "manage resources as well")
	flag.BoolVar(&o.daemon, "daemon", false, "be a node and nothing else")
	flag.Parse()
	return o
}

func run() error {
	o := parse()
	p := &program{label: o.label}
	for size := range strings.SplitSeq(o.sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			return fmt.Errorf("-sizes: %w", err)
		}
		p.sizes = append(p.sizes, n)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if o.profile != "" {
		f, err := os.Create(o.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	if o.socket != "" {
		s, err := dial(ctx, o.socket, o.name)
		if err != nil {
			return err
		}
		p.line, p.most = s, 32 // a daemon disconnects those for whom more than 64 wait
		return p.act(ctx, o)
	}
	return p.asNode(ctx, o)
}

// asNode runs a node in this process.
func (p *program) asNode(ctx context.Context, o options) error {
	no := node.Options{Etc: o.etc, State: o.state, Run: o.run, Name: o.name, MessagesOnly: !o.resources}
	if o.verbose {
		no.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	n, err := node.Open(no)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	if o.daemon {
		return <-ended
	}
	p.node, p.line = n, direct{n.OpenLane(), n.Listen()}
	if err := p.act(ctx, o); err != nil {
		return err
	}
	n.Abandon() // it holds nothing, so there is nothing to hand over
	return <-ended
}

// act does what this program is for.
func (p *program) act(ctx context.Context, o options) error {
	switch {
	case o.say != "":
		if err := p.documents(ctx, o.say); err != nil {
			return err
		}
		<-ctx.Done()
	case o.peer == "":
		p.answer(ctx)
	default:
		return p.measure(ctx, o.peer, o.seconds)
	}
	return nil
}
