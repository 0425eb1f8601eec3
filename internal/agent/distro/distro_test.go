package distro

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"heartbeat/internal/agent/native"
)

// machine pretends to have the programs, with just enough memory to be believed.
type machine struct {
	calls   []string
	refuse  map[string]int // command line: how often it fails
	on      map[string]bool
	lvsRole string
	sys     string
	missing bool
}

func (m *machine) run(_ context.Context, argv ...string) native.Reply {
	line := strings.Join(argv, " ")
	m.calls = append(m.calls, line)
	if m.missing {
		return native.Reply{Code: -1, Err: errors.New("executable file not found in $PATH")}
	}
	if m.refuse[line] > 0 {
		m.refuse[line]--
		return native.Reply{Code: 1, Output: "busy"}
	}
	switch {
	case strings.HasPrefix(line, "vgchange -a "):
		m.on["vg"] = argv[2] == "y"
	case argv[0] == "lvs":
		if m.on["vg"] {
			return native.Reply{Stdout: "  active\n  active\n"}
		}
		return native.Reply{Stdout: "  \n  \n"}
	case argv[0] == "mdadm" && argv[1] == "--assemble":
		_ = os.MkdirAll(filepath.Join(m.sys, "md7", "md"), 0o755)
		_ = os.WriteFile(filepath.Join(m.sys, "md7", "md", "array_state"), []byte("clean\n"), 0o600)
	case argv[0] == "mdadm":
		_ = os.WriteFile(filepath.Join(m.sys, "md7", "md", "array_state"), []byte("clear\n"), 0o600)
	case argv[0] == "drbdadm":
		i := slices.IndexFunc(argv, func(s string) bool {
			return s == "primary" || s == "secondary" || s == "role" || s == "down" || s == "adjust" || s == "sh-lr-of"
		})
		name := argv[len(argv)-1]
		switch argv[i] {
		case "primary", "secondary":
			m.on[name] = argv[i] == "primary"
		case "down":
			m.on[name] = false
		case "sh-lr-of":
			return native.Reply{Stdout: "lower\n"}
		case "role":
			if m.on[name] {
				return native.Reply{Stdout: "Primary/Secondary\n"}
			}
			return native.Reply{Stdout: "Secondary/Primary\n"}
		}
	case argv[0] == "ipvsadm" && argv[1] == "--list":
		if m.lvsRole != "" {
			return native.Reply{Stdout: m.lvsRole + " sync daemon (mcast=eth1, syncid=0)\n"}
		}
	case argv[0] == "ipvsadm" && argv[1] == "--start-daemon":
		m.lvsRole = argv[2]
	case argv[0] == "ipvsadm" && argv[1] == "--stop-daemon":
		m.lvsRole = ""
	}
	return native.Reply{}
}

func made(t *testing.T, m *machine, name string, args ...string) native.Agent {
	t.Helper()
	for _, k := range Kinds() {
		if k.Name != name {
			continue
		}
		v, err := k.FromArgs(args)
		if err != nil {
			t.Fatal(err)
		}
		a, err := k.New(v, native.Place{Run: m.run})
		if err != nil {
			t.Fatal(err)
		}
		if r, ok := a.(*raid); ok {
			r.sys = m.sys
		}
		return a
	}
	t.Fatalf("no agent %s", name)
	return nil
}

func TestAgentsGoUpAndDownAndMayBeCalledTwice(t *testing.T) {
	dir := t.TempDir()
	conf := filepath.Join(dir, "mdadm.conf")
	if err := os.WriteFile(conf, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		args    []string
		stopped int
	}{
		{"LVM", []string{"vg"}, native.NotRunning}, {"Raid1", []string{conf, "/dev/md7"}, native.NotRunning},
		{"drbddisk", []string{"r0"}, drbdStopped}, {"drbdupper", []string{"r0-U"}, drbdStopped},
		{"LVSSyncDaemonSwap", []string{"master", "eth1"}, native.NotRunning},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := &machine{on: map[string]bool{}, sys: filepath.Join(dir, "block")}
			a := made(t, m, tt.name, tt.args...)
			for _, step := range []struct {
				do func(context.Context) (string, error)
				up bool
			}{{a.Stop, false}, {a.Start, true}, {a.Start, true}, {a.Stop, false}, {a.Stop, false}, {a.Start, true}} {
				if said, err := step.do(t.Context()); err != nil {
					t.Fatalf("%q, %v; calls %q", said, err, m.calls)
				}
				said, err := a.Status(t.Context())
				if want := map[bool]int{true: 0, false: tt.stopped}[step.up]; native.CodeOf(err) != want {
					t.Fatalf("status %q, %v, want code %d; calls %q", said, err, want, m.calls)
				}
			}
		})
	}
}

func TestDrbdIsAskedAgainWhileThePeerIsStillPrimary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &machine{on: map[string]bool{}, refuse: map[string]int{"drbdadm primary r0": 5}}
		if _, err := made(t, m, "drbddisk", "r0").Start(t.Context()); err != nil {
			t.Error(err)
		}
		m.refuse["drbdadm primary r0"] = 6
		if _, err := made(t, m, "drbddisk", "r0").Start(t.Context()); native.CodeOf(err) != native.Generic {
			t.Errorf("six refusals: %v", err)
		}
	})
}

func TestAMissingProgramHasItsOwnCode(t *testing.T) {
	m := &machine{missing: true}
	for _, a := range []native.Agent{made(t, m, "LVM", "vg"), made(t, m, "LVSSyncDaemonSwap", "backup")} {
		if _, err := a.Start(t.Context()); native.CodeOf(err) != native.Installed {
			t.Errorf("%T: %v", a, err)
		}
	}
	if _, err := made(t, m, "drbddisk").Status(t.Context()); native.CodeOf(err) != drbdUsage {
		t.Errorf("a status of all resources: %v", err)
	}
}

func TestNamesThatWouldBeOptionsAreRefused(t *testing.T) {
	for _, k := range Kinds() {
		v := native.Values{}
		for _, p := range k.Params {
			v[p.Name] = "--force"
		}
		if _, err := k.New(v, native.Place{}); native.CodeOf(err) != native.Configured {
			t.Errorf("%s: %v", k.Name, err)
		}
	}
}
