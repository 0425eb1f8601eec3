package agent

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/program"
)

// An Action is one run of an agent as a cluster resource manager does it: any action, with parameters by name (crm spec, section 10.2).
type Action struct {
	Class, Provider, Type string   // class ocf, lsb, service (one of init.d) or heartbeat
	Instance              string   // name of the resource; empty: test
	Name                  string   // start, stop, monitor, promote, validate-all, ...
	Params                []string // NAME=value; NAME is a number where parameters go by place
	Env                   []string // NAME=value, after everything else
}

// A Done is how an action ended. The code is one of OCF agents whatever the class is.
type Done struct {
	Code           int
	Stdout, Stderr string // the end of what it printed, 64 KiB each
	Reason         string // what the agent gave as the reason of its code, or why it could not be run
	TimedOut       bool
	Unrun          bool // it could not be run at all
}

// keepOfActions is how much of the output of an action is kept, in bytes.
const keepOfActions = 64 << 10

// reasonPrefix begins the line in which an agent says why it failed; the last one counts.
const reasonPrefix = "ocf-exit-reason:"

// An unsupportedClass is one whose agents are not run by hand, in words that scripts know.
type unsupportedClass string

func (c unsupportedClass) Error() string {
	return "Manual execution of the " + string(c) + " standard is unsupported"
}

// Path is the file of the agent.
func (a Action) Path(dirs Dirs) (string, error) {
	if !plainName(a.Type) || a.Class == "ocf" && !plainName(a.Provider) {
		return "", fmt.Errorf("%s:%s:%s is no name of an agent", a.Class, a.Provider, a.Type)
	}
	var path string
	switch a.Class {
	case "ocf":
		path = filepath.Join(dirs.OCFRoot, "resource.d", a.Provider, a.Type)
	case classLSB, "service":
		path = filepath.Join(dirs.InitD, a.Type)
	case "heartbeat":
		path = filepath.Join(dirs.ResourceD, a.Type)
	default:
		return "", unsupportedClass(a.Class)
	}
	if !executable(path) {
		return "", fmt.Errorf("%w: %s is no executable file", ErrNoScript, path)
	}
	return path, nil
}

// Run runs the action until it ends or ctx is done. Its environment is that of base, NAME=value, less the language, and what its class has.
func (a Action) Run(ctx context.Context, dirs Dirs, base []string) Done {
	path, err := a.Path(dirs)
	switch {
	case errors.Is(err, ErrNoScript):
		return Done{Code: ocfInstalled, Reason: err.Error(), Unrun: true}
	case err != nil:
		return Done{Code: ocfUnimplemented, Reason: err.Error(), Unrun: true}
	}
	argv := []string{path, a.Name}
	if a.Class != "ocf" {
		argv = append([]string{path}, a.positional()...)
		argv = append(argv, a.classicName())
	}
	ended := program.Run(ctx, program.Call{Argv: argv, Env: mergeEnviron(base, append(a.environ(dirs), a.Env...)), Keep: keepOfActions})
	d := Done{Code: ended.Code, Stdout: ended.Stdout, Stderr: ended.Stderr, Reason: exitReason(ended.Stderr)}
	start, unstarted := errors.AsType[*program.StartError](ended.Err)
	switch {
	case unstarted:
		d.Code, d.Reason, d.Unrun = ocfInstalled, start.Error(), true
	case errors.Is(ended.Err, context.DeadlineExceeded):
		d.Code, d.TimedOut = ocfError, true
	case d.Code < 0: // a signal
		d.Code, d.Reason = ocfError, ended.Err.Error()
	default:
		d.Code = a.verdict(ended)
	}
	return d
}

// classicName is what scripts call the action: they have no monitor.
func (a Action) classicName() string {
	if a.Name == "monitor" {
		return string(Status)
	}
	return a.Name
}

// positional are the parameters of a script of resource.d, which have numbers for names. Init scripts have none.
func (a Action) positional() (out []string) {
	if a.Class != "heartbeat" {
		return nil
	}
	type placed struct {
		place int
		value string
	}
	var list []placed
	for _, p := range a.Params {
		name, value, _ := strings.Cut(p, "=")
		if n, err := strconv.Atoi(name); err == nil && n > 0 {
			list = append(list, placed{n, value})
		}
	}
	slices.SortStableFunc(list, func(a, b placed) int { return a.place - b.place })
	for _, p := range list {
		out = append(out, p.value)
	}
	return out
}

// environ are the variables that agents of the class know.
func (a Action) environ(dirs Dirs) []string {
	if a.Class != "ocf" {
		return nil
	}
	instance := a.Instance
	if instance == "" {
		instance = "test"
	}
	out := []string{
		"OCF_ROOT=" + dirs.OCFRoot, "OCF_RA_VERSION_MAJOR=1", "OCF_RA_VERSION_MINOR=1", "OCF_EXIT_REASON_PREFIX=" + reasonPrefix,
		"OCF_RESOURCE_INSTANCE=" + instance, "OCF_RESOURCE_TYPE=" + a.Type, "OCF_RESOURCE_PROVIDER=" + a.Provider,
	}
	for _, p := range a.Params {
		out = append(out, "OCF_RESKEY_"+p)
	}
	return out
}

// verdict is the code of OCF agents for that of a script.
func (a Action) verdict(ended program.Ended) int {
	asks := a.Name == "monitor" || a.Name == string(Status)
	switch {
	case a.Class == "ocf":
		return ended.Code
	case a.Class == "heartbeat" && asks:
		if statusVerdict(ended.Stdout, ended.Code) {
			return 0
		}
		return ocfNotRunning
	case asks: // codes of init scripts
		switch ended.Code {
		case 0:
			return 0
		case 1, 2, 3: // dead with a pid file, dead with a lock, stopped
			return ocfNotRunning
		case 5:
			return ocfInstalled
		}
		return ocfError
	case ended.Code > ocfNotRunning:
		return ocfError
	}
	return ended.Code
}

// exitReason is the last reason that an agent gave on its standard error.
func exitReason(stderr string) string {
	i := strings.LastIndex(stderr, reasonPrefix)
	if i < 0 {
		return ""
	}
	line, _, _ := strings.Cut(stderr[i+len(reasonPrefix):], "\n")
	return strings.TrimSpace(line)
}
