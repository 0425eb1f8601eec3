package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/node"
	"heartbeat/internal/wire"
)

// program is a client of both nodes: "load" is counted, "ping" and "end" are answered.
type program struct {
	node  *node.Node // nil: the daemon is another process
	line  line
	label string
	most  int // own copies that may be under way while a rate is measured; 0: any number
	sizes []int

	batch []node.Delivery
}

// line is how a program reaches the cluster: a lane of the node in this process, or the socket of a daemon.
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
	return p.line.Send(ctx, wire.New("t", kind, "from_id", "bench", "to_id", "bench", "text", text))
}

// next is the next message that somebody's program sent.
func (p *program) next(ctx context.Context) (node.Delivery, error) {
	for {
		for len(p.batch) > 0 {
			d := p.batch[0]
			p.batch = p.batch[1:]
			if d.Message.Get("to_id") == "bench" {
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

// answer serves the other node until ctx ends.
func (p *program) answer(ctx context.Context) {
	count, last := 0, -1
	for {
		d, err := p.next(ctx)
		if err != nil {
			return
		}
		if d.Own {
			continue
		}
		switch d.Message.Kind() {
		case "load":
			number, _, _ := strings.Cut(d.Message.Get("text"), " ")
			if n, err := strconv.Atoi(number); err != nil || n != last+1 {
				fmt.Printf("# OUT OF ORDER: %s after %d\n", number, last)
			} else {
				last = n
			}
			count++
		case "end":
			_ = p.say(ctx, "total", strconv.Itoa(count))
			count, last = 0, -1
		case "ping":
			_ = p.say(ctx, "pong", "")
		}
	}
}

// measure prints a line a size: bytes, messages a second, and of the round trips the median and the 99th percentile of the own
// copy and of the answer, in microseconds.
func (p *program) measure(ctx context.Context, peer string, seconds time.Duration) error {
	if err := p.await(ctx, peer); err != nil {
		return err
	}
	for _, size := range p.sizes {
		own, answers, err := p.roundTrips(ctx, size, 2000)
		if err != nil {
			return err
		}
		rate, err := p.rate(ctx, size, seconds)
		if err != nil {
			return err
		}
		fmt.Printf("%s\t%d\t%.0f\t%s\t%s\n", p.label, size, rate, percentiles(own), percentiles(answers))
	}
	if p.node == nil {
		return nil
	}
	start := time.Now()
	if err := p.say(ctx, "ping", strings.Repeat("x", 10<<20)); err != nil {
		return err
	}
	if err := p.until(ctx, "pong"); err != nil {
		return err
	}
	fmt.Printf("# 10 MB and its answer: %v\n", time.Since(start).Round(10*time.Microsecond))
	c := p.node.Status().Counters
	fmt.Printf("# %v\n", c)
	return nil
}

// await waits until the other program answers.
func (p *program) await(ctx context.Context, peer string) error {
	for ctx.Err() == nil {
		if err := p.say(ctx, "ping", peer); err != nil {
			return err
		}
		try, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		err := p.until(try, "pong")
		cancel()
		if err == nil {
			break
		}
	}
	for { // answers to former attempts
		try, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		err := p.until(try, "pong")
		cancel()
		if err != nil {
			return ctx.Err()
		}
	}
}

// until waits for a message of the other node.
func (p *program) until(ctx context.Context, kind string) error {
	for {
		d, err := p.next(ctx)
		if err != nil {
			return err
		}
		if !d.Own && d.Message.Kind() == kind {
			return nil
		}
	}
}

func (p *program) roundTrips(ctx context.Context, size, rounds int) (own, answers []time.Duration, err error) {
	text := strings.Repeat("x", size)
	for range rounds {
		start := time.Now()
		if err := p.say(ctx, "ping", text); err != nil {
			return nil, nil, err
		}
		for missing := 2; missing > 0; missing-- {
			d, err := p.next(ctx)
			if err != nil {
				return nil, nil, err
			}
			if d.Own {
				own = append(own, time.Since(start))
			} else {
				answers = append(answers, time.Since(start))
			}
		}
	}
	return own, answers, nil
}

// rate sends as fast as the node takes it, and counts what the other program got in order.
func (p *program) rate(ctx context.Context, size int, seconds time.Duration) (float64, error) {
	failed := make(chan error, 1)
	free := make(chan struct{}, max(p.most, 1))
	start := time.Now()
	go func() {
		filler := strings.Repeat("x", max(size-8, 1))
		for i := 0; time.Since(start) < seconds; i++ {
			if p.most > 0 {
				free <- struct{}{}
			}
			if err := p.say(ctx, "load", strconv.Itoa(i)+" "+filler); err != nil {
				failed <- err
				return
			}
		}
		failed <- p.say(ctx, "end", "")
	}()
	for {
		d, err := p.next(ctx)
		if err != nil {
			return 0, err
		}
		if d.Own || d.Message.Kind() != "total" {
			if p.most > 0 && d.Own && d.Message.Kind() == "load" {
				<-free
			}
			continue
		}
		took := time.Since(start)
		if err := <-failed; err != nil {
			return 0, err
		}
		total, _ := strconv.Atoi(d.Message.Get("text"))
		return float64(total) / took.Seconds(), nil
	}
}

func percentiles(d []time.Duration) string {
	slices.Sort(d)
	us := func(q float64) float64 { return float64(d[int(q*float64(len(d)-1))].Nanoseconds()) / 1000 }
	return fmt.Sprintf("%.0f\t%.0f", us(0.5), us(0.99))
}
