package deliver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"heartbeat/internal/alert"
	"heartbeat/internal/realtime"
)

const (
	// keepOutput is how much of the end of a program's output is kept, in bytes.
	keepOutput = 4096
	// killAfter is the time between TERM and KILL for a program that ran into its limit.
	killAfter = 2 * time.Second
	// tryAgain is the exit code of a program that asks to be run again later (EX_TEMPFAIL).
	tryAgain = 75
)

// program runs the program of an exec line: the message in its environment and, for people, on its standard input.
func (d *Sender) program(ctx context.Context, c alert.Channel, m alert.Message) alert.Result {
	return d.run(ctx, call{argv: []string{c.Target, m.State}, env: append(baseEnv(), variables(m)...), stdin: []byte(m.Headline() + "\n\n" + m.Body())})
}

func baseEnv() []string {
	return []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "HOME=/"}
}

// variables are what a program finds in its environment; docs/alerts.md explains them.
func variables(m alert.Message) []string {
	v := []string{
		"HB_ALERT_SCHEMA=" + strconv.Itoa(m.Schema), "HB_ALERT_ID=" + m.ID, "HB_ALERT_INCIDENT=" + m.Incident, "HB_ALERT_STATE=" + m.State,
		"HB_ALERT_LEVEL=" + m.Level, "HB_ALERT_CLUSTER=" + m.Cluster, "HB_ALERT_NODE=" + m.Node, "HB_ALERT_EVENT=" + m.Event,
		"HB_ALERT_SUBJECT=" + m.Subject, "HB_ALERT_AT=" + m.At.Format(time.RFC3339), "HB_ALERT_SINCE=" + m.Since.Format(time.RFC3339),
		"HB_ALERT_COUNT=" + strconv.Itoa(m.Count), "HB_ALERT_HEADLINE=" + m.Headline(), "HB_ALERT_ACTION=" + m.Action,
	}
	for i := range v {
		v[i] = strings.ReplaceAll(v[i], "\x00", "")
	}
	return v
}

// call is one run of a program.
type call struct {
	argv  []string
	env   []string
	stdin []byte
}

// run starts the program and waits for it, at most until ctx is done; then its whole process group is ended.
func (d *Sender) run(ctx context.Context, p call) alert.Result {
	if err := executable(p.argv[0]); err != nil {
		return failed(err.Error())
	}
	out := &tail{}
	cmd := exec.CommandContext(ctx, p.argv[0], p.argv[1:]...)
	cmd.Env, cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = p.env, "/", bytes.NewReader(p.stdin), out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = killAfter
	err := realtime.Start(cmd)
	if err == nil {
		err = cmd.Wait()
		if ctx.Err() != nil {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what it left behind
		}
	}
	r := alert.Result{OK: err == nil, Text: p.argv[0] + " ended with exit code 0", Output: clean(out.String())}
	if cmd.ProcessState != nil {
		r.Code = cmd.ProcessState.ExitCode()
	}
	ended, exited := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		r.Text = p.argv[0] + " ran into its time limit and was killed"
		r.Permanent = true
	case errors.Is(err, exec.ErrWaitDelay): // it ended well and left somebody behind with its output
		r.OK = true
	case exited && r.Code == tryAgain:
		r.Text = fmt.Sprintf("%s asks to be run again later (exit code %d)", p.argv[0], tryAgain)
	case exited:
		r.Text = fmt.Sprintf("%s failed: %v", p.argv[0], ended)
		r.Permanent = true
	default:
		r.Text = fmt.Sprintf("%s cannot be run: %v", p.argv[0], err)
	}
	return r
}

// executable says why a file cannot be run, with the mend.
func executable(file string) error {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%s does not exist", file)
	case err != nil:
		return fmt.Errorf("%s: %w", file, err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file", file)
	case info.Mode()&0o111 == 0:
		return fmt.Errorf("%s is not executable; run chmod +x %s", filepath.Base(file), file)
	}
	return nil
}

// tail keeps the end of what is written.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if len(t.b) > 2*keepOutput {
		t.b = append(t.b[:0], t.b[len(t.b)-keepOutput:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.b[max(0, len(t.b)-keepOutput):]) }

// clean makes foreign text fit for logs and JSON.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return strings.TrimSpace(s)
}

func failed(text string) alert.Result { return alert.Result{Text: text} }
