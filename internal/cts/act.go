package cts

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"heartbeat/internal/cts/drive"
	"heartbeat/internal/cts/scenario"
	"heartbeat/internal/pause"
)

// actPatience bounds one action; the longest is a graceful stop that waits for scripts.
const actPatience = 3 * time.Minute

// act does one action. What heartbeat answers is kept for the expectations; an error means that a machine did not obey.
func (p *player) act(ctx context.Context, st scenario.Statement, c *scene) error {
	ctx, cancel := context.WithTimeoutCause(ctx, actPatience, fmt.Errorf("%q took longer than %v", st.Text, actPatience))
	defer cancel()
	began := time.Now()
	c.out, c.code = "", 0
	err := p.do(ctx, st, c)
	c.took = time.Since(began)
	if err != nil {
		return fmt.Errorf("line %d: %s: %w", st.Line, st.Text, err)
	}
	return nil
}

func (p *player) do(ctx context.Context, st scenario.Statement, c *scene) (err error) {
	a := st.Args
	switch st.Form.Name() {
	case "start":
		c.out, c.code, err = p.start(ctx, a[0])
	case "stop":
		c.out, c.code, err = p.stop(ctx, a[0])
		p.died(a[0])
	case "reload":
		c.out, c.code, err = p.reload(ctx, a[0])
	case "kill":
		return p.kill(ctx, a[0])
	case "kill-engine":
		return p.killEngine(ctx, a[0])
	case "power-off":
		err = p.Power(ctx, a[0], false)
		p.frozen.set(a[0], false)
		p.died(a[0])
	case "power-on":
		if err := p.Power(ctx, a[0], true); err != nil {
			return err
		}
		return p.book.follow(a[0])
	case "freeze", "thaw":
		stop := st.Form.Name() == "freeze"
		if stop {
			p.frozen.set(a[0], true)
		}
		err = p.Freeze(ctx, a[0], stop)
		if !stop {
			p.frozen.set(a[0], false)
		}
		return err
	case "cut":
		return p.Cut(ctx, a[0], link(a[1]), a[2])
	case "heal":
		return p.Cut(ctx, a[0], link(a[1]), "")
	case "tool":
		c.out, c.code, err = p.tool(ctx, a[0], strings.Fields(expand(p.Driver, strings.Join(a[1:], " "))))
	case "run":
		c.out, c.code, err = p.shell(ctx, a[0], expand(p.Driver, strings.ReplaceAll(a[1], "{heartbeat}", p.Binary())))
	case "write":
		return p.Write(ctx, a[0], drive.File{Path: a[1], Text: expand(p.Driver, a[2]), Mode: modeOf(a[1])})
	case "remove":
		_, _, err = p.Run(ctx, a[0], "rm", "-rf", a[1])
	case "script":
		return p.behave(ctx, st)
	case "occupy", "vacate":
		return p.occupy(ctx, a[0], st.Form.Name() == "occupy")
	case "clock":
		return p.setClock(ctx, a[0], a[1])
	case "fill", "empty":
		return p.fill(ctx, a[0], a[1], st.Form.Name() == "fill")
	case "wait":
		return pause.For(ctx, st.Formula.Value(p.values(c, c.t0)))
	default:
		return fmt.Errorf("the player does not know it")
	}
	return err
}

// died notes that a machine forgot what it held: calls before are not held against it.
func (p *player) died(role string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lives = append(p.lives, life{role, time.Now()})
}

func modeOf(path string) fs.FileMode {
	if strings.HasSuffix(path, "/authkeys") {
		return 0o600
	}
	if strings.Contains(path, "/resource.d/") {
		return 0o755
	}
	return 0o644
}

// link is the number of a link; all is -1.
func link(name string) int {
	switch name {
	case "eth0":
		return 0
	case "eth1":
		return 1
	}
	return -1
}

// behave tells TestRsc how to behave.
func (p *player) behave(ctx context.Context, st scenario.Statement) error {
	a := st.Args
	path := fmt.Sprintf("%s/%s.%s", behaviourDir, a[1], a[2])
	text := ""
	switch {
	case st.Formula != nil:
		text = fmt.Sprintf("takes %g\n", st.Formula.Value(p.values(p.current, p.current.t0)).Seconds())
	case a[3] != "ok":
		text = a[3] + "\n"
	default:
		text = "ok\n"
	}
	return p.Write(ctx, a[0], drive.File{Path: path, Text: text})
}

// occupy gives the address of a group to the third machine, or takes it away again.
func (p *player) occupy(ctx context.Context, group string, take bool) error {
	verb := "del"
	if take {
		verb = "add"
	}
	out, code, err := p.Run(ctx, drive.R3, "ip", "addr", verb, p.Service(group).String(), "dev", p.Cards(drive.R3)[0].Name)
	if err == nil && code != 0 {
		err = fmt.Errorf("exit %d: %s", code, strings.TrimSpace(out))
	}
	return err
}

// setClock moves the clock of a machine by an offset such as +1h or -24h.
func (p *player) setClock(ctx context.Context, role, offset string) error {
	d, err := time.ParseDuration(offset)
	if err != nil {
		return fmt.Errorf("offset %q: write +1h or -24h", offset)
	}
	out, code, err := p.shell(ctx, role, fmt.Sprintf("date -s @$(( $(date +%%s) + (%d) ))", int(d.Seconds())))
	if err == nil && code != 0 {
		err = fmt.Errorf("exit %d: %s", code, strings.TrimSpace(out))
	}
	return err
}

// fill mounts a small full file system, with what was there, in the place of a directory; empty makes room in it.
func (p *player) fill(ctx context.Context, role, dir string, full bool) error {
	text := `d=$1; t=$(mktemp -d /tmp/cts.XXXXXX); cp -a "$d/." "$t/" && mount -t tmpfs -o size=1m cts "$d" && cp -a "$t/." "$d/" && rm -rf "$t"; cat /dev/zero >"$d/.filled" 2>/dev/null; [ -e "$d/.filled" ]`
	if !full {
		text = `rm -f "$1/.filled"`
	}
	out, code, err := p.Run(ctx, role, "sh", "-c", text, "sh", dir)
	if err == nil && code != 0 {
		err = fmt.Errorf("exit %d: %s", code, strings.TrimSpace(out))
	}
	return err
}
