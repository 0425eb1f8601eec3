package cts

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/cts/scenario"
	"heartbeat/internal/pause"
)

// beyond is how long a condition is waited for after its time is up: what comes late is told as late, with its time, and what never
// comes as such.
const beyond = 20 * time.Second

// lookEvery is how often what nobody reports is looked at.
const lookEvery = 10 * time.Millisecond

// A finding is one look at a condition.
type finding struct {
	ok   bool
	seen string
	at   time.Time // when it became so, where that is known better than by looking
}

// judge decides one expectation.
func (p *player) judge(ctx context.Context, st scenario.Statement) Check {
	c := p.current
	_, text, _ := strings.Cut(st.Text, "expect ") // what is before it says in which pairing
	out := Check{Text: text, Line: st.Line}
	name, a := st.Form.Name(), st.Args
	switch {
	case name == "expect outage":
		return p.judgeOutage(ctx, st, out)
	case name == "expect lost":
		return p.judgeLost(st, out)
	case name == "expect double":
		return p.bound(out, st, p.book.double(p.Service(a[0]).Addr(), c.t0), "both nodes carried it for")
	case name == "expect took":
		return p.bound(out, st, c.took, "it took")
	case strings.Contains(st.Form.Pattern, " stays "):
		return p.judgeStays(ctx, st, out)
	case name == "expect exit":
		n, _ := strconv.Atoi(a[0]) // the parser saw to it
		out.OK = c.code == n || strings.Contains(st.Form.Pattern, "<=") && c.code <= n
		out.Detail = fmt.Sprintf("exit %d: %s", c.code, lastLine(c.out))
	case name == "expect output":
		out.OK, out.Detail = strings.Contains(c.out, expand(p.Driver, a[0])), fmt.Sprintf("it printed %q", c.out)
	case name == "expect calls":
		return p.judgeCalls(ctx, st, out)
	case strings.HasPrefix(name, "expect no "):
		f := p.look(ctx, st)
		out.OK, out.Detail = !f.ok, f.seen
	default:
		return p.judgeWithin(ctx, st, out)
	}
	return out
}

// judgeCalls waits for calls that are still to come; too many are too many at once.
func (p *player) judgeCalls(ctx context.Context, st scenario.Statement, out Check) Check {
	ctx, cancel := context.WithTimeout(ctx, beyond)
	defer cancel()
	for {
		n := count(p.calls(ctx), st.Args[0], st.Args[1], st.Args[2], p.current.t0)
		want, _ := strconv.Atoi(st.Args[3]) // the parser saw to it
		out.Detail = fmt.Sprintf("%d calls", n)
		switch {
		case strings.Contains(st.Form.Pattern, "<="):
			out.OK = n <= want
			return out
		case n == want, n > want && strings.Contains(st.Form.Pattern, ">="):
			out.OK = true
			return out
		case n > want, pause.For(ctx, lookEvery) != nil:
			return out
		}
	}
}

// judgeWithin waits for a condition. Without a bound it has to come, at any time.
func (p *player) judgeWithin(ctx context.Context, st scenario.Statement, out Check) Check {
	c := p.current
	if p.notForC(st) {
		out.OK, out.Detail = true, "not asked of a node of C Heartbeat"
		return out
	}
	patience := beyond + c.timers.D + c.timers.I
	if st.Formula != nil {
		patience += 2 * (st.Formula.Value(p.values(c, c.t0)) + p.slack)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	seen := ""
	for {
		changed := p.book.Changed()
		f := p.look(ctx, st)
		if ctx.Err() == nil || seen == "" { // the last look may have been cut short: what it saw is no news
			seen = f.seen
		}
		if f.ok {
			if f.at.IsZero() {
				f.at = time.Now()
			}
			if st.Formula == nil {
				out.OK, out.Detail = true, f.seen
				return out
			}
			return p.bound(out, st, max(0, f.at.Sub(c.t0)), f.seen+" after")
		}
		select {
		case <-changed:
			continue
		default:
		}
		if pause.For(ctx, lookEvery) != nil {
			out.Detail = fmt.Sprintf("it did not come within %v: %s", patience.Round(time.Millisecond), seen)
			return out
		}
	}
}

// bound compares a time with a formula.
func (p *player) bound(out Check, st scenario.Statement, measured time.Duration, what string) Check {
	out.Timed, out.Measured = true, measured
	out.Allowed = st.Formula.Value(p.values(p.current, p.current.t0)) + p.slack
	out.OK = measured <= out.Allowed
	out.Detail = fmt.Sprintf("%s %s, allowed %s", what, round(measured), round(out.Allowed))
	return out
}

// judgeLost counts questions without an answer. On a machine that stood still, or with slack, the answer may have been late only.
func (p *player) judgeLost(st scenario.Statement, out Check) Check {
	probe, t0 := p.probes[st.Args[0]], p.current.t0
	n, gap := probe.Unanswered(t0), probe.LongestGap(t0).Length(time.Now())
	out.OK, out.Detail = n == 0, fmt.Sprintf("%d questions without an answer, the longest silence was %s", n, round(gap))
	if late := max(p.slack, p.stalls.longest()); !out.OK && gap <= late {
		out.OK, out.Excused = true, true
		out.Detail += fmt.Sprintf(" (excused: up to %s is not held against it)", round(late))
	}
	return out
}

// judgeOutage waits until the address answers again before it tells the longest silence.
func (p *player) judgeOutage(ctx context.Context, st scenario.Statement, out Check) Check {
	probe, c := p.probes[st.Args[0]], p.current
	ctx, cancel := context.WithTimeout(ctx, beyond+2*(st.Formula.Value(p.values(c, c.t0))+p.slack))
	defer cancel()
	since := time.Now()
	for {
		answers := probe.Since(since)
		if slices.ContainsFunc(answers, func(a answer) bool { return a.Node != "" && a.Asked.After(since) }) {
			break
		}
		if pause.For(ctx, lookEvery) != nil {
			out.Detail = fmt.Sprintf("nobody answers, since %s", round(probe.LongestGap(c.t0).Length(time.Now())))
			return out
		}
	}
	return p.bound(out, st, probe.LongestGap(c.t0).Length(time.Now()), "the longest silence was")
}

// judgeStays lets a time go by in which nothing may change.
func (p *player) judgeStays(ctx context.Context, st scenario.Statement, out Check) Check {
	addr, want := p.Service(st.Args[0]).Addr(), st.Args[1]
	end := time.NewTimer(st.Formula.Value(p.values(p.current, p.current.t0)))
	defer end.Stop()
	for {
		changed := p.book.Changed()
		if who, _ := p.book.owners(addr); who != want {
			out.Detail = who + " carries it"
			return out
		}
		select {
		case <-changed:
		case <-end.C:
			out.OK, out.Detail = true, "it stayed"
			return out
		case <-ctx.Done():
			out.Detail = "interrupted"
			return out
		}
	}
}

// values are what the formulas of a scenario are computed with. T is the time that scripts have taken since the step began, for the
// group that took longest.
func (p *player) values(c *scene, since time.Time) scenario.Values {
	v := scenario.Values{Timers: c.timers}
	if c.pairing != scenario.GG {
		v.C = p.cGrant
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	v.T = p.scriptTime(ctx, since)
	return v
}

func round(d time.Duration) string { return d.Round(time.Millisecond).String() }
