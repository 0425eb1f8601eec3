package cts

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"heartbeat/internal/cts/drive"
	"heartbeat/internal/pause"
)

// lateness is granted to the news of an address: it is dated when a process of the machine reads it, and on a busy host that may be
// after the next owner has begun.
const lateness = 100 * time.Millisecond

// late is what is granted to the news of an address: more where the driver says that its machines tell them later.
func (p *player) late() time.Duration {
	if d, ok := p.Driver.(interface{ Lateness() time.Duration }); ok {
		return max(lateness, d.Lateness())
	}
	return lateness
}

// trouble is what no log may have unless the scenario causes it.
var trouble = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`panic:|SIGSEGV|fatal error:|DATA RACE|\bCRIT\b|\bERROR\b`)
})

// ownTrouble is what a C node writes without a fault: it cannot lock its memory in a machine made of namespaces, and its FIFO
// reader loses texts of its own scripts.
var ownTrouble = []string{"Cannot lock ourselves into memory", "msg2string: Message with zero fields"}

// audit checks what must hold after every step.
func (p *player) audit(ctx context.Context) (out []string) {
	c := p.current
	if !c.s.Split {
		for _, g := range groups {
			if d := p.book.double(p.Service(g.name).Addr(), c.t0); d > p.late() {
				out = append(out, fmt.Sprintf("both nodes carried the address of %s for %s", g.name, round(d)))
			}
		}
		p.mu.Lock()
		lives := append([]life{}, p.lives...)
		p.mu.Unlock()
		out = append(out, clash(p.calls(ctx), lives, c.t0)...)
	}
	for _, role := range []string{drive.R1, drive.R2, drive.R3} {
		if p.Cards(role) != nil {
			out = append(out, p.troubles(ctx, role)...)
		}
	}
	return out
}

// troubles are lines of a log of this step that tell of trouble which the scenario does not cause.
func (p *player) troubles(ctx context.Context, role string) (out []string) {
	for line := range strings.Lines(p.logSince(ctx, role)) {
		if !trouble().MatchString(line) || holdsOne(line, ownTrouble) || p.allowed(line) {
			continue
		}
		out = append(out, role+" logged: "+strings.TrimSpace(line))
		if len(out) == 5 {
			break
		}
	}
	return out
}

func holdsOne(line string, texts []string) bool {
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(line, text) })
}

func (p *player) allowed(line string) bool {
	for _, text := range p.current.s.AllowLog {
		if text == "*" || strings.Contains(line, text) {
			return true
		}
	}
	return false
}

// settled bounds the wait for the agreement at the end of a scenario.
const settled = 15 * time.Second

// farewell checks the end of a scenario: addresses, TestRsc and rscstatus agree, and nothing has leaked. Then it leaves the cluster
// at home for the next scenario, if the configuration is the usual one.
func (p *player) farewell(ctx context.Context, r *Result) {
	last := &r.Steps[len(r.Steps)-1]
	if why := p.agree(ctx); why != "" {
		last.Audit = append(last.Audit, why)
	}
	last.Audit = append(last.Audit, p.leaks(ctx)...)
	if fails := r.failures(); len(fails) > 0 {
		r.Outcome, r.Reason = Failed, fails[0]
		return
	}
	// A disk that was filled is one of memory, in the place of the real one: the next power-off would undo what was written since.
	if s := p.current.s; s.Plain() && !slices.Contains(s.AllNeeds(), "disk") && p.restore(ctx) == nil {
		p.ready = makers(p.current.s, p.current.pairing)
	}
}

// agree waits until what the kernels, TestRsc and the nodes themselves say is the same; else it says what differs.
func (p *player) agree(ctx context.Context) string {
	if len(p.current.s.Resources) > 0 {
		return "" // other groups than the usual ones: their scenario judges them
	}
	ctx, cancel := context.WithTimeout(ctx, settled+p.slack)
	defer cancel()
	for {
		why := p.differ(ctx)
		if why == "" || pause.For(ctx, 50*time.Millisecond) != nil {
			return why
		}
	}
}

// differ compares kernels, TestRsc and rscstatus once.
func (p *player) differ(ctx context.Context) string {
	owned := map[string]string{}
	for _, g := range groups {
		who, _ := p.book.owners(p.Service(g.name).Addr())
		owned[g.name] = who
		for _, role := range nodes {
			if !p.On(ctx, role) || p.frozen.is(role) {
				continue
			}
			out, err := p.shellOut(ctx, role, "[ -e "+stateOf+g.instance+" ] && echo yes || echo no")
			if err != nil {
				return fmt.Sprintf("%s does not tell whether TestRsc %s runs: %v", role, g.instance, err)
			}
			if has := strings.Contains(who, role); has != (out == "yes") {
				return fmt.Sprintf("the address of %s is on %s, but TestRsc %s on %s says running: %s", g.name, who, g.instance, role, out)
			}
		}
	}
	for _, role := range nodes {
		if p.frozen.is(role) || !p.runs(ctx, role) {
			continue
		}
		if word := p.rscStatus(ctx, role); word != wordFor(role, owned) && !p.saysNothing(role) {
			return fmt.Sprintf("rscstatus of %s is %q, but g1 is on %s and g2 on %s", role, word, owned["g1"], owned["g2"])
		}
	}
	return ""
}

// restore brings the cluster home without a restart: machines on, links whole, scripts well, daemons running, and groups that were moved
// by a command fetched back, as they would stay where they are.
func (p *player) restore(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, p.patience())
	defer cancel()
	for _, role := range nodes {
		if err := p.Cut(ctx, role, -1, ""); err != nil {
			return err
		}
		if !p.On(ctx, role) {
			if err := p.Power(ctx, role, true); err != nil {
				return err
			}
			if err := p.book.follow(role); err != nil {
				return err
			}
		}
		if _, _, err := p.shell(ctx, role, "rm -f "+behaviourDir+"/?.*"); err != nil {
			return err
		}
		if !p.runs(ctx, role) {
			if out, code, err := p.start(ctx, role); err != nil || code != 0 {
				return fmt.Errorf("heartbeat on %s: exit %d: %s: %w", role, code, lastLine(out), err)
			}
		}
	}
	for _, g := range groups {
		if who, _ := p.book.owners(p.Service(g.name).Addr()); who != g.home {
			_, _, _ = p.tool(ctx, g.home, []string{"hb_takeover", "local"}) // refused where it comes home by itself
		}
	}
	if err := p.awaitRest(ctx, atHome(), nodes); err == nil {
		return nil
	}
	return errWrong
}
