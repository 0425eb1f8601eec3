package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/node"
)

// What a measurement waits for something that may be lost: in C Heartbeat messages are.
const (
	roundPatience = 2 * time.Second
	totalPatience = 8 * time.Second
	askAgain      = time.Second
)

// serve measures what each line of in asks for, "SIZE ROUNDS SECONDS", and prints a line of results for it.
func (p *program) serve(ctx context.Context, in io.Reader, others int) error {
	p.noise = randomText(1 << 10)
	if err := p.await(ctx, others); err != nil {
		return err
	}
	fmt.Println("ready")
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var size, rounds int
		var seconds float64
		if _, err := fmt.Sscan(lines.Text(), &size, &rounds, &seconds); err != nil {
			return fmt.Errorf("reading %q: %w", lines.Text(), err)
		}
		if size > len(p.noise) {
			p.noise = randomText(size)
		}
		limit := time.Duration(seconds * float64(time.Second))
		own, answers, err := p.roundTrips(ctx, size, others, rounds, limit)
		if err != nil {
			return err
		}
		r, err := p.rate(ctx, size, others, limit)
		if err != nil {
			return err
		}
		if p.counters && p.node != nil {
			fmt.Printf("# %d bytes: %v\n", size, p.node.Status().Counters)
		}
		perSecond := float64(r.arrived) / r.took.Seconds()
		fmt.Printf("%s\t%d\t%d\t%.0f\t%s\t%s\t%d\t%d\t%d\n", p.label, others+1, size, perSecond, percentiles(own), percentiles(answers), r.sent, r.arrived, r.wrong)
	}
	return lines.Err()
}

// await waits until all other programs answer.
func (p *program) await(ctx context.Context, others int) error {
	for {
		_, _, whole, err := p.round(ctx, 100, others, askAgain)
		if err != nil || whole {
			return err
		}
	}
}

// text is a message of that size which begins with some numbers. What follows cannot be compressed.
func (p *program) text(size int, numbers ...int) string {
	var b strings.Builder
	b.Grow(size + 24)
	for _, n := range numbers {
		b.WriteString(strconv.Itoa(n))
		b.WriteByte(' ')
	}
	if left := size - b.Len(); left > 0 {
		b.WriteString(p.noise[:left])
	}
	return b.String()
}

// randomText has no character that any encoding must spell out.
func randomText(size int) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, size)
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

// round says one ping. It takes the time to the own copy and to the last of the answers; whole is false when something did not come in time.
func (p *program) round(ctx context.Context, size, others int, patience time.Duration) (own, answer time.Duration, whole bool, err error) {
	p.number++
	message := p.text(size, p.number)
	try, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	start := time.Now()
	if err := p.say(ctx, "ping", message); err != nil {
		return 0, 0, false, err
	}
	for pongs := 0; own == 0 || pongs < others; {
		d, err := p.next(try)
		switch {
		case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
			return 0, 0, false, nil
		case err != nil:
			return 0, 0, false, err
		}
		n, _ := numbers(d.Message.Get("text"))
		switch kind := d.Message.Kind(); {
		case n != p.number:
		case kind == "ping" && d.Own:
			own = time.Since(start)
		case kind == "pong" && !d.Own:
			pongs++
			answer = time.Since(start)
		}
	}
	return own, answer, true, nil
}

// roundTrips does so many rounds, or as many as the time allows. Rounds of which something was lost do not count.
func (p *program) roundTrips(ctx context.Context, size, others, rounds int, limit time.Duration) (own, answers []time.Duration, err error) {
	for start := time.Now(); len(own) < rounds && time.Since(start) < limit; {
		o, a, whole, err := p.round(ctx, size, others, roundPatience)
		if err != nil {
			return nil, nil, err
		}
		if whole {
			own, answers = append(own, o), append(answers, a)
		}
	}
	return own, answers, nil
}

// result is what came of sending as fast as possible: how much was sent, and how much of it every other node had at the end.
type result struct {
	sent, arrived, wrong int
	took                 time.Duration
}

// rate sends as fast as the line takes it, and lets the other programs tell what they got, in order.
func (p *program) rate(ctx context.Context, size, others int, limit time.Duration) (r result, err error) {
	p.number++
	run, start := p.number, time.Now()
	sending, cancel := context.WithCancel(ctx)
	defer cancel()
	free := make(chan struct{}, max(p.most, 1))
	sent, failed := make(chan int, 1), make(chan error, 1)
	go func() {
		n := 0
		defer func() { sent <- n }()
		for ; time.Since(start) < limit; n++ {
			if p.most > 0 {
				select {
				case free <- struct{}{}:
				case <-time.After(max(limit-time.Since(start), 0)): // own copies were lost, or are slow
					return
				}
			}
			if err := p.say(sending, "load", p.text(size, run, n)); err != nil {
				failed <- err
				return
			}
		}
	}()
	totals := map[string]bool{}
	stop := time.After(limit + totalPatience)
	var again <-chan time.Time
	for len(totals) < others {
		select {
		case r.sent = <-sent:
			if err := p.say(ctx, "end", strconv.Itoa(run)); err != nil {
				return r, err
			}
			again = time.After(askAgain)
			continue
		case <-again:
			if err := p.say(ctx, "end", strconv.Itoa(run)); err != nil {
				return r, err
			}
			again = time.After(askAgain)
			continue
		case err := <-failed:
			return r, err
		case <-stop:
			r.arrived = 0
			r.took = time.Since(start)
			return r, nil
		case b, ok := <-p.line.heard():
			if !ok {
				return r, errors.New("the node has ended")
			}
			p.batch = b
		}
		for _, d := range p.batch {
			p.count(d, run, free, totals, &r)
		}
		p.batch = nil
	}
	r.took = time.Since(start)
	return r, nil
}

// count takes a message that came while a rate is measured.
func (p *program) count(d node.Delivery, run int, free chan struct{}, totals map[string]bool, r *result) {
	kind := d.Message.Kind()
	switch {
	case d.Own && kind == "load" && p.most > 0:
		select {
		case <-free:
		default: // a late copy of the run before
		}
	case d.Own || kind != "total" || totals[d.From]:
	default:
		var of, count, wrong int
		if _, err := fmt.Sscan(d.Message.Get("text"), &of, &count, &wrong); err != nil || of != run {
			return
		}
		if len(totals) == 0 || count < r.arrived {
			r.arrived = count
		}
		r.wrong += wrong
		totals[d.From] = true
	}
}

func percentiles(d []time.Duration) string {
	if len(d) == 0 {
		return "-\t-"
	}
	slices.Sort(d)
	us := func(q float64) float64 { return float64(d[int(q*float64(len(d)-1))].Nanoseconds()) / 1000 }
	return fmt.Sprintf("%.0f\t%.0f", us(0.5), us(0.99))
}
