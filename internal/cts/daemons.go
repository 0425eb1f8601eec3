package cts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"heartbeat/internal/cts/drive"
	"heartbeat/internal/cts/scenario"
	"heartbeat/internal/lab"
	"heartbeat/internal/pause"
)

// maker says who wrote the daemon of a node.
type maker string

const (
	byGo maker = "Go"
	byC  maker = "C"
)

// makers says who wrote which daemon of a scenario in a pairing.
func makers(s *scenario.Scenario, p scenario.Pairing) map[string]maker {
	out := map[string]maker{drive.R1: byGo, drive.R2: byGo, drive.R3: byGo}
	peer := map[string]string{drive.R1: drive.R2, drive.R2: drive.R1}
	switch p {
	case scenario.GC:
		out[peer[s.Fault]] = byC
	case scenario.CG:
		out[s.Fault] = byC
	}
	return out
}

// daemons start, stop and ask the daemons of both makes, with the machines' own programs.
type daemons struct {
	drive.Driver
	made   map[string]maker
	frozen *frozen
}

// frozen are the roles whose processes are stopped: nobody there answers, so they are not asked.
type frozen struct {
	mu   sync.Mutex
	list map[string]bool
}

func (f *frozen) set(role string, is bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list[role] = is
}

func (f *frozen) is(role string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.list[role]
}

// shell runs a shell text on a machine.
func (d daemons) shell(ctx context.Context, role, text string) (string, int, error) {
	return d.Run(ctx, role, "sh", "-c", text)
}

// start starts heartbeat. For a node that cannot start it returns the exit code; it does not wait for a Go node to take part.
func (d daemons) start(ctx context.Context, role string) (string, int, error) {
	if d.made[role] == byC {
		if _, code, err := d.shell(ctx, role, "rm -f "+lab.ClassicStarted); err != nil || code != 0 {
			return "", code, err
		}
		if err := d.Spawn(ctx, role, lab.ClassicStart); err != nil {
			return "", -1, err
		}
		return d.awaitFile(ctx, role, lab.ClassicStarted)
	}
	// The guard's number is noted: a kill has to meet it as well. How it ends, if it ends, is noted too.
	if _, code, err := d.shell(ctx, role, "rm -f "+guardPID+" "+outLog+".rc; cp "+outLog+" "+outLog+".before 2>/dev/null; : >"+outLog); err != nil || code != 0 {
		return "", code, err
	}
	text := fmt.Sprintf("(setsid sh -c 'echo $$ >%[1]s; exec %[3]s run' >>%[2]s 2>&1 </dev/null; echo $? >%[2]s.rc.new; mv %[2]s.rc.new %[2]s.rc) &",
		guardPID, outLog, d.Binary())
	if err := d.Spawn(ctx, role, text); err != nil {
		return "", -1, err
	}
	for {
		if _, err := d.Status(ctx, role); err == nil {
			return "", 0, nil
		}
		if rc, err := d.Read(ctx, role, outLog+".rc"); err == nil && len(rc) > 0 {
			out, _ := d.Read(ctx, role, outLog)
			code := 0
			_, err := fmt.Sscan(string(rc), &code)
			return string(out), code, err
		}
		if err := pause.For(ctx, 10*time.Millisecond); err != nil {
			return "", -1, fmt.Errorf("heartbeat on %s does not answer: %w", role, err)
		}
	}
}

// awaitFile waits for a file with an exit code.
func (d daemons) awaitFile(ctx context.Context, role, path string) (string, int, error) {
	for {
		data, err := d.Read(ctx, role, path)
		if err == nil && strings.HasSuffix(string(data), "\n") {
			code := 0
			_, err := fmt.Sscan(string(data), &code)
			out, _ := d.Read(ctx, role, "/var/log/c.out")
			return string(out), code, err
		}
		if err := pause.For(ctx, 20*time.Millisecond); err != nil {
			return "", -1, fmt.Errorf("%s on %s does not come: %w", path, role, err)
		}
	}
}

// stop stops heartbeat gracefully and returns when it is gone.
func (d daemons) stop(ctx context.Context, role string) (string, int, error) {
	if d.made[role] == byC {
		return d.Run(ctx, role, lab.ClassicDaemon, "-k")
	}
	return d.Run(ctx, role, d.Binary(), "stop")
}

// reload lets a daemon read its files again.
func (d daemons) reload(ctx context.Context, role string) (string, int, error) {
	if d.made[role] == byC {
		return d.Run(ctx, role, lab.ClassicDaemon, "-r")
	}
	return d.Run(ctx, role, d.Binary(), "reload")
}

// cProcesses prints the numbers of the C daemon's processes, the master first.
const cProcesses = `for p in /proc/[0-9]*; do [ "$(readlink $p/exe)" = ` + lab.ClassicDaemon + ` ] && echo ${p#/proc/}; done | sort -n`

// kill ends a daemon with all that would start it again; the C daemon with its children.
func (d daemons) kill(ctx context.Context, role string) error {
	text := "[ -s " + guardPID + " ] && " + d.Binary() + " lab inside kill $(cat " + guardPID + ")"
	if d.made[role] == byC {
		text = "kill -9 $(" + cProcesses + ")"
	}
	out, code, err := d.shell(ctx, role, text)
	if err == nil && code != 0 {
		err = fmt.Errorf("heartbeat does not run on %s: %s", role, strings.TrimSpace(out))
	}
	return err
}

// killEngine ends the master process only.
func (d daemons) killEngine(ctx context.Context, role string) error {
	text := "kill -9 $(" + cProcesses + " | head -n 1)"
	if d.made[role] == byGo {
		pid, err := d.enginePID(ctx, role)
		if err != nil {
			return err
		}
		text = fmt.Sprintf("kill -9 %d", pid)
	}
	out, code, err := d.shell(ctx, role, text)
	if err == nil && code != 0 {
		err = fmt.Errorf("killing the master process on %s: %s", role, strings.TrimSpace(out))
	}
	return err
}

func (d daemons) enginePID(ctx context.Context, role string) (int, error) {
	data, err := d.Status(ctx, role)
	if err != nil {
		return 0, err
	}
	var st struct{ PID int }
	if err := json.Unmarshal(data, &st); err != nil || st.PID <= 1 {
		return 0, fmt.Errorf("status of %s names no process", role)
	}
	return st.PID, nil
}

// runs says whether the daemon of a node runs.
func (d daemons) runs(ctx context.Context, role string) bool {
	if !d.On(ctx, role) {
		return false
	}
	if d.made[role] == byC {
		out, code, err := d.shell(ctx, role, cProcesses)
		return err == nil && code == 0 && strings.TrimSpace(out) != ""
	}
	_, code, err := d.shell(ctx, role, "[ -s "+guardPID+" ] && kill -0 $(cat "+guardPID+")")
	return err == nil && code == 0
}

// rscStatus is the word of cl_status rscstatus; empty: nobody answers.
func (d daemons) rscStatus(ctx context.Context, role string) string {
	if d.made[role] == byGo {
		data, err := d.Status(ctx, role)
		var st struct{ Resources string }
		if err != nil || json.Unmarshal(data, &st) != nil {
			return ""
		}
		return st.Resources
	}
	return d.clStatus(ctx, role, "rscstatus")
}

// clStatus asks the C daemon with C's own program: one word, whose exit code is 1 for what is dead. It may hang beside a busy
// daemon, so it has a time limit.
func (d daemons) clStatus(ctx context.Context, role string, args ...string) string {
	out, code, err := d.Run(ctx, role, append([]string{"timeout", "-s", "KILL", "5", "/usr/bin/cl_status"}, args...)...)
	if word := strings.TrimSpace(out); err == nil && code <= 1 && !strings.ContainsAny(word, " \n") {
		return word
	}
	return ""
}

// tool runs a classic command of the node's own make.
func (d daemons) tool(ctx context.Context, role string, args []string) (string, int, error) {
	if d.made[role] == byGo {
		return d.Run(ctx, role, append([]string{d.Binary()}, args...)...)
	}
	// C's scripts hang for ever when nobody reads the FIFO.
	return d.Run(ctx, role, append([]string{"timeout", "-s", "KILL", "20", "/usr/share/heartbeat/" + args[0]}, args[1:]...)...)
}

// errWrong marks what a scenario expects and did not get, in contrast to machines that do not do what they are told.
var errWrong = errors.New("not as expected")
