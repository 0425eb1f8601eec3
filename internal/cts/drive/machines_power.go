package drive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"sync"
	"time"

	"heartbeat/internal/cts/agent"
	"heartbeat/internal/lab"
)

// bootTime bounds the start of a machine; emulated ones need 6 to 60 s, and many minutes on a machine that has no time for them.
const bootTime = 30 * time.Minute

// Power switches a machine. One that is switched on can be asked when this returns.
func (d *Machines) Power(ctx context.Context, role string, on bool) error {
	if !on {
		_, err := d.l.do(ctx, order{Op: "power-off", Machine: role})
		if m, lerr := d.life(role); lerr == nil {
			select { // its end comes over the pipe
			case <-m.Done():
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return err
	}
	if d.On(ctx, role) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, bootTime)
	defer cancel()
	if _, err := d.l.do(ctx, order{Op: "start", Machine: role}); err != nil {
		return err
	}
	in, out, err := d.l.exec(ctx, role, d.offer.Program, "cts", "agent")
	if err != nil {
		return err
	}
	m := &machine{Client: agent.NewClient(in, out, d.clocks[role].heard)}
	if role != Client {
		stop, _, err := m.Stream(func(string) {}, d.offer.Program, "lab", "inside", "echo")
		if err != nil {
			return fmt.Errorf("the responder of %s: %w", role, err)
		}
		m.stopEcho = stop
	}
	if text, code, err := m.Run(ctx, "true"); err != nil || code != 0 {
		return errors.Join(fmt.Errorf("the agent of %s: exit %d: %s", role, code, strings.TrimSpace(text)), err)
	}
	d.mu.Lock()
	d.lives[role] = m
	d.mu.Unlock()
	return nil
}

func (d *Machines) Freeze(ctx context.Context, role string, frozen bool) error {
	op := map[bool]string{true: "freeze", false: "thaw"}[frozen]
	_, err := d.l.do(ctx, order{Op: op, Machine: role})
	return err
}

func (d *Machines) Cut(ctx context.Context, role string, link int, how string) error {
	first, last := link, link
	if link < 0 {
		first, last = 0, len(d.cards[role])-1
	}
	for i := first; i <= last; i++ {
		op := "cut"
		if how == "" {
			op = "heal"
		}
		if _, err := d.l.do(ctx, order{Op: op, Machine: role, Link: &i, How: how}); err != nil {
			return err
		}
	}
	return nil
}

// Watch tells the addresses as the machine's kernel tells them.
func (d *Machines) Watch(ctx context.Context, role string) (<-chan Change, error) {
	m, err := d.life(role)
	if err != nil {
		return nil, err
	}
	out := make(chan Change)
	stop, ended, err := m.Watch(func(line string) {
		addr, err := netip.ParseAddr(strings.TrimLeft(line, "+-"))
		if err == nil {
			out <- Change{time.Now(), strings.HasPrefix(line, "+"), addr} // whoever watches reads to the end
		}
	})
	if err != nil {
		return nil, reached(err)
	}
	go func() {
		defer close(out)
		select {
		case <-ctx.Done():
			stop()
		case <-ended:
		}
	}()
	return out, nil
}

// Probe asks an address from the client machine.
func (d *Machines) Probe(_ context.Context, addr netip.Addr, every time.Duration) (*lab.Client, error) {
	m, err := d.life(Client)
	if err != nil {
		return nil, err
	}
	every = max(every, time.Duration(d.offer.ProbeMS)*time.Millisecond)
	t := lab.Target{Proto: "udp", Addr: addr.String(), Every: every, Timeout: max(time.Second, 20*every)}
	args, err := lab.ProbeCommand(t)
	if err != nil {
		return nil, err
	}
	r, w := io.Pipe()
	stop, ended, err := m.Stream(func(line string) {
		if text, err := restamp([]byte(line), time.Now()); err == nil { // else it is torn
			_, _ = w.Write(append(text, '\n')) // nobody reads after the end
		}
	}, append([]string{d.offer.Program}, args...)...)
	if err != nil {
		return nil, reached(err)
	}
	go func() { <-ended; w.Close() }()
	return lab.Collect(r, t, func() { r.Close(); stop() }), nil
}

// quiet ends what a scenario left on a node, and makes it as new: the daemon, resources, addresses, state, disks, file systems.
func (d *Machines) quiet(role string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `B=%[1]s; cd /
[ ! -S /run/heartbeat/api.sock ] || timeout 60 $B stop >/dev/null 2>&1
[ ! -s /run/heartbeat-cts.pid ] || $B lab inside kill "$(cat /run/heartbeat-cts.pid)" 2>/dev/null
[ ! -x %[2]s ] || [ ! -e /run/heartbeat.pid ] || timeout 60 %[2]s -k >/dev/null 2>&1
for p in $(pgrep -f '[/]etc/ha.d/resource.d/'); do kill -9 $p 2>/dev/null; done
[ ! -e /proc/drbd ] || { umount /dev/drbd0 2>/dev/null; drbdadm down all; rm -f /etc/drbd.d/*.res; } >/dev/null 2>&1
grep -q '^cts ' /proc/mounts && umount $(awk '$1=="cts"{print $2}' /proc/mounts)
`, d.offer.Program, lab.ClassicDaemon)
	for _, c := range d.cards[role] {
		fmt.Fprintf(&b, "tc qdisc del dev %[1]s root 2>/dev/null; ip link set %[1]s up; ip -o -4 addr show dev %[1]s | while read -r _ _ _ a _; do case $a in %[2]s/*) ;; *) ip addr del $a dev %[1]s ;; esac; done\n", c.Name, c.Addr)
	}
	b.WriteString(`rm -rf /var/lib/heartbeat/* /etc/ha.d/cts /etc/ha.d/haresources /etc/ha.d/authkeys /run/testrsc.* /run/heartbeat-cts.pid /var/log/testrsc /var/log/ha-log /var/log/heartbeat.out* /var/log/fence /run/fence-broken
exit 0`)
	return b.String()
}

// Reset makes the cluster as new. Machines go on running; one that cannot be made quiet is switched off and on.
func (d *Machines) Reset(ctx context.Context, files map[string][]File) error {
	list := d.roles()
	errs := make([]error, len(list))
	var wg sync.WaitGroup
	for i, role := range list {
		wg.Go(func() { errs[i] = d.renew(ctx, role) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for role, list := range files {
		for _, f := range list {
			if err := d.Write(ctx, role, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// renew makes one machine as new.
func (d *Machines) renew(ctx context.Context, role string) error {
	if d.On(ctx, role) {
		if err := d.Freeze(ctx, role, false); err != nil && d.Lacks("freeze") == "" {
			return err
		}
		if err := d.tidy(ctx, role); err == nil || ctx.Err() != nil {
			return err
		}
		if err := d.Power(ctx, role, false); err != nil {
			return err
		}
	}
	if err := d.Power(ctx, role, true); err != nil {
		return err
	}
	return d.tidy(ctx, role)
}

func (d *Machines) tidy(ctx context.Context, role string) error {
	if d.Lacks("links") == "" {
		if err := d.Cut(ctx, role, -1, ""); err != nil {
			return err
		}
	}
	if role == Client {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	text := d.quiet(role)
	if d.Lacks("clock") == "" {
		text = fmt.Sprintf("date -s @%d.%03d >/dev/null\n", time.Now().Unix(), time.Now().Nanosecond()/1e6) + text
	}
	out, code, err := d.Run(ctx, role, "sh", "-c", text)
	if err == nil && code != 0 {
		err = fmt.Errorf("making %s ready: exit %d: %s", role, code, strings.TrimSpace(out))
	}
	return err
}

// Leftovers are none: the machines are gone with their launcher.
func (d *Machines) Leftovers() []string { return nil }

// Close ends the machines.
func (d *Machines) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), ending)
	defer cancel()
	return d.l.close(ctx)
}
