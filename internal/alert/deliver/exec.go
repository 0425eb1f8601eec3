package deliver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/alert"
	"heartbeat/internal/program"
)

// tryAgain is the exit code of a program that asks to be run again later (EX_TEMPFAIL).
const tryAgain = 75

// exec runs the program of an exec line: the message in its environment and, for people, on its standard input.
func (d *Sender) exec(ctx context.Context, c alert.Channel, m alert.Message) alert.Result {
	return d.run(ctx, program.Call{Argv: []string{c.Target, m.State}, Env: append(baseEnv(), variables(m)...), Stdin: m.Headline() + "\n\n" + m.Body()})
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

// run starts the program and waits for it, at most until ctx is done; then its whole process group is ended.
func (d *Sender) run(ctx context.Context, call program.Call) alert.Result {
	if err := executable(call.Argv[0]); err != nil {
		return failed(err.Error())
	}
	ended := program.Run(ctx, call)
	r := alert.Result{OK: ended.Err == nil, Code: ended.Code, Text: call.Argv[0] + " ended with exit code 0", Output: program.Join(ended.Stdout, ended.Stderr)}
	exit, exited := errors.AsType[*exec.ExitError](ended.Err)
	_, interrupted := errors.AsType[*program.InterruptedError](ended.Err)
	switch {
	case r.OK:
	case interrupted:
		r.Text = call.Argv[0] + " ran into its time limit and was killed"
		r.Permanent = true
	case exited && r.Code == tryAgain:
		r.Text = fmt.Sprintf("%s asks to be run again later (exit code %d)", call.Argv[0], tryAgain)
	case exited:
		r.Text = fmt.Sprintf("%s failed: %v", call.Argv[0], exit)
		r.Permanent = true
	default:
		r.Code, r.Text = 0, fmt.Sprintf("%s cannot be run: %v", call.Argv[0], ended.Err)
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

func failed(text string) alert.Result { return alert.Result{Text: text} }
