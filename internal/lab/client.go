package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"heartbeat/internal/vnet"
)

// A Client watches a service from the client machine, as a visitor sees it.
type Client struct {
	Target Target
	stop   func() // ends the asking
	done   chan struct{}

	mu      sync.Mutex
	answers []Answer      // in the order of hearing
	news    chan struct{} // closed and replaced with every answer
}

// errClientEnded is what waiting for answers ends with when the lab went down.
var errClientEnded = errors.New("the client machine ended; was the lab taken down?")

// A Gap is a time without an answer.
type Gap struct {
	From, To     time.Time // last good answer before, first after; To zero: still silent
	Before, Then string    // who answered
}

// Length is how long it was silent; for a gap that has not ended, until now.
func (g Gap) Length(now time.Time) time.Duration {
	if g.To.IsZero() {
		return now.Sub(g.From)
	}
	return g.To.Sub(g.From)
}

// Watch starts asking. Stop ends it.
func (l *Lab) Watch(t Target) (*Client, error) {
	t = t.withDefaults()
	args, err := ProbeCommand(t)
	if err != nil {
		return nil, err
	}
	inR, inW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		inR.Close()
		inW.Close()
		return nil, err
	}
	proc, err := l.Start(ClientName, vnet.Command{
		Argv: append([]string{program}, args...), Stdin: inR, Stdout: outW, Stderr: os.Stderr,
	})
	inR.Close()
	outW.Close()
	if err != nil {
		inW.Close()
		outR.Close()
		return nil, fmt.Errorf("starting the client: %w", err)
	}
	c := Collect(outR, t, func() { inW.Close() })
	go func() {
		<-c.done
		proc.Close()
	}()
	return c, nil
}

// Collect reads what a client program writes (ProbeCommand), wherever it runs; stop ends it.
func Collect(r io.ReadCloser, t Target, stop func()) *Client {
	c := &Client{Target: t, stop: stop, done: make(chan struct{}), news: make(chan struct{})}
	go c.collect(r)
	return c
}

// ProbeCommand are the arguments of this program with which it asks a target until its input ends.
func ProbeCommand(t Target) ([]string, error) {
	arg, err := json.Marshal(t.withDefaults())
	return []string{"lab", "inside", "probe", string(arg)}, err
}

func (c *Client) collect(r io.ReadCloser) {
	defer close(c.done)
	defer r.Close()
	dec := json.NewDecoder(r)
	for {
		var a Answer
		if dec.Decode(&a) != nil {
			return
		}
		c.mu.Lock()
		// Answers come nearly in order; a late one sinks to its place.
		i := len(c.answers)
		for i > 0 && c.answers[i-1].Heard.After(a.Heard) {
			i--
		}
		c.answers = slices.Insert(c.answers, i, a)
		close(c.news)
		c.news = make(chan struct{})
		c.mu.Unlock()
	}
}

// Stop ends the asking and waits for the last answers.
func (c *Client) Stop() {
	c.stop()
	<-c.done
}

// Since returns what was heard at or after t.
func (c *Client) Since(t time.Time) []Answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, _ := slices.BinarySearchFunc(c.answers, t, func(a Answer, t time.Time) int { return a.Heard.Compare(t) })
	return slices.Clone(c.answers[i:])
}

// WaitAnswers waits until node answered n questions in a row that were asked after since.
func (c *Client) WaitAnswers(ctx context.Context, node string, n int, since time.Time) error {
	for {
		c.mu.Lock()
		news := c.news
		row, last := 0, ""
		for i := len(c.answers) - 1; i >= 0 && row < n; i-- {
			a := c.answers[i]
			if last == "" {
				last = a.Node
			}
			if !a.Asked.After(since) || a.Node != node {
				break
			}
			row++
		}
		c.mu.Unlock()
		if row >= n {
			return nil
		}
		select {
		case <-news:
		case <-c.done:
			return fmt.Errorf("the client ended while waiting for %s", node)
		case <-ctx.Done():
			return fmt.Errorf("%s did not answer (last answer: %s): %w", node, orNobody(last), context.Cause(ctx))
		}
	}
}

// WaitAny waits for the first outcome, good or bad.
func (c *Client) WaitAny(ctx context.Context) (Answer, error) {
	for {
		c.mu.Lock()
		news, answers := c.news, c.answers
		c.mu.Unlock()
		if len(answers) > 0 {
			return answers[0], nil
		}
		select {
		case <-news:
		case <-c.done:
			return Answer{}, errClientEnded
		case <-ctx.Done():
			return Answer{}, context.Cause(ctx)
		}
	}
}

// each calls do for every answer as it is heard, until ctx is done.
func (c *Client) each(ctx context.Context, do func(Answer)) error {
	seen := 0
	for {
		c.mu.Lock()
		news, fresh := c.news, slices.Clone(c.answers[seen:])
		c.mu.Unlock()
		for _, a := range fresh {
			do(a)
		}
		seen += len(fresh)
		select {
		case <-news:
		case <-c.done:
			return errClientEnded
		case <-ctx.Done():
			return nil
		}
	}
}

func orNobody(node string) string {
	if node == "" {
		return "nobody's"
	}
	return node
}

// Gaps lists the silences longer than atLeast that touch the time from t on.
func (c *Client) Gaps(t time.Time, atLeast time.Duration) []Gap {
	c.mu.Lock()
	defer c.mu.Unlock()
	return gaps(c.answers, t, time.Now(), atLeast)
}

// LongestGap is the longest silence that touches the time from t on; the regular
// pause between two questions is one too, so it is never zero.
func (c *Client) LongestGap(t time.Time) Gap {
	var longest Gap
	now := time.Now()
	for _, g := range c.Gaps(t, 0) {
		if longest.From.IsZero() || g.Length(now) > longest.Length(now) {
			longest = g
		}
	}
	return longest
}

// gaps finds the times between good answers. Answers are in the order of hearing.
func gaps(answers []Answer, from, now time.Time, atLeast time.Duration) []Gap {
	var out []Gap
	var last Answer
	for _, a := range answers {
		if a.Node == "" {
			continue
		}
		g := Gap{last.Heard, a.Heard, last.Node, a.Node}
		if last.Node != "" && !a.Heard.Before(from) && g.Length(now) > atLeast {
			out = append(out, g)
		}
		last = a
	}
	if g := (Gap{From: last.Heard, Before: last.Node}); last.Node != "" && g.Length(now) > atLeast {
		out = append(out, g)
	}
	return out
}

// Answerers lists who answered since t, each once, in the order of first answers.
func (c *Client) Answerers(t time.Time) []string {
	var out []string
	for _, a := range c.Since(t) {
		if a.Node != "" && !slices.Contains(out, a.Node) {
			out = append(out, a.Node)
		}
	}
	return out
}

// Switches counts how often the answerer changed since t, from the one of the last answer before t on; more than
// once in a step means that two machines answer in turns.
func (c *Client) Switches(t time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return switches(c.answers, t)
}

// switches counts the changes among good answers. Answers are in the order of hearing.
func switches(answers []Answer, from time.Time) int {
	n, last := 0, ""
	for _, a := range answers {
		if a.Node == "" {
			continue
		}
		if last != "" && a.Node != last && !a.Heard.Before(from) {
			n++
		}
		last = a.Node
	}
	return n
}

// Unanswered counts the questions asked since t that nobody answered in time.
func (c *Client) Unanswered(t time.Time) int {
	n := 0
	for _, a := range c.Since(t) {
		if a.Node == "" && !a.Asked.Before(t) {
			n++
		}
	}
	return n
}
