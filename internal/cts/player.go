package cts

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"heartbeat/internal/cts/drive"
	"heartbeat/internal/cts/scenario"
)

// probeEvery is how often the client asks (resources spec, 11.1).
const probeEvery = 5 * time.Millisecond

// A player plays scenarios on one driver, one after the other.
type player struct {
	daemons
	run     scenario.Timers
	slack   time.Duration // added to every bound
	cGrant  time.Duration // what a C node is granted: C in formulas
	book    *book
	probes  map[string]probe
	mu      sync.Mutex // guards lives: actions may run together
	lives   []life
	base    map[string]usage // of the daemons when they were started
	ready   map[string]maker // whose daemons run at home with the usual configuration; nil: the cluster is not ready for anything
	stalls  *stallWatch
	current *scene
}

// A scene is the scenario that is being played.
type scene struct {
	s       *scenario.Scenario
	pairing scenario.Pairing
	timers  scenario.Timers
	t0      time.Time // of the step
	marks   map[string]int
	out     string // of the last action
	code    int
	took    time.Duration
}

// close ends the watching; the machines stay the driver's.
func (p *player) close() {
	p.endWatching()
	p.stalls.stop()
}

func (p *player) endWatching() {
	for _, c := range p.probes {
		c.Stop()
	}
	p.probes = nil
	if p.book != nil {
		p.book.close()
		p.book = nil
	}
}

// lacks says why a scenario cannot be played here in a pairing; empty: it can.
func (p *player) lacks(s *scenario.Scenario, pairing scenario.Pairing) string {
	if !s.In(pairing) {
		return fmt.Sprintf("it means nothing with %s: it is for %v", pairing, s.Pairings)
	}
	for _, need := range s.AllNeeds() {
		if why := p.Lacks(need); why != "" {
			return fmt.Sprintf("driver %s lacks %s: %s", p.Name(), scenario.Needs()[need], why)
		}
	}
	for _, step := range s.Steps {
		for _, st := range step.Statements {
			if slices.Contains(st.Args, "in") || slices.Contains(st.Args, "out") {
				if why := p.Lacks("one-way"); st.Form.Name() == "cut" && why != "" {
					return "driver " + p.Name() + " lacks one-way links: " + why
				}
			}
		}
	}
	if pairing != scenario.GG {
		if why := p.Lacks("c-node"); why != "" {
			return "driver " + p.Name() + " has no node of C Heartbeat: " + why
		}
	}
	return ""
}

// play plays one scenario; the error is the context's, everything else is in the result.
func (p *player) play(ctx context.Context, s *scenario.Scenario, pairing scenario.Pairing, round int) (r Result, err error) {
	r = Result{ID: s.ID, Title: s.Title, Pairing: pairing, Round: round, Outcome: Passed, Began: time.Now()}
	defer func() { r.Took = time.Since(r.Began) }()
	if why := p.lacks(s, pairing); why != "" {
		r.Outcome, r.Reason = Skipped, why
		return r, nil
	}
	p.current = &scene{s: s, pairing: pairing, timers: timersOf(s, p.run), marks: map[string]int{}}
	r.Chained = s.Plain() && maps.Equal(p.ready, makers(s, pairing))
	p.ready = nil
	if !r.Chained {
		if unbuilt, err := p.prepare(ctx); err != nil || unbuilt != "" {
			return p.notReady(ctx, r, unbuilt, err)
		}
	}
	for i := range s.Steps {
		step, err := p.step(ctx, &s.Steps[i])
		r.Steps = append(r.Steps, step)
		if ctx.Err() != nil {
			return r, context.Cause(ctx)
		}
		if err != nil {
			r.Outcome, r.Reason = Broken, fmt.Sprintf("%s: %v", step.Title, err)
			break
		}
		if fails := r.failures(); len(fails) > 0 {
			r.Outcome, r.Reason = Failed, fails[0]
			break
		}
	}
	if r.Outcome == Passed {
		p.farewell(ctx, &r)
	}
	if r.Outcome != Passed && r.Outcome != Skipped {
		r.Logs = p.lastWords(ctx)
	}
	return r, ctx.Err()
}

// notReady is the result of a scenario whose cluster could not be made.
func (p *player) notReady(ctx context.Context, r Result, unbuilt string, err error) (Result, error) {
	if ctx.Err() != nil {
		return r, context.Cause(ctx)
	}
	if unbuilt != "" {
		r.Outcome, r.Reason = Skipped, unbuilt
		return r, nil
	}
	r.Outcome, r.Reason = Broken, fmt.Sprintf("the cluster did not come up: %v", err)
	if errors.Is(err, errWrong) {
		r.Outcome = Failed
	}
	r.Logs = p.lastWords(ctx)
	return r, nil
}

// step plays one step: its statements in order, those that begin together at once.
func (p *player) step(ctx context.Context, step *scenario.Step) (StepResult, error) {
	c := p.current
	out := StepResult{Title: step.Title}
	p.mark(ctx)
	c.t0 = time.Now()
	out.Began = c.t0
	p.stalls.reset()
	var actErr error
	var together []scenario.Statement
	booting := true // so far: how long a machine takes to boot is no matter of the cluster
	for _, st := range step.Statements {
		if !st.In(c.pairing) {
			continue
		}
		booting = booting && st.Form.Name() == "power-on"
		if st.Form.Expect {
			check := p.judge(ctx, st)
			out.Checks = append(out.Checks, check)
			if ctx.Err() != nil {
				break
			}
			continue
		}
		together = append(together, st)
		if st.Beside {
			continue
		}
		if actErr = p.actAll(ctx, together); actErr != nil {
			break
		}
		if together = nil; booting {
			c.t0 = time.Now()
		}
	}
	if actErr == nil && len(together) > 0 {
		actErr = p.actAll(ctx, together)
	}
	out.Took, out.Stall = time.Since(out.Began), p.stalls.longest()
	p.excuse(&out)
	p.measure(&out)
	if actErr == nil && ctx.Err() == nil {
		out.Audit = p.audit(ctx)
	}
	return out, actErr
}

// actAll does one action, or several at once.
func (p *player) actAll(ctx context.Context, list []scenario.Statement) error {
	if len(list) == 1 {
		return p.act(ctx, list[0], p.current)
	}
	errs := make([]error, len(list))
	var wg sync.WaitGroup
	scenes := make([]scene, len(list))
	for i, st := range list {
		scenes[i] = *p.current
		wg.Go(func() { errs[i] = p.act(ctx, st, &scenes[i]) })
	}
	wg.Wait()
	for i := range scenes { // the last one's outcome is what expectations speak of; all outputs can be searched
		p.current.out += scenes[i].out
		p.current.code, p.current.took = scenes[i].code, max(p.current.took, scenes[i].took)
	}
	return errors.Join(errs...)
}

// excuse marks checks that are late by no more than this machine stood still.
func (p *player) excuse(out *StepResult) {
	for i := range out.Checks {
		if c := &out.Checks[i]; c.Timed && !c.OK && c.Measured > c.Allowed && c.Measured <= c.Allowed+out.Stall {
			c.OK, c.Excused = true, true
			c.Detail += fmt.Sprintf(" (late, but this machine stood still for %v)", out.Stall.Round(time.Millisecond))
		}
	}
}

// measure fills in what the client saw and who had the addresses.
func (p *player) measure(out *StepResult) {
	out.Outages, out.Owners = map[string]Outage{}, map[string][]Period{}
	now := time.Now()
	spans := p.book.Since(out.Began)
	for _, g := range groups {
		if c := p.probes[g.name]; c != nil {
			gap := c.LongestGap(out.Began)
			to := gap.To
			if to.IsZero() {
				to = now
			}
			if !gap.From.IsZero() {
				out.Outages[g.name] = Outage{max(gap.From.Sub(out.Began), 0), to.Sub(out.Began), c.Unanswered(out.Began)}
			}
		}
		for _, s := range spans {
			if s.Addr == p.Service(g.name).Addr() {
				out.Owners[g.name] = append(out.Owners[g.name], Period{s.Node, max(0, s.From.Sub(out.Began)), s.End(now).Sub(out.Began)})
			}
		}
	}
}

// lastWords is the end of what every node wrote.
func (p *player) lastWords(ctx context.Context) map[string]string {
	if ctx.Err() != nil {
		return nil
	}
	out := map[string]string{}
	for _, role := range []string{drive.R1, drive.R2, drive.R3} {
		for _, file := range []string{haLog, outLog, callLog} {
			if !p.On(ctx, role) && p.Name() != "lab" { // the lab reads files of a machine that is off
				continue
			}
			data, err := p.Read(ctx, role, file)
			if err != nil || len(data) == 0 {
				continue
			}
			lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
			out[role+" "+file] = strings.Join(lines[max(0, len(lines)-120):], "\n")
		}
	}
	return out
}
