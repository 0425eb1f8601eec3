package drive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os/exec"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// SSHOptions say which machines are lent.
type SSHOptions struct {
	Nodes     []string          // user@host of r1 and r2, and of r3 if there is one
	Client    string            // user@host of the client; it needs heartbeat too
	Addresses map[string]string // g1, g2 → free addresses with prefix length in the network of the first card
	Cards     []string          // names of the cards with heartbeat links, the clients' first; empty: that of the default network alone
	Command   []string          // reaches a machine: this, the host, a shell text; empty: ssh without questions
	Binary    string            // heartbeat on the machines; empty: heartbeat
	BreakThem bool              // the owner has said that they may be broken
	PowerOff  string            // shell text on this machine that switches a node off, with {host}; empty: nobody can
	PowerOn   string
}

// SSH drives machines that somebody lends. It puts their configuration aside first and back in the end.
type SSH struct {
	o     SSHOptions
	hosts map[string]string // role → user@host
	names map[string]string // role → uname -n
	cards map[string][]Card
	addrs map[string]netip.Prefix
	probe netip.Addr // of the client

	mu     sync.Mutex
	echoes []io.Closer
	aside  bool // the configuration is put aside
	left   []string
}

// NewSSH looks at the machines and refuses what would end badly. It changes nothing.
func NewSSH(ctx context.Context, o SSHOptions) (*SSH, error) {
	if !o.BreakThem {
		return nil, fmt.Errorf("the machines %s will be stopped, cut off and filled with a test configuration: say --yes-break-these-machines if they are there for that", strings.Join(o.Nodes, ", "))
	}
	if len(o.Nodes) < 2 || len(o.Nodes) > 3 || o.Client == "" {
		return nil, errors.New("name two nodes (three, if a scenario needs a third machine) and a client: --nodes root@a,root@b --client root@c")
	}
	if len(o.Command) == 0 {
		o.Command = []string{"ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"}
	}
	if o.Binary == "" {
		o.Binary = "heartbeat"
	}
	d := &SSH{o: o, hosts: map[string]string{Client: o.Client}, names: map[string]string{}, cards: map[string][]Card{}, addrs: map[string]netip.Prefix{}}
	for i, host := range o.Nodes {
		d.hosts[[]string{R1, R2, R3}[i]] = host
	}
	for _, g := range []string{"g1", "g2"} {
		p, err := netip.ParsePrefix(o.Addresses[g])
		if err != nil {
			return nil, fmt.Errorf("the service address of %s: %w: write --address %s=192.0.2.101/24", g, err, g)
		}
		d.addrs[g] = p
	}
	return d, d.inspect(ctx)
}

// inspect asks every machine who it is; all problems come at once.
func (d *SSH) inspect(ctx context.Context) error {
	var problems []error
	for _, role := range d.roles() {
		if err := d.inspectOne(ctx, role); err != nil {
			problems = append(problems, fmt.Errorf("%s (%s): %w", role, d.hosts[role], err))
		}
	}
	return errors.Join(problems...)
}

func (d *SSH) inspectOne(ctx context.Context, role string) error {
	out, code, err := d.Run(ctx, role, "sh", "-c", "uname -n; id -u; "+d.o.Binary+" version >/dev/null 2>&1; echo $?; ip -o -4 addr show")
	if err != nil || code != 0 {
		return errors.Join(err, fmt.Errorf("it cannot be asked: exit %d: %s", code, strings.TrimSpace(out)))
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) < 3 {
		return fmt.Errorf("it answers %q", out)
	}
	d.names[role] = lines[0]
	if lines[1] != "0" {
		return fmt.Errorf("only root can play here, not the user with the number %s", lines[1])
	}
	if lines[2] != "0" {
		return fmt.Errorf("%s is not there: copy the program to it", d.o.Binary)
	}
	var all []Card
	for _, l := range lines[3:] {
		f := strings.Fields(l) // 2: eth0 inet 10.0.0.1/24 …
		if len(f) < 4 || f[1] == "lo" {
			continue
		}
		p, err := netip.ParsePrefix(f[3])
		if err != nil {
			continue
		}
		for _, taken := range d.addrs {
			if p.Addr() == taken.Addr() {
				return fmt.Errorf("it has the service address %s already", taken)
			}
		}
		if len(d.o.Cards) == 0 && d.addrs["g1"].Masked().Contains(p.Addr()) || slices.Contains(d.o.Cards, f[1]) {
			if !slices.ContainsFunc(all, func(c Card) bool { return c.Name == f[1] }) {
				all = append(all, Card{f[1], p.Addr()})
			}
		}
	}
	if len(all) == 0 {
		return fmt.Errorf("no card of it is in the network of %s", d.addrs["g1"])
	}
	if role == Client {
		d.probe = all[0].Addr
		return nil
	}
	d.cards[role] = all
	running, _, err := d.Run(ctx, role, "sh", "-c", d.o.Binary+" status >/dev/null 2>&1; echo $?")
	if err == nil && strings.TrimSpace(running) != "4" {
		return errors.New("heartbeat runs on it: these machines have a cluster; stop it first")
	}
	return err
}

func (d *SSH) roles() []string { return append([]string{Client}, d.nodeRoles()...) }

func (d *SSH) nodeRoles() []string { return []string{R1, R2, R3}[:len(d.o.Nodes)] }

func (d *SSH) Name() string                      { return "ssh" }
func (d *SSH) Binary() string                    { return d.o.Binary }
func (d *SSH) Host(role string) string           { return d.names[role] }
func (d *SSH) Cards(role string) []Card          { return d.cards[role] }
func (d *SSH) Service(group string) netip.Prefix { return d.addrs[group] }
func (d *SSH) ClientAddr() netip.Addr            { return d.probe }

func (d *SSH) Lacks(need string) string {
	switch need {
	case "power", "reboot":
		if d.o.PowerOff == "" || d.o.PowerOn == "" {
			return "nobody can switch the machines: give --power-off and --power-on commands"
		}
	case "third":
		if len(d.o.Nodes) < 3 {
			return "only two nodes are lent"
		}
	case "links":
		return "a machine that is reached over its network must not cut it off"
	case "one-way", "freeze", "disk", "fencing", "drbd", "clock", "c-node", "watchdog", "serial", "netem":
		return "machines that are lent are not treated so"
	}
	return ""
}

// Run reaches a machine. The words are quoted for the shell there.
func (d *SSH) Run(ctx context.Context, role string, argv ...string) (string, int, error) {
	words := make([]string, len(argv))
	for i, a := range argv {
		words[i] = quote(a)
	}
	return d.reach(ctx, role, strings.Join(words, " "))
}

func (d *SSH) command(ctx context.Context, role, text string) *exec.Cmd {
	argv := append(slices.Clone(d.o.Command), d.hosts[role], text)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.WaitDelay = 5 * time.Second // what it left in the background may hold its output open
	return cmd
}

func (d *SSH) reach(ctx context.Context, role, text string) (string, int, error) {
	if d.hosts[role] == "" {
		return "", -1, fmt.Errorf("there is no machine %s", role)
	}
	out, err := d.command(ctx, role, text).CombinedOutput()
	if ctx.Err() != nil {
		return string(out), -1, context.Cause(ctx)
	}
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		if ended.ExitCode() == 255 {
			return string(out), 255, fmt.Errorf("%s cannot be reached: %s", d.hosts[role], strings.TrimSpace(string(out)))
		}
		return string(out), ended.ExitCode(), nil
	}
	return string(out), 0, err
}

func (d *SSH) Spawn(ctx context.Context, role, shell string) error {
	// It has a session of its own before the connection ends, or it might end with that.
	_, _, err := d.Run(ctx, role, "sh", "-c", "setsid sh -c "+quote(shell)+` >/dev/null 2>&1 </dev/null & p=$!
for i in 1 2 3 4 5 6 7 8 9; do [ "$(cut -d ' ' -f 6 /proc/$p/stat 2>/dev/null)" != $p ] || break; sleep 0.1; done`)
	return err
}

func (d *SSH) Write(ctx context.Context, role string, f File) error {
	if f.Mode == 0 {
		f.Mode = 0o644
	}
	return writeInside(ctx, d, role, f)
}

func (d *SSH) Read(ctx context.Context, role, file string) ([]byte, error) {
	return readInside(ctx, d, role, file)
}

func (d *SSH) Status(ctx context.Context, role string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, longReach)
	defer cancel()
	out, code, err := d.Run(ctx, role, d.o.Binary, "status", "--json")
	if err == nil && !json.Valid([]byte(out)) {
		err = fmt.Errorf("heartbeat status on %s: exit %d: %s", role, code, strings.TrimSpace(out))
	}
	return []byte(out), err
}

func (d *SSH) Events(ctx context.Context, role string, after uint64) (list []Event, err error) {
	ctx, cancel := context.WithTimeout(ctx, longReach)
	defer cancel()
	out, code, err := d.Run(ctx, role, d.o.Binary, "events", "--json", "-n", "0")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(out) {
		var e Event
		if json.Unmarshal([]byte(line), &e) == nil && e.ID > after {
			list = append(list, e)
		}
	}
	if len(list) == 0 && code != 0 {
		return nil, fmt.Errorf("heartbeat events on %s: exit %d: %s", role, code, strings.TrimSpace(out))
	}
	return list, nil
}

func (d *SSH) Power(ctx context.Context, role string, on bool) error {
	text := d.o.PowerOff
	if on {
		text = d.o.PowerOn
	}
	out, err := exec.CommandContext(ctx, "sh", "-c", strings.ReplaceAll(text, "{host}", d.names[role])).CombinedOutput()
	if err != nil {
		return fmt.Errorf("switching %s: %w: %s", role, err, strings.TrimSpace(string(out)))
	}
	for on && !d.On(ctx, role) {
		if ctx.Err() != nil {
			return fmt.Errorf("%s does not come back: %w", role, context.Cause(ctx))
		}
	}
	return nil
}

func (d *SSH) Freeze(context.Context, string, bool) error { return errors.New(d.Lacks("freeze")) }

func (d *SSH) Cut(_ context.Context, _ string, _ int, how string) error {
	if how == "" {
		return nil // nothing was cut
	}
	return errors.New(d.Lacks("links"))
}

func (d *SSH) On(ctx context.Context, role string) bool {
	ctx, cancel := context.WithTimeout(ctx, longReach)
	defer cancel()
	_, code, err := d.reach(ctx, role, "true")
	return err == nil && code == 0
}

// asideDir is where the configuration of the owner waits.
func asideDir(role string) string { return path.Join("/var/lib", "heartbeat-cts-aside."+role) }
