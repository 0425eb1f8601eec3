package agent

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"heartbeat/internal/agent/native"
	"heartbeat/internal/conf"
	"heartbeat/internal/program"
)

// Exit codes of the OCF resource agent API that this package gives itself.
const (
	ocfError         = 1
	ocfUnimplemented = 3
	ocfInstalled     = 5
	ocfNotRunning    = 7
)

// ocfScript is an OCF agent called by its own interface, never judged by text.
type ocfScript struct {
	path, kind, provider, instance string
	params                         []string // NAME=value, without the OCF_RESKEY_ prefix
	raw                            []string // variables as an instance file has them
	statusAction                   string
	dirs                           Dirs
}

func (o *ocfScript) Class() string { return "ocf" }
func (o *ocfScript) Path() string  { return o.path }

func (o *ocfScript) Run(ctx context.Context, op Op, env Env) Result {
	action := string(op)
	if op == Status {
		action = o.statusAction
	}
	res := execute(ctx, op, program.Call{Argv: []string{o.path, action}, Env: o.environ(env, action), Dir: env.State}).Result
	if !res.OK && res.Code > 0 && !(op == Status && res.Code == ocfNotRunning) {
		res.Output = program.Join(res.Output, fmt.Sprintf("exit code %d: %s", res.Code, native.Words(res.Code)))
	}
	return res
}

func (o *ocfScript) environ(e Env, action string) []string {
	own := []string{
		"OCF_RA_VERSION_MAJOR=1", "OCF_RA_VERSION_MINOR=0",
		"OCF_RESOURCE_INSTANCE=" + o.instance,
		"OCF_RESOURCE_TYPE=" + o.kind,
		"OCF_RESOURCE_PROVIDER=" + o.provider,
		"__OCF_ACTION=" + action,
		"OCF_RESKEY_crm_feature_set=3.0.9",
	}
	for _, p := range o.params {
		own = append(own, "OCF_RESKEY_"+p)
	}
	return mergeEnviron(Environ(e, o.dirs), append(own, o.raw...))
}

// ocfAgent resolves ocf:PROVIDER:TYPE with name=value arguments.
func (r *Resolver) ocfAgent(res conf.Resource) (Agent, error) {
	parts := strings.Split(res.Script, ":")
	if len(parts) != 3 || !plainName(parts[1]) || !plainName(parts[2]) {
		return nil, fmt.Errorf("%q is not ocf:PROVIDER:TYPE; write for example ocf:heartbeat:Dummy::state=/run/dummy", res.Script)
	}
	for _, a := range res.Args {
		if name, _, ok := strings.Cut(a, "="); !ok || !variable(name) {
			return nil, fmt.Errorf("argument %q of %s is not name=value", a, res.Word)
		}
	}
	path := filepath.Join(r.cfg.Dirs.OCFRoot, "resource.d", parts[1], parts[2])
	if !executable(path) {
		return nil, fmt.Errorf("%w %s: %s is no executable file; install the agent, or correct the word %q", ErrNoScript, res.Script, path, res.Word)
	}
	return &ocfScript{
		path: path, provider: parts[1], kind: parts[2], instance: InstanceName(res.Word),
		params: res.Args, statusAction: "monitor", dirs: r.cfg.Dirs,
	}, nil
}

// InstanceName is a word as agents may use it in file names.
func InstanceName(word string) string {
	return strings.Map(func(c rune) rune {
		if c == '/' || c == ':' || c <= ' ' {
			return '_'
		}
		return c
	}, word)
}

// ocfInstance resolves OCF::TYPE::INSTANCE: an agent with the variables of a
// file of the configuration directory (resources spec, section 3.10). wrapper is
// the OCF script of resource.d; a site may rely on it, and it sources the file by shell.
func (r *Resolver) ocfInstance(res conf.Resource, wrapper string) (Agent, error) {
	if len(res.Args) != 2 {
		return nil, fmt.Errorf("OCF takes two arguments, OCF::TYPE::INSTANCE, not %d; correct the word %q", len(res.Args), res.Word)
	}
	if wrapper != "" {
		return &script{class: classResourceD, path: wrapper, args: res.Args, dirs: r.cfg.Dirs}, nil
	}
	kind, instance := res.Args[0], res.Args[1]
	if !plainName(kind) || !plainName(instance) {
		return nil, fmt.Errorf("%q: type and instance are plain names", res.Word)
	}
	found, _ := filepath.Glob(filepath.Join(r.cfg.Dirs.OCFRoot, "resource.d", "*", kind))
	slices.Sort(found)
	i := slices.IndexFunc(found, executable)
	if i < 0 {
		return nil, fmt.Errorf("%w: no OCF agent %s below %s/resource.d; install it, or correct the word %q", ErrNoScript, kind, r.cfg.Dirs.OCFRoot, res.Word)
	}
	// resource.d stands in the configuration directory, and so does conf/OCF.
	file := filepath.Join(filepath.Dir(r.cfg.Dirs.ResourceD), "conf", "OCF", kind, instance)
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the instance of %s: %w", res.Word, err)
	}
	vars, err := instanceVariables(string(data))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return &ocfScript{
		path: found[i], kind: kind, provider: filepath.Base(filepath.Dir(found[i])), instance: instance,
		raw: append(vars, "OCF_RES_NAME="+instance), statusAction: "monitor", dirs: r.cfg.Dirs,
	}, nil
}

// instanceVariables reads NAME=value lines with # comments and plain quotes.
func instanceVariables(text string) ([]string, error) {
	var out []string
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimPrefix(strings.TrimSpace(line), "export ")
		if line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok || !variable(name) {
			return nil, fmt.Errorf("line %d: %q is not NAME=value; a file that needs a shell needs the OCF script in resource.d", n, line)
		}
		if len(value) >= 2 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
			value = value[1 : len(value)-1]
		}
		if strings.ContainsAny(value, "$`\x00") {
			return nil, fmt.Errorf("line %d: the value of %s needs a shell; write it out, or put the OCF script into resource.d", n, name)
		}
		out = append(out, name+"="+value)
	}
	return out, nil
}

// variable says whether name can be the name of a shell variable.
func variable(name string) bool {
	for i, c := range name {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
