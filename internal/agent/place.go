package agent

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"heartbeat/internal/agent/address"
	"heartbeat/internal/agent/native"
	"heartbeat/internal/conf"
	"heartbeat/internal/netif"
	"heartbeat/internal/program"
)

// FlagDir is where classic scripts of distributions keep their flag files.
const FlagDir = "/run/resource-agents"

// scriptPath is the PATH of everything that is run.
const scriptPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

func problemOf(res conf.Resource, err error) error { return fmt.Errorf("%s: %w", res.Word, err) }

// NewPlace is the machine as a built-in agent sees it. Kernel may be nil where no network is needed.
func NewPlace(instance string, env Env, kernel netif.Kernel) native.Place {
	run := func(ctx context.Context, stdin string, argv []string) native.Reply {
		path, err := findProgram(argv[0])
		if err != nil {
			return native.Reply{Code: -1, Err: err}
		}
		res := execute(ctx, Start, program.Call{Argv: append([]string{path}, argv[1:]...), Env: Environ(env, Dirs{}), Dir: env.State, Stdin: stdin})
		return native.Reply{Code: res.Code, Stdout: res.stdout, Output: res.Output, Late: res.TimedOut, Err: res.failed}
	}
	return native.Place{
		Instance: instance, Node: env.Node, Flags: FlagDir, Etc: env.Etc, Kernel: kernel,
		Reason: func() string { return env.Reason },
		Run:    func(ctx context.Context, argv ...string) native.Reply { return run(ctx, "", argv) },
		RunWith: func(ctx context.Context, stdin string, argv ...string) native.Reply {
			return run(ctx, stdin, argv)
		},
		Self:  []string{"/proc/self/exe", choreFlag},
		Burst: func(b native.Burst) { go address.Burst(kernel, b) },
	}
}

// place is the machine as the agents of this resolver see it.
func (r *Resolver) place(instance string) native.Place {
	p := NewPlace(instance, Env{Node: r.cfg.Node, Etc: filepath.Dir(r.cfg.Dirs.ResourceD)}, r.cfg.Kernel)
	if r.cfg.Flags != "" {
		p.Flags = r.cfg.Flags
	}
	return p
}

// findProgram looks in the PATH of scripts, not in that of whoever started us.
func findProgram(name string) (string, error) {
	if strings.ContainsRune(name, '/') {
		return name, nil
	}
	for dir := range strings.SplitSeq(scriptPath, ":") {
		if path := filepath.Join(dir, name); executable(path) {
			return path, nil
		}
	}
	return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
}
