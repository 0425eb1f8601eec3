package node

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"heartbeat/internal/agent"
	"heartbeat/internal/conf"
	"heartbeat/internal/netif"
	"heartbeat/internal/node/filestore"
	"heartbeat/internal/node/identity"
	"heartbeat/internal/propagate"
)

// Load reads and checks the files of the configuration directory on this machine, and tells the name of
// this node. It changes nothing; `heartbeat check` uses it, too. A nil kernel leaves the network unchecked.
func Load(opts Options, kernel netif.Kernel) (cfg conf.Config, self string, problems conf.Problems) {
	return loadWith(opts, kernel, nil)
}

// loadWith is Load as if the files of a set stood in the configuration directory already.
func loadWith(opts Options, kernel netif.Kernel, instead propagate.Set) (cfg conf.Config, self string, problems conf.Problems) {
	opts = opts.withDefaults()
	file := func(dir, name string) conf.File {
		if f, ok := instead.Get(name); ok && dir == opts.Etc {
			return conf.File{Name: filepath.Join(dir, name), Data: f.Content()}
		}
		return file(dir, name)
	}
	scripts := agent.NewResolver(agent.ResolveConfig{Dirs: opts.Dirs, NativeIP: true, Kernel: kernel})
	defer scripts.Close()
	in := conf.Input{
		HaCf:      file(opts.Etc, "ha.cf"),
		AuthKeys:  file(opts.Etc, "authkeys"),
		AuthOwner: -1,
		Resources: file(opts.Etc, "haresources"),
		Env:       facts(opts.Name, kernel, scripts),
	}
	in.Env.Version, in.Env.MessagesOnly = opts.Version, opts.MessagesOnly
	known, _ := identity.ReadNodes(opts.State, identity.HostCache) // what is wrong with it is told at the start
	for _, m := range known {
		in.Env.KnownNodes = append(in.Env.KnownNodes, m.Name)
	}
	in.Logd = file(filepath.Dir(filepath.Clean(opts.Etc)), "logd.cf") // /etc/logd.cf for /etc/ha.d
	if _, ok := instead.Get(propagate.AuthKeys); ok {
		in.AuthMode = 0o600 // what it is written with
	} else if info, err := os.Stat(in.AuthKeys.Name); err == nil {
		in.AuthMode = info.Mode()
		if sys, ok := info.Sys().(*syscall.Stat_t); ok {
			in.AuthOwner = int(sys.Uid)
		}
	}
	more, _ := filepath.Glob(filepath.Join(opts.Etc, "ha.cf.d", "*.conf")) // sorted; the pattern is well formed
	for _, path := range more {
		in.Settings = append(in.Settings, file(filepath.Dir(path), filepath.Base(path)))
	}
	self = strings.ToLower(in.Env.NodeName)
	if opts.Name == "" { // a name on the command line is stronger than the file
		in.NodeInfo = file(opts.Etc, "nodeinfo")
		if in.NodeInfo.Data != nil {
			if name, _ := conf.ParseNodeInfo(in.NodeInfo.Name, in.NodeInfo.Data); name != "" {
				self = name
			}
		}
	}
	cfg, problems = conf.Parse(in)
	if store := (&filestore.Store{Etc: opts.Etc, State: opts.State}); instead == nil && store.Pending() {
		problems = append(problems, conf.Problem{File: opts.Etc, Severity: conf.Warning, Msg: "a change by ha_propagate was interrupted: some files may be old and some new",
			Fix: "start heartbeat, which finishes it before it reads them"})
	}
	_, odd := alertConfig(cfg, self)
	problems = append(problems, odd...)
	problems = append(problems, judgeDiskLock(cfg.HaCf, kernel != nil && !opts.MessagesOnly)...)
	problems = append(problems, judgeFencing(cfg.HaCf, self, kernel != nil && !opts.MessagesOnly && !opts.devicesKnown)...)
	return cfg, self, append(problems, unbuilt(cfg)...).Sorted()
}

// file reads one file; one that cannot be read has no data, and conf says what that means.
func file(dir, name string) conf.File {
	path := filepath.Join(dir, name)
	data, err := os.ReadFile(path)
	if err != nil {
		data = nil
	}
	return conf.File{Name: path, Data: data}
}

// unbuilt are problems with what the files may well ask for and this version cannot do. What would make
// the cluster unsafe if it were ignored is an error; the rest is a warning.
func unbuilt(cfg conf.Config) (out conf.Problems) {
	h := cfg.HaCf
	say := func(line int, severity conf.Severity, fix, format string, args ...any) {
		out = append(out, conf.Problem{File: h.File, Line: line, Severity: severity, Msg: fmt.Sprintf(format, args...), Fix: fix})
	}
	if h.CRM != "" && h.CRM != "off" {
		say(0, conf.Error, "set crm off and describe the resources in haresources", "crm %s is not built yet", h.CRM)
	}
	return append(out, oddQuorum(h)...)
}
