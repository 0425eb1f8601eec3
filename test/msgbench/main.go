// Command msgbench measures how fast ordered messages of programs are in a cluster: it is a program on each node that talks to its
// like. It runs a node of its own, without resources, or is a client of a daemon: at the classic socket of either make, or at the modern one
// of ours. tools/bench/messages.sh starts it on all nodes, beside others' clusters.
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

	"heartbeat/internal/node"
)

func main() {
	if err := run(); err != nil {
		fmt.Println("# FAILED:", err) // in the table, where the script looks for it
	}
}

type options struct {
	etc, state, run, name, profile, say, socket, web, as, label, report string

	others, most                 int
	verbose, resources, counters bool
}

func parse() (o options) {
	flag.StringVar(&o.etc, "etc", "/etc/ha.d", "configuration directory")
	flag.StringVar(&o.state, "state", "/var/lib/heartbeat", "state directory")
	flag.StringVar(&o.run, "run", "/run/heartbeat", "run directory")
	flag.StringVar(&o.name, "name", "", "node name")
	flag.IntVar(&o.others, "others", 0, "how many other nodes answer; this one measures what standard input asks for. 0: this one answers")
	flag.StringVar(&o.profile, "profile", "", "write a CPU profile there")
	flag.StringVar(&o.say, "say", "", "only say documents of these sizes once the other node is there, for example 300,30000")
	flag.StringVar(&o.socket, "socket", "", "be a client of the daemon behind this classic socket")
	flag.StringVar(&o.web, "web", "", "be a client of the daemon behind this HTTP socket")
	flag.StringVar(&o.as, "as", "bench", "name to sign on with")
	flag.StringVar(&o.label, "label", "heartbeat-go", "first column of the results")
	flag.IntVar(&o.most, "most", 0, "messages that may be under way to the slowest reader while a rate is measured; 0: as many as the line allows")
	flag.StringVar(&o.report, "report", "", "only print the results in this file as a table")
	flag.BoolVar(&o.verbose, "v", false, "log")
	flag.BoolVar(&o.resources, "resources", false, "manage resources as well")
	flag.BoolVar(&o.counters, "counters", false, "print the counters of the node after each measurement")
	flag.Parse()
	return o
}

func run() error {
	o := parse()
	if o.report != "" {
		return report(os.Stdout, o.report)
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
	p := &program{as: o.as, label: o.label, most: o.most, counters: o.counters}
	switch {
	case o.socket != "":
		s, err := dial(ctx, o.socket, o.as, o.name)
		if err != nil {
			return err
		}
		p.line = s
	case o.web != "":
		w, err := browse(ctx, o.web, o.as, o.name)
		if err != nil {
			return err
		}
		p.line = w
	default:
		return p.asNode(ctx, o)
	}
	return p.act(ctx, o)
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
	case o.others == 0:
		p.answer(ctx)
	default:
		return p.serve(ctx, os.Stdin, o.others)
	}
	return nil
}
