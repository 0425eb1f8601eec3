package agent

import (
	"context"
	"slices"

	"heartbeat/internal/program"
)

const (
	classResourceD = "resource.d"
	classLSB       = "lsb"
)

// script is a resource.d or init.d script: the operation is its last argument.
type script struct {
	class, path string
	args        []string
	dirs        Dirs
}

func (s *script) Class() string { return s.class }
func (s *script) Path() string  { return s.path }

func (s *script) Run(ctx context.Context, op Op, env Env) Result {
	res := execute(ctx, op, program.Call{
		Argv: append(append([]string{s.path}, s.args...), string(op)),
		Env:  Environ(env, s.dirs),
		Dir:  env.State,
	})
	if op == Status && !res.TimedOut && res.Code >= 0 && ctx.Err() == nil {
		res.OK = statusVerdict(res.stdout, res.Code)
	}
	return res.Result
}

// Environ is the environment of a script, exactly: nothing of our own
// process. The variables of e.Vars win over ours.
func Environ(e Env, dirs Dirs) []string {
	vars := []string{
		"PATH=" + scriptPath,
		"HOME=/root", "SHELL=/bin/sh",
		"HA_CURHOST=" + e.Node,
		"HA_DIR=" + e.Etc,
		"HA_RCDIR=" + e.Etc + "/rc.d",
		"HA_FUNCS=" + e.Etc + "/shellfuncs",
		"HA_RESOURCEDIR=" + dirs.ResourceD,
		"HA_VARLIB=" + e.State,
		"HA_VARRUN=" + e.Run,
		"HA_DATEFMT=%Y/%m/%d_%T\t",
		"OCF_ROOT=" + dirs.OCFRoot,
		"OCF_AGENTS=" + dirs.OCFRoot + "/resource.d/heartbeat/",
	}
	if e.Reason != "" {
		vars = append(vars, "HEARTBEAT_REASON="+e.Reason)
	}
	return mergeEnviron(vars, e.Vars)
}

// mergeEnviron puts more after vars; a name given twice keeps its last value.
// Language variables are left out: scripts read the output of programs.
func mergeEnviron(vars, more []string) []string {
	var out []string
	for _, v := range slices.Concat(vars, more) {
		name, ok := variableName(v)
		if !ok {
			continue
		}
		out = slices.DeleteFunc(out, func(o string) bool { n, _ := variableName(o); return n == name })
		out = append(out, v)
	}
	return out
}
