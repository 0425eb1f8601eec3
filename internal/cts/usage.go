package cts

import (
	"context"
	"fmt"
	"strings"
)

// usage is what a daemon takes of its machine.
type usage struct{ files, threads, kilobytes, processes int }

// What a daemon may have more after a scenario than when it was started: clients come and go, and memory settles.
const (
	moreFiles     = 24
	moreKilobytes = 64 << 10
)

// takeBase notes what the daemons take when they are at rest for the first time.
func (p *player) takeBase(ctx context.Context, roles []string) error {
	for _, role := range roles {
		if p.made[role] != byGo {
			continue
		}
		u, err := p.usageOf(ctx, role)
		if err != nil {
			return err
		}
		p.base[role] = u
	}
	return nil
}

func (p *player) usageOf(ctx context.Context, role string) (u usage, err error) {
	pid, err := p.enginePID(ctx, role)
	if err != nil {
		return u, err
	}
	out, code, err := p.shell(ctx, role, fmt.Sprintf(`ls /proc/%[1]d/fd | wc -l; ls /proc/%[1]d/task | wc -l; awk '/^VmRSS/{print $2}' /proc/%[1]d/status; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' | grep -c '[T]estRsc'; true`, pid))
	if err != nil {
		return u, fmt.Errorf("what heartbeat takes on %s: %w", role, err)
	}
	if code != 0 {
		return u, fmt.Errorf("what heartbeat takes on %s: exit %d: %s", role, code, strings.TrimSpace(out))
	}
	_, err = fmt.Sscan(out, &u.files, &u.threads, &u.kilobytes, &u.processes)
	return u, err
}

// leaks compares with the beginning. A daemon that was started anew meanwhile is compared all the same: they start alike.
func (p *player) leaks(ctx context.Context) (out []string) {
	for role, was := range p.base {
		if p.made[role] != byGo || !p.runs(ctx, role) {
			continue
		}
		u, err := p.usageOf(ctx, role)
		if err != nil {
			continue // it does not answer; that is another audit's business
		}
		if u.files > was.files+moreFiles {
			out = append(out, fmt.Sprintf("heartbeat on %s has %d open files, %d at the beginning", role, u.files, was.files))
		}
		if u.kilobytes > 2*was.kilobytes+moreKilobytes {
			out = append(out, fmt.Sprintf("heartbeat on %s has %d kB of memory, %d at the beginning", role, u.kilobytes, was.kilobytes))
		}
		if u.processes > 0 {
			out = append(out, fmt.Sprintf("%d processes of TestRsc hang on %s", u.processes, role))
		}
	}
	return out
}
