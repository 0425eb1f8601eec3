package drive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"heartbeat/internal/api"
	"heartbeat/internal/lab"
	"heartbeat/internal/vnet"
)

// Lab drives machines made of namespaces on this one.
type Lab struct {
	dir    string
	binary string // on the host; empty: the running one
	log    lab.Logger
	lab    *lab.Lab
	root   bool
}

// NewLab makes no machines yet; Reset does. dir is the directory of the lab.
func NewLab(dir, binary string, log lab.Logger) (*Lab, error) {
	if err := vnet.Possible(); err != nil {
		return nil, err
	}
	return &Lab{dir: dir, binary: binary, log: log, root: os.Geteuid() == 0}, nil
}

func (d *Lab) Name() string   { return "lab" }
func (d *Lab) Binary() string { return vnet.BinDir + "/heartbeat" }

func (d *Lab) Lacks(need string) string {
	switch need {
	case "power", "freeze", "links", "one-way", "third", "ping-node", "fencing", "reboot":
		return ""
	case "disk":
		if d.root {
			return ""
		}
		return "only root may mount the small file system"
	case "c-node":
		if !d.root {
			return "C Heartbeat changes users, so it needs root"
		}
		if _, err := os.Stat(lab.ClassicDaemon); err != nil {
			return "C Heartbeat is not installed: apt-get install heartbeat"
		}
		return ""
	case "clock":
		return "machines made of namespaces share the clock of this one"
	case "watchdog", "serial", "netem":
		return "machines made of namespaces have no kernel of their own"
	case "drbd":
		return "the kernel of this machine has no DRBD for machines made of namespaces"
	}
	return "the lab does not know it"
}

func (d *Lab) Host(role string) string { return role }

func (d *Lab) Cards(role string) []Card {
	n := map[string]int{R1: 1, R2: 2, R3: 3}[role]
	if n == 0 {
		return nil
	}
	return []Card{
		{"eth0", netip.AddrFrom4([4]byte{10, 77, 1, byte(n)})},
		{"eth1", netip.AddrFrom4([4]byte{10, 77, 2, byte(n)})},
	}
}

func (d *Lab) Service(group string) netip.Prefix {
	last := map[string]byte{"g1": 101, "g2": 102}[group]
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 77, 1, last}), 24)
}

func (d *Lab) ClientAddr() netip.Addr { return netip.AddrFrom4([4]byte{10, 77, 1, 250}) }

// Reset makes new machines: nothing of the ones before is left.
func (d *Lab) Reset(ctx context.Context, files map[string][]File) error {
	if err := d.Close(); err != nil {
		return err
	}
	l, err := lab.New(ctx, d.log, lab.Options{
		Nodes: 3, Prefix: "r", Dir: d.dir, Binary: d.binary, Names: []string{"cl_status"},
		ConfigFor: func(string) lab.Files { return nil },
	})
	if err != nil {
		return err
	}
	d.lab = l
	for role, list := range files {
		for _, f := range list {
			if err := d.Write(ctx, role, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Lab) Run(ctx context.Context, role string, argv ...string) (string, int, error) {
	out, code, err := d.lab.Output(ctx, role, argv...)
	if errors.Is(err, vnet.ErrPowerLost) {
		err = ErrOff
	}
	return out, code, err
}

func (d *Lab) Spawn(_ context.Context, role, shell string) error {
	_, err := d.lab.Spawn(role, vnet.Command{Argv: []string{"sh", "-c", shell}, Env: d.lab.DaemonEnv()})
	return err
}

// Write reaches the private directories of a machine from the host, and all else from inside.
func (d *Lab) Write(ctx context.Context, role string, f File) error {
	if f.Mode == 0 {
		f.Mode = 0o644
	}
	if path := d.lab.Place(role, f.Path); path != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path+".cts", []byte(f.Text), f.Mode); err != nil {
			return err
		}
		return os.Rename(path+".cts", path) // a script that runs keeps its text
	}
	return writeInside(ctx, d, role, f)
}

func (d *Lab) Read(ctx context.Context, role, path string) ([]byte, error) {
	if place := d.lab.Place(role, path); place != "" {
		data, err := os.ReadFile(place)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return data, err
	}
	return readInside(ctx, d, role, path)
}

func (d *Lab) Status(ctx context.Context, role string) ([]byte, error) {
	st, err := d.lab.Status(ctx, role)
	if err != nil {
		return nil, err
	}
	return json.Marshal(st)
}

func (d *Lab) Events(ctx context.Context, role string, after uint64) ([]Event, error) {
	list, err := d.lab.API(role).Events(ctx, after, 0)
	if err != nil {
		return nil, err
	}
	return eventsOf(list), nil
}

func eventsOf(list []api.Event) []Event {
	out := make([]Event, len(list))
	for i, e := range list {
		out[i] = Event{ID: e.ID, At: e.At, Event: e.Event, Level: e.Level, Subject: e.Subject, Text: e.Text, Attrs: e.Attrs}
	}
	return out
}

func (d *Lab) Power(_ context.Context, role string, on bool) error {
	if on {
		return d.lab.PowerOn(role)
	}
	return d.lab.PowerOff(role)
}

func (d *Lab) Freeze(_ context.Context, role string, frozen bool) error {
	if frozen {
		return d.lab.Freeze(role)
	}
	return d.lab.Thaw(role)
}

func (d *Lab) Cut(_ context.Context, role string, link int, how string) error {
	return d.lab.Cut(role, link, vnet.Cut(how))
}

func (d *Lab) On(_ context.Context, role string) bool {
	states, err := d.lab.States()
	if err != nil {
		return false
	}
	for _, s := range states {
		if s.Machine == role {
			return s.Power != "off"
		}
	}
	return false
}

func (d *Lab) Watch(ctx context.Context, role string) (<-chan Change, error) {
	in, err := d.lab.WatchAddrs(ctx, role)
	if err != nil {
		return nil, err
	}
	out := make(chan Change)
	go func() {
		defer close(out)
		for c := range in {
			out <- Change{c.At, c.Added, c.Prefix.Addr()} // whoever watches reads to the end
		}
	}()
	return out, nil
}

func (d *Lab) Probe(_ context.Context, addr netip.Addr, every time.Duration) (*lab.Client, error) {
	return d.lab.Watch(lab.Target{Proto: "udp", Addr: addr.String(), Every: every})
}

// Leftovers looks for what a lab could leave: its directory, and processes that have their root in it.
func (d *Lab) Leftovers() []string {
	var out []string
	if _, err := os.Stat(d.dir); err == nil && d.lab == nil {
		out = append(out, "the directory "+d.dir)
	}
	procs, _ := filepath.Glob("/proc/[0-9]*/root") // the pattern is well formed
	for _, p := range procs {
		if target, err := os.Readlink(p); err == nil && strings.HasPrefix(target, d.dir+"/") && d.lab == nil {
			out = append(out, fmt.Sprintf("process %s", filepath.Base(filepath.Dir(p))))
		}
	}
	return out
}

func (d *Lab) Close() error {
	if d.lab == nil {
		return nil
	}
	err := d.lab.Remove()
	d.lab = nil
	return err
}

// longReach bounds what is done inside a machine for a driver itself.
const longReach = 30 * time.Second
