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
		n, _, _ := numbers(d.Message.Get("text"))
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

// A burst is one measurement of a rate.
type burst struct {
	run, size int
	window    int            // messages that the slowest of the others may lack; 0: any number
	had       map[string]int // what the others told: number of the newest message
	totals    map[string]bool
	slowest   chan int // number of the newest message that all others have
	result
}

// windowBytes bounds what is under way to programs behind a socket: a daemon disconnects those who let megabytes wait.
const windowBytes = 2 << 20

// rate sends as fast as the line and the readers take it, and lets the other programs tell what they got, in order.
func (p *program) rate(ctx context.Context, size, others int, limit time.Duration) (result, error) {
	p.number++
	b := &burst{run: p.number, size: size, had: map[string]int{}, totals: map[string]bool{}, slowest: make(chan int, 1)}
	if p.most > 0 {
		b.window = max(min(p.most, windowBytes/size), 8)
	}
	start := time.Now()
	sending, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	sent := make(chan int, 1)
	failed := make(chan error, 1)
	go func() {
		n, err := p.burst(ctx, sending.Done(), b)
		if err != nil {
			failed <- err
			return
		}
		sent <- n
	}()
	stop := time.After(limit + totalPatience)
	var again <-chan time.Time
	end := func() error {
		again = time.After(askAgain)
		return p.say(ctx, "end", strconv.Itoa(b.run))
	}
	for len(b.totals) < others {
		var err error
		select {
		case b.sent = <-sent:
			err = end()
		case <-again:
			err = end()
		case err = <-failed:
		case <-stop:
			b.arrived = 0
			return b.result, nil
		case list, ok := <-p.line.heard():
			if !ok {
				err = errors.New("the node has ended")
			}
			for _, d := range list {
				b.take(d, others)
			}
		}
		b.took = time.Since(start)
		if err != nil {
			return b.result, err
		}
	}
	return b.result, nil
}

// burst says numbered messages until the time is over.
func (p *program) burst(ctx context.Context, over <-chan struct{}, b *burst) (n int, err error) {
	for had := -1; ; n++ {
		for b.window > 0 && n-had > b.window {
			select {
			case had = <-b.slowest:
			case <-over:
				return n, nil
			}
		}
		select {
		case <-over:
			return n, nil
		default:
		}
		if err := p.say(ctx, "load", p.text(b.size, b.run, n, b.window/4)); err != nil {
			return n, err
		}
	}
}

// take looks at what came while a rate is measured.
func (b *burst) take(d node.Delivery, others int) {
	run, count, wrong := numbers(d.Message.Get("text"))
	if d.Own || run != b.run {
		return
	}
	switch d.Message.Kind() {
	case "had":
		b.had[d.From] = count
		if len(b.had) < others {
			return
		}
		slowest := count
		for _, n := range b.had {
			slowest = min(slowest, n)
		}
		select {
		case <-b.slowest:
		default:
		}
		b.slowest <- slowest
	case "total":
		if b.totals[d.From] {
			return
		}
		if len(b.totals) == 0 || count < b.arrived {
			b.arrived = count
		}
		b.wrong += wrong
		b.totals[d.From] = true
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
