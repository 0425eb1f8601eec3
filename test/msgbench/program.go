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
	most  int // messages that may be under way to the slowest of the others while a rate is measured; 0: any number

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
type tally struct {
	run, count, last, wrong int
	every                   int // after how many messages the sender wants to hear of it; 0: never
}

func (t *tally) load(text string) {
	run, at, every := numbers(text)
	if run != t.run {
		*t = tally{run: run, last: -1, every: every}
	}
	if at <= t.last { // a hole is counted by who sent; a step back is a lie about the order
		t.wrong++
	}
	t.count, t.last = t.count+1, at
}

// asked says whether the sender waits to hear that this message is there.
func (t *tally) asked() bool { return t.every > 0 && (t.last+1)%t.every == 0 }

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
			if seen.asked() {
				_ = p.say(ctx, "had", fmt.Sprint(seen.run, seen.last))
			}
		case "end":
			if run, _, _ := numbers(text); run != seen.run {
				seen = tally{run: run}
			}
			_ = p.say(ctx, "total", fmt.Sprintf("%d %d %d", seen.run, seen.count, seen.wrong))
		case "ping":
			round, _, _ := numbers(text)
			_ = p.say(ctx, "pong", strconv.Itoa(round))
		}
	}
}

// numbers are the first three words of a text; a word that is not there is 0.
func numbers(text string) (a, b, c int) {
	var word [3]int
	for i := range word {
		var first string
		first, text, _ = strings.Cut(text, " ")
		word[i], _ = strconv.Atoi(first)
	}
	return word[0], word[1], word[2]
}
