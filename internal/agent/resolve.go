package agent

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"heartbeat/internal/agent/address"
	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/netif"
)

// ErrNoScript says that nothing on this machine runs a resource.
var ErrNoScript = errors.New("cannot locate resource script")

// ResolveConfig is what resolving depends on.
type ResolveConfig struct {
	Dirs            Dirs
	NativeIP        bool
	ScriptsFirst    bool              // shipped wrappers of agents other than addresses are run although there is a built-in agent
	Node            string            // own node name, for mails
	Flags           string            // directory of flag files; empty: that of the distribution's scripts
	Kernel          netif.Kernel      // nil: no native addresses
	Record          func(event.Event) // what held addresses report; called from other goroutines
	ARPRefresh      time.Duration     // 0: only the burst
	IPConflictCheck string            // off, warn, refuse; empty: warn
	StateFile       string            // where held addresses are remembered, in the run directory; empty: nowhere
	Systemctl       string            // program that runs units; empty: systemctl, looked up in the PATH
}

// A Resolver finds the agents of resources. All native addresses it finds share
// one keeper, so a process has one Resolver. It is safe for concurrent use.
type Resolver struct {
	cfg       ResolveConfig
	addresses *address.Keeper // nil without a kernel
}

// NewResolver returns a resolver. Close it when its agents are no longer used.
func NewResolver(cfg ResolveConfig) *Resolver {
	r := &Resolver{cfg: cfg}
	if cfg.Kernel != nil {
		r.addresses = address.NewKeeper(address.Config{
			Kernel: cfg.Kernel, Record: cfg.Record, Refresh: cfg.ARPRefresh,
			Check: address.Check(cfg.IPConflictCheck), StateFile: cfg.StateFile,
		})
	}
	return r
}

// Resolve finds the agent of one resource, to look at it or to run it once. A
// node uses one Resolver instead.
func Resolve(r conf.Resource, cfg ResolveConfig) (Agent, error) {
	return NewResolver(cfg).Resolve(r)
}

// Close ends the care for held addresses; they stay on their interfaces.
func (r *Resolver) Close() {
	if r.addresses != nil {
		r.addresses.Close()
	}
}

// Resolve finds the agent of one resource. The error names every place looked at.
func (r *Resolver) Resolve(res conf.Resource) (Agent, error) {
	if strings.HasPrefix(res.Script, "ocf:") {
		return r.ocfAgent(res)
	}
	if a, ok, err := r.nativeAddress(res); ok || err != nil {
		return a, err
	}
	instead, err := r.standIn(res)
	if err != nil {
		return nil, err
	}
	if instead != "" {
		if a, ok, err := r.builtinAgent(res, instead); ok || err != nil {
			return a, err
		}
	}
	for _, dir := range []struct{ path, class string }{{r.cfg.Dirs.ResourceD, classResourceD}, {r.cfg.Dirs.InitD, classLSB}} {
		path := filepath.Join(dir.path, res.Script)
		if dir.path != "" && plainName(res.Script) && executable(path) {
			if dir.class == classResourceD && res.Script == "OCF" {
				return r.ocfInstance(res, path)
			}
			return &script{class: dir.class, path: path, args: res.Args, dirs: r.cfg.Dirs}, nil
		}
	}
	if res.Script == "OCF" {
		return r.ocfInstance(res, "")
	}
	if unit, ok := r.findUnit(res.Script); ok {
		return &systemdUnit{unit: unit, systemctl: r.cfg.Systemctl}, nil
	}
	if a, ok, err := r.builtinAgent(res, ""); ok || err != nil {
		return a, err
	}
	if a, ok, err := r.classicAgent(res); ok || err != nil {
		return a, err
	}
	if path := r.NotExecutable(res.Script); path != "" {
		return nil, fmt.Errorf("%w %s: %s is not executable; run: chmod +x %s", ErrNoScript, res.Script, path, path)
	}
	return nil, fmt.Errorf("%w %s: looked in %s and %s for an executable file, and for the unit %s.service; install it, or correct the word %q",
		ErrNoScript, res.Script, r.cfg.Dirs.ResourceD, r.cfg.Dirs.InitD, res.Script, res.Word)
}

// RunBy says in words what a group with a resource of that name would run on this machine.
func (r *Resolver) RunBy(name string) string {
	if _, ok := addressStyle(name); ok {
		if r.cfg.Dirs.ResourceD != "" {
			path := filepath.Join(r.cfg.Dirs.ResourceD, name)
			if known, err := isKnownWrapper(path); err == nil && executable(path) && (!known || !r.cfg.NativeIP) {
				return path
			}
		}
		return "built in"
	}
	a, err := r.Resolve(conf.Resource{Word: name, Script: name})
	switch {
	case err == nil:
		return a.Path()
	case errors.Is(err, ErrNoScript):
		return "nobody: not installed"
	}
	if _, ok := KindNamed(name); !ok {
		return filepath.Join(r.cfg.Dirs.OCFRoot, "resource.d", "heartbeat", name)
	}
	return "built in" // what it misses are its arguments
}

// standIn says which shipped, unmodified wrapper a built-in agent replaces; empty: none.
func (r *Resolver) standIn(res conf.Resource) (string, error) {
	path := filepath.Join(r.cfg.Dirs.ResourceD, res.Script)
	if r.cfg.Dirs.ResourceD == "" || !r.cfg.replaces(res.Script) || !executable(path) {
		return "", nil
	}
	known, err := isKnownWrapper(path)
	if err != nil {
		return "", fmt.Errorf("looking at %s: %w", path, err)
	}
	if !known {
		return "", nil
	}
	return "instead of " + path, nil
}

// NotExecutable is a file that would be run for a script name if it were executable; empty: there is none.
func (r *Resolver) NotExecutable(name string) string {
	for _, dir := range []string{r.cfg.Dirs.ResourceD, r.cfg.Dirs.InitD} {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); dir != "" && plainName(name) && err == nil && info.Mode().IsRegular() && !executable(path) {
			return path
		}
	}
	return ""
}

// plainName keeps a resource word from leaving the script directories.
func plainName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}

// executable says whether path is a regular file somebody may execute.
func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// nativeAddress decides whether the native agent serves an address resource.
func (r *Resolver) nativeAddress(res conf.Resource) (Agent, bool, error) {
	style, ok := addressStyle(res.Script)
	if !ok || r.addresses == nil {
		return nil, false, nil
	}
	reason := ""
	path := filepath.Join(r.cfg.Dirs.ResourceD, res.Script)
	if r.cfg.Dirs.ResourceD != "" && executable(path) {
		switch known, err := isKnownWrapper(path); {
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return nil, false, fmt.Errorf("looking at %s: %w", path, err)
		case !r.cfg.NativeIP:
			return nil, false, nil
		case !known:
			return nil, false, nil // modified by the site: the file wins, and Path says so
		}
		reason = "instead of " + path
	} else if executable(filepath.Join(r.cfg.Dirs.InitD, res.Script)) && r.cfg.Dirs.InitD != "" {
		return nil, false, nil
	}
	if len(res.Args) != 1 {
		return nil, false, fmt.Errorf("%s takes one argument, ip[/mask[/interface[:label][/broadcast]]], not %d; correct the word %q", res.Script, len(res.Args), res.Word)
	}
	spec, err := address.Parse(style, res.Args[0])
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", res.Word, err)
	}
	return &nativeAddress{word: res.Word, spec: spec, keeper: r.addresses, instead: reason}, true, nil
}

func addressStyle(script string) (address.Style, bool) {
	switch script {
	case "IPaddr":
		return address.IPaddr, true
	case "IPaddr2":
		return address.IPaddr2, true
	case "IPv6addr":
		return address.IPv6addr, true
	}
	return 0, false
}
