package agent

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"heartbeat/internal/program"
)

// systemdUnit is a service unit, run by systemctl.
type systemdUnit struct {
	unit      string
	systemctl string // empty: looked up in the PATH
}

func (s *systemdUnit) Class() string { return "systemd" }
func (s *systemdUnit) Path() string  { return s.unit }

// findUnit looks for NAME.service in the unit directories. systemd:NAME says that a unit is meant; it may be of any
// type and an instance of a template.
func (r *Resolver) findUnit(name string) (string, bool) {
	name, _ = strings.CutPrefix(name, "systemd:")
	if !plainName(name) {
		return "", false
	}
	if !hasUnitType(name) {
		name += ".service"
	}
	files := []string{name}
	if base, rest, ok := strings.Cut(name, "@"); ok {
		files = append(files, base+"@"+filepath.Ext(rest))
	}
	for _, dir := range r.cfg.Dirs.SystemD {
		for _, file := range files {
			if _, err := os.Stat(filepath.Join(dir, file)); err == nil {
				return name, true
			}
		}
	}
	return "", false
}

func hasUnitType(name string) bool {
	switch filepath.Ext(name) {
	case ".service", ".socket", ".mount", ".automount", ".timer", ".path", ".target", ".swap":
		return true
	}
	return false
}

func (s *systemdUnit) Run(ctx context.Context, op Op, env Env) Result {
	path := s.systemctl
	if path == "" {
		var err error
		if path, err = exec.LookPath("systemctl"); err != nil {
			return Result{Op: op, Code: ocfInstalled, Output: fmt.Sprintf("cannot %s %s: %v; install systemd or give the resource a script", op, s.unit, err)}
		}
	}
	verb := string(op)
	if op == Status {
		verb = "is-active"
	}
	res := execute(ctx, op, program.Call{Argv: []string{path, verb, "--", s.unit}, Env: Environ(env, Dirs{}), Dir: env.State})
	if op == Status && res.Code >= 0 {
		// A unit on its way up or down is not stopped; a stop must still be asked for.
		switch word, _, _ := strings.Cut(res.stdout, "\n"); word {
		case "active", "reloading", "activating", "deactivating":
			res.OK = true
		default:
			res.OK = false
		}
	}
	return res.Result
}
