package cts

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/cts/drive"
	"heartbeat/internal/cts/scenario"
	"heartbeat/internal/pause"
)

// comingUp bounds the start of a cluster, beyond initdead.
const comingUp = 60 * time.Second

// patience bounds the start of the daemons: on machines for which every bound is widened that takes longer, too.
func (p *player) patience() time.Duration { return p.current.timers.I + comingUp + 10*p.slack }

// prepare makes the cluster as new and brings it where the scenario begins. unbuilt is what this version of heartbeat says that it cannot do.
func (p *player) prepare(ctx context.Context) (unbuilt string, err error) {
	c := p.current
	p.endWatching()
	p.made, p.lives, p.base = makers(c.s, c.pairing), nil, map[string]usage{}
	p.frozen = &frozen{list: map[string]bool{}}
	if err := p.Reset(ctx, files(p.Driver, c.s, c.timers)); err != nil {
		return "", err
	}
	p.book = newBook(p.Driver)
	for _, role := range []string{drive.R1, drive.R2, drive.R3} {
		if p.Cards(role) == nil {
			continue
		}
		if err := p.book.follow(role); err != nil {
			return "", err
		}
	}
	if unbuilt, err := p.unbuilt(ctx); err != nil || unbuilt != "" {
		return unbuilt, err
	}
	p.probes = map[string]probe{}
	for _, g := range groups {
		cl, err := p.Probe(ctx, p.Service(g.name).Addr(), probeEvery)
		if err != nil {
			return "", err
		}
		p.probes[g.name] = cl
	}
	switch c.s.Begin {
	case scenario.Home:
		return "", p.bringUp(ctx, drive.R1, drive.R2)
	case scenario.Lone:
		return "", p.bringUp(ctx, drive.R1)
	}
	return "", nil
}

// unbuilt asks heartbeat itself whether it can do what the files want.
func (p *player) unbuilt(ctx context.Context) (string, error) {
	for _, role := range nodes {
		if p.made[role] != byGo {
			continue
		}
		out, _, err := p.Run(ctx, role, p.Binary(), "check", "--offline")
		if err != nil {
			return "", err
		}
		for line := range strings.Lines(out) {
			if strings.Contains(line, "not built yet") {
				return "this version of heartbeat says: " + strings.TrimSpace(line), nil
			}
		}
	}
	return "", nil
}

// bringUp starts daemons together and waits until the groups are where they belong.
func (p *player) bringUp(ctx context.Context, roles ...string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, p.patience(), errWrong)
	defer cancel()
	errs := make(chan error, len(roles))
	for _, role := range roles {
		go func() {
			out, code, err := p.start(ctx, role)
			if err == nil && code != 0 {
				err = fmt.Errorf("%w: heartbeat on %s ends with %d: %s", errWrong, role, code, lastLine(out))
			}
			errs <- err
		}()
	}
	var first error
	for range roles {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	if first != nil {
		return first
	}
	want := atHome()
	if len(roles) == 1 {
		want = map[string]string{"g1": roles[0], "g2": roles[0]}
	}
	if len(p.current.s.Resources) > 0 { // who runs what of its own groups the scenario says itself
		return p.awaitActive(ctx, roles)
	}
	if err := p.awaitRest(ctx, want, roles); err != nil {
		return err
	}
	return p.takeBase(ctx, roles)
}

func atHome() map[string]string {
	out := map[string]string{}
	for _, g := range groups {
		out[g.name] = g.home
	}
	return out
}

// awaitRest waits until the groups are owned as wanted and every node says so.
func (p *player) awaitRest(ctx context.Context, want map[string]string, roles []string) error {
	seen := ""
	for {
		ok := true
		now := ""
		for _, g := range groups {
			who, _ := p.book.owners(p.Service(g.name).Addr())
			now += fmt.Sprintf("%s on %s, ", g.name, who)
			ok = ok && who == want[g.name]
		}
		for _, role := range roles {
			word := p.rscStatus(ctx, role)
			now += fmt.Sprintf("%s says %q, ", role, word)
			ok = ok && (word == wordFor(role, want) || p.saysNothing(role))
		}
		if ok {
			return p.awaitActive(ctx, roles)
		}
		if ctx.Err() == nil || seen == "" { // who was asked when the time was over had none to answer
			seen = now
		}
		if pause.For(ctx, 20*time.Millisecond) != nil {
			return fmt.Errorf("%w: the cluster does not come to rest: %s", errWrong, strings.TrimSuffix(seen, ", "))
		}
	}
}

// saysNothing is true of a C node under auto_failback legacy: its rscstatus tells nothing of what it runs.
func (p *player) saysNothing(role string) bool {
	return p.made[role] != byGo && slices.ContainsFunc(p.current.s.Set, func(o scenario.Override) bool { return o.Text == "auto_failback legacy" })
}

// wordFor is the rscstatus of a node where the groups are owned as given.
func wordFor(role string, owned map[string]string) string {
	local, foreign := false, false
	for _, g := range groups {
		if owned[g.name] == role {
			local, foreign = local || g.home == role, foreign || g.home != role
		}
	}
	switch {
	case local && foreign:
		return "all"
	case local:
		return "local"
	case foreign:
		return "foreign"
	}
	return "none"
}

// awaitActive waits until every node says of every other one that it is active.
func (p *player) awaitActive(ctx context.Context, roles []string) error {
	for _, a := range roles {
		for _, b := range roles {
			for p.nodeStatus(ctx, a, b) != "active" {
				if pause.For(ctx, 20*time.Millisecond) != nil {
					return fmt.Errorf("%w: %s does not say that %s is active", errWrong, a, b)
				}
			}
		}
	}
	for _, on := range roles {
		if err := p.awaitDeadtimes(ctx, on, roles); err != nil {
			return err
		}
	}
	return nil
}

// awaitDeadtimes waits until nobody asks a node of ours for more patience than the bounds know: C announces two seconds more than its deadtime in
// the first five seconds of a life (messaging spec, 12.1).
func (p *player) awaitDeadtimes(ctx context.Context, on string, roles []string) error {
	if p.made[on] == byC {
		return nil
	}
	for {
		late := ""
		for _, n := range p.statusOf(ctx, on).Nodes {
			if n.Deadtime > p.current.timers.D && slices.ContainsFunc(roles, func(role string) bool { return n.Name == p.Host(role) }) {
				late = fmt.Sprintf("%s still announces a deadtime of %v", n.Name, n.Deadtime)
			}
		}
		if late == "" {
			return nil
		}
		if pause.For(ctx, 50*time.Millisecond) != nil {
			return fmt.Errorf("%w: %s", errWrong, late)
		}
	}
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
