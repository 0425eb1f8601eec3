package applet

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"

	"heartbeat/internal/realtime"
)

// masked stands in a report where a secret was.
const masked = "(secret removed)"

// A masker takes secrets out of texts.
type masker struct{ secrets []string }

// learn reads the secrets of an authkeys file, also from lines that it would refuse: they may be of another day.
func (m *masker) learn(authkeys []byte) {
	for line := range strings.SplitSeq(string(authkeys), "\n") {
		f := strings.Fields(strings.TrimLeft(line, "# \t"))
		if len(f) < 3 || f[0] == "auth" {
			continue
		}
		secret := strings.Join(f[2:], " ")
		if len(secret) >= 4 { // less would take half of every text away, and protects nothing
			m.secrets = append(m.secrets, secret)
		}
	}
}

var passwords = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)((?:password|passwd|passwort|secret|token|community)["']?\s*[=:]\s*["']?)([^\s"',;&]+)`)
})

func (m *masker) clean(data []byte) []byte {
	for _, s := range m.secrets {
		data = bytes.ReplaceAll(data, []byte(s), []byte(masked))
	}
	return passwords().ReplaceAll(data, []byte("${1}"+masked))
}

// machine asks the machine for what surrounds the cluster. Programs that are not there are left out.
func (r *reporter) machine() {
	for _, q := range []struct {
		name string
		argv []string
	}{
		{"machine/addresses.txt", []string{"ip", "-d", "address"}},
		{"machine/routes.txt", []string{"ip", "route", "show", "table", "all"}},
		{"machine/neighbours.txt", []string{"ip", "neighbour"}},
		{"machine/links.txt", []string{"ip", "-s", "link"}},
		{"machine/sockets.txt", []string{"ss", "-uanp"}},
		{"machine/processes.txt", []string{"ps", "-eo", "pid,ppid,user,cls,pri,stat,etime,comm"}},
		{"machine/unit.txt", []string{"systemctl", "status", "--no-pager", "heartbeat"}},
		{"machine/uname.txt", []string{"uname", "-a"}},
	} {
		if out, err := output(r.ctx, q.argv); err == nil || len(out) > 0 {
			r.add(q.name, out)
		}
	}
	for _, path := range []string{"/etc/os-release", "/proc/version", "/proc/loadavg", "/proc/meminfo", "/proc/uptime", "/proc/net/dev", "/proc/mounts"} {
		r.take("machine"+path, path, 1<<20)
	}
	r.add("version.txt", []byte("heartbeat "+r.Version+"\n"))
}

// output runs a program for at most ten seconds and returns what it printed.
func output(ctx context.Context, argv []string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &out, time.Second
	if err := realtime.Start(cmd); err != nil {
		return nil, err
	}
	err := cmd.Wait()
	return out.Bytes(), err
}

// tailOf reads the last bytes of a file, from the beginning of a line.
func tailOf(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	cut := false
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > limit {
		if _, err := f.Seek(-limit, io.SeekEnd); err != nil {
			return nil, err
		}
		cut = true
	}
	data, err := io.ReadAll(io.LimitReader(f, limit))
	if i := bytes.IndexByte(data, '\n'); cut && i >= 0 {
		data = data[i+1:]
	}
	return data, err
}
