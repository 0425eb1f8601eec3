package node

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"heartbeat/internal/realtime"
	"heartbeat/internal/wire"
)

// scriptsQueued is how many messages may wait for their event scripts.
const scriptsQueued = 256

// scriptLimit ends an event script that does not end by itself, so that it cannot hold up the others for ever.
const scriptLimit = 5 * time.Minute

// eventScripts runs the scripts of <etc>/rc.d, one at a time: for a message of type T the file T, through
// <etc>/harc where that exists (resources spec, section 3.9).
type eventScripts struct {
	etc     string
	env     []string // what every script gets
	log     *slog.Logger
	queue   chan *wire.Message
	dropped atomic.Uint64
	known   map[string]bool // names in rc.d at the start
}

// builtIn are the message types that C answers with scripts and we answer ourselves. The scripts that
// C's packages put there would do the work a second time; an administrator's own are run.
var builtIn = []string{"status", "ip-request", "ip-request-resp", "hb_takeover", "ask_resources"}

// programsOfC tell C's own event scripts from an administrator's.
var programsOfC = []string{"mach_down", "req_resource", "ResourceManager", "hb_standby", "ha_propagate", "hb_setsite"}

func newEventScripts(etc string, env []string, log *slog.Logger) *eventScripts {
	s := &eventScripts{etc: etc, env: env, log: log, queue: make(chan *wire.Message, scriptsQueued), known: map[string]bool{}}
	entries, _ := os.ReadDir(filepath.Join(etc, "rc.d")) // no directory, no scripts
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") || e.IsDir() || (slices.Contains(builtIn, name) && s.isOfC(name)) {
			continue
		}
		s.known[name] = true
	}
	return s
}

func (s *eventScripts) isOfC(name string) bool {
	b, err := os.ReadFile(filepath.Join(s.etc, "rc.d", name))
	return err != nil || slices.ContainsFunc(programsOfC, func(p string) bool { return bytes.Contains(b, []byte(p)) })
}

// offer queues a message whose type has a script. It never blocks.
func (s *eventScripts) offer(m *wire.Message) {
	if !s.known[m.Kind()] {
		return
	}
	select {
	case s.queue <- m:
	default:
		s.dropped.Add(1)
	}
}

// run works the queue off until ctx is done.
func (s *eventScripts) run(ctx context.Context) {
	for {
		select {
		case m := <-s.queue:
			s.one(ctx, m)
		case <-ctx.Done():
			return
		}
	}
}

func (s *eventScripts) one(ctx context.Context, m *wire.Message) {
	kind := m.Kind()
	script := filepath.Join(s.etc, "rc.d", kind)
	ctx, cancel := context.WithTimeout(ctx, scriptLimit)
	defer cancel()
	argv := []string{script, kind}
	if harc := filepath.Join(s.etc, "harc"); executable(harc) {
		argv = []string{harc, kind}
	} else if !executable(script) {
		s.log.Error(script + ": not executable; run chmod +x " + script)
		return
	}
	s.log.Info(fmt.Sprintf("Running %s %s", script, kind))
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(slices.Clone(s.env), messageVars(m)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second // a grandchild may keep the pipe
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := realtime.Start(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	if text := strings.TrimSpace(string(out.Bytes()[max(0, out.Len()-4096):])); text != "" {
		s.log.Info(script + ": " + text)
	}
	if err != nil {
		s.log.Error(fmt.Sprintf("%s: %v", script, err))
	}
}

// messageVars gives a script every string field of its message as HA_<field>.
func messageVars(m *wire.Message) []string {
	var vars []string
	for _, f := range m.Fields {
		if f.Type == wire.String && isVarName(f.Name) && !strings.ContainsRune(f.Value, 0) {
			vars = append(vars, "HA_"+f.Name+"="+f.Value)
		}
	}
	return vars
}

// isVarName keeps names away that a shell cannot read, and that could carry something else.
func isVarName(s string) bool {
	for _, c := range s {
		if !(c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z') {
			return false
		}
	}
	return s != ""
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
