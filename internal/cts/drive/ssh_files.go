package drive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"heartbeat/internal/lab"
)

// goneAfter bounds the end of a daemon on a lent machine.
const goneAfter = "30"

// Reset puts the configuration aside, once, and makes every node as new.
func (d *SSH) Reset(ctx context.Context, files map[string][]File) error {
	for _, role := range d.nodeRoles() {
		text := d.quiet(role)
		if !d.aside {
			text += fmt.Sprintf(`; [ ! -e %[1]s ] || { echo "%[1]s is there: an earlier run did not end; look at it, move its files back, remove it"; exit 3; }
mkdir -p %[1]s /etc/ha.d /var/lib/heartbeat && cp -a /etc/ha.d %[1]s/etc && cp -a /var/lib/heartbeat %[1]s/lib`, asideDir(role))
		}
		text += `; rm -rf /var/lib/heartbeat/* /etc/ha.d/cts /run/testrsc.* /var/log/testrsc /var/log/ha-log /var/log/heartbeat.out*; exit 0`
		if out, code, err := d.Run(ctx, role, "sh", "-c", text); err != nil || code != 0 {
			return errors.Join(err, fmt.Errorf("making %s ready: exit %d: %s", role, code, strings.TrimSpace(out)))
		}
	}
	d.aside = true
	for role, list := range files {
		for _, f := range list {
			if err := d.Write(ctx, role, f); err != nil {
				return err
			}
		}
	}
	return d.respond(ctx)
}

// quiet ends what a scenario left: the daemon, the resources.
func (d *SSH) quiet(role string) string {
	text := "timeout " + goneAfter + " " + d.o.Binary + " stop >/dev/null 2>&1; [ ! -s /run/heartbeat-cts.pid ] || " + d.o.Binary + " lab inside kill $(cat /run/heartbeat-cts.pid) 2>/dev/null; rm -f /run/heartbeat-cts.pid"
	for _, p := range d.addrs {
		text += fmt.Sprintf("; ip addr del %s dev %s 2>/dev/null", p, d.cards[role][0].Name)
	}
	return text
}

// respond starts the programs that tell the client whom it has reached.
func (d *SSH) respond(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.echoes) > 0 {
		return nil
	}
	for _, role := range d.nodeRoles() {
		s, err := d.stream(context.WithoutCancel(ctx), role, d.o.Binary+" lab inside echo")
		if err != nil {
			return err
		}
		d.echoes = append(d.echoes, s)
	}
	return nil
}

// Watch asks for the addresses of a node again and again, on the node itself.
func (d *SSH) Watch(ctx context.Context, role string) (<-chan Change, error) {
	s, err := d.stream(ctx, role, "while :; do ip -o addr show | awk '{print $4}' | tr '\\n' ' '; echo; sleep 0.02; done")
	if err != nil {
		return nil, err
	}
	out := make(chan Change)
	go func() {
		defer close(out)
		defer s.Close()
		known := map[netip.Addr]bool{}
		for s.lines.Scan() {
			now := map[netip.Addr]bool{}
			for word := range strings.FieldsSeq(s.lines.Text()) {
				if p, err := netip.ParsePrefix(word); err == nil {
					now[p.Addr()] = true
				}
			}
			at := time.Now()
			for a := range now {
				if !known[a] {
					out <- Change{at, true, a}
				}
			}
			for a := range known {
				if !now[a] {
					out <- Change{at, false, a}
				}
			}
			known = now
		}
	}()
	return out, nil
}

func (d *SSH) Probe(ctx context.Context, addr netip.Addr, every time.Duration) (*lab.Client, error) {
	t := lab.Target{Proto: "udp", Addr: addr.String(), Every: every, Timeout: time.Second}
	args, err := lab.ProbeCommand(t)
	if err != nil {
		return nil, err
	}
	words := []string{d.o.Binary}
	for _, a := range args {
		words = append(words, quote(a))
	}
	s, err := d.listen(context.WithoutCancel(ctx), Client, "exec "+strings.Join(words, " "))
	if err != nil {
		return nil, err
	}
	return lab.Collect(clockless(s), t, func() { s.Close() }), nil
}

// Leftovers are what could not be put back.
func (d *SSH) Leftovers() []string { return d.left }

// Close puts everything back as it was, also after an interruption.
func (d *SSH) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	d.mu.Lock()
	for _, e := range d.echoes {
		e.Close()
	}
	d.echoes = nil
	d.mu.Unlock()
	if !d.aside {
		return nil
	}
	var errs []error
	for _, role := range d.nodeRoles() {
		text := d.quiet(role) + fmt.Sprintf(`
rm -rf /run/testrsc.* /var/log/testrsc; d=%s
find /etc/ha.d /var/lib/heartbeat -mindepth 1 -maxdepth 1 -exec rm -rf {} + && cp -a $d/etc/. /etc/ha.d/ && cp -a $d/lib/. /var/lib/heartbeat/ && rm -rf $d`, asideDir(role))
		if out, code, err := d.Run(ctx, role, "sh", "-c", text); err != nil || code != 0 {
			d.left = append(d.left, fmt.Sprintf("the configuration of %s waits in %s on it", d.hosts[role], asideDir(role)))
			errs = append(errs, errors.Join(err, fmt.Errorf("putting back the files of %s: exit %d: %s", role, code, strings.TrimSpace(out))))
		}
	}
	d.aside = len(errs) > 0
	return errors.Join(errs...)
}

// restamp moves the times of an answer, which are of the client's clock, to this machine's: it was heard when it arrived here, and
// asked as long before as the client says.
func restamp(line []byte, arrived time.Time) ([]byte, error) {
	var a lab.Answer
	if err := json.Unmarshal(line, &a); err != nil {
		return nil, err
	}
	took := a.Heard.Sub(a.Asked)
	a.Heard, a.Asked = arrived, arrived.Add(-took)
	return json.Marshal(a)
}
