package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"heartbeat/internal/node"
	"heartbeat/internal/wire"
)

// program is a client on every node: "load" is counted, "ping" and "end" are answered.
type program struct {
	node  *node.Node // nil: the daemon is another process
	line  line
	as    string // what it is called at every door
	label string
	most  int // own copies that may be under way while a rate is measured; 0: any number

	counters bool // to be printed after each measurement

	batch  []node.Delivery
	noise  string
	number int // of the newest round or run
}

// line is how a program reaches the cluster: a lane of the node in this process, or a socket of a daemon.
type line interface {
	Send(ctx context.Context, m *wire.Message) error
	heard() <-chan []node.Delivery
}

// direct is the line to the node in this process.
type direct struct {
	*node.Lane
	listener *node.Listener
}

func (d direct) heard() <-chan []node.Delivery { return d.listener.C }

func (p *program) say(ctx context.Context, kind, text string) error {
	return p.line.Send(ctx, wire.New("t", kind, "from_id", p.as, "to_id", p.as, "text", text))
}

// next is the next message that somebody's program sent.
func (p *program) next(ctx context.Context) (node.Delivery, error) {
	for {
		for len(p.batch) > 0 {
			d := p.batch[0]
			p.batch = p.batch[1:]
			if d.Message.Get("to_id") == p.as {
				return d, nil
			}
		}
		select {
		case b, ok := <-p.line.heard():
			if !ok {
				return node.Delivery{}, errors.New("the node has ended")
			}
			p.batch = b
		case <-ctx.Done():
			return node.Delivery{}, ctx.Err()
		}
	}
}

// tally is what an answering program counts of one run.
type tally struct{ run, count, last, wrong int }

func (t *tally) load(text string) {
	run, at := numbers(text)
	if run != t.run {
		*t = tally{run: run, last: -1}
	}
	if at <= t.last { // a hole is counted by who sent; a step back is a lie about the order
		t.wrong++
	}
	t.count, t.last = t.count+1, at
}

// answer serves the other nodes until ctx ends.
func (p *program) answer(ctx context.Context) {
	var seen tally
	for {
		d, err := p.next(ctx)
		if err != nil {
			return
		}
		if d.Own {
			continue
		}
		text := d.Message.Get("text")
		switch d.Message.Kind() {
		case "load":
			seen.load(text)
		case "end":
			if run, _ := numbers(text); run != seen.run {
				seen = tally{run: run}
			}
			_ = p.say(ctx, "total", fmt.Sprintf("%d %d %d", seen.run, seen.count, seen.wrong))
		case "ping":
			round, _ := numbers(text)
			_ = p.say(ctx, "pong", strconv.Itoa(round))
		}
	}
}

// numbers are the first two words of a text; a word that is not there is 0.
func numbers(text string) (a, b int) {
	first, rest, _ := strings.Cut(text, " ")
	second, _, _ := strings.Cut(rest, " ")
	a, _ = strconv.Atoi(first)
	b, _ = strconv.Atoi(second)
	return a, b
}
