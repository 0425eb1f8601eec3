package applet

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/fsutil"
)

// A reportFile is one file of the report.
type reportFile struct {
	name string
	data []byte
}

// A reporter collects what a human or a supporter needs, without secrets.
type reporter struct {
	*call
	files   []reportFile
	missing []string
	mask    masker
}

func reportCommand(c *call) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "report", Short: "one file with everything about this cluster that helps to understand it",
		Long: `Packs what a colleague or a supporter asks for into one file: the configuration, the status with what this node knows of every other one,
the timeline, the ends of the logs, addresses, routes, versions and the load of this machine. Run it on every node: each knows its own part best.

Keys and passwords are taken out: the secrets of authkeys wherever they occur, what follows type and hosts in stonith lines,
and words after password=, passwd=, secret= or token=. Look into the file before you give it away all the same. It works while heartbeat is stopped, too.

Exit codes: 0 the file is written, 1 it could not be written.`,
		Example: "  heartbeat report\n  heartbeat report -o /tmp/cluster.tar.gz",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			r := &reporter{call: c}
			return r.run(out)
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "the `file` to write (default heartbeat-report-NODE-TIME.tar.gz here)")
	return cmd
}

func (r *reporter) run(out string) error {
	now := time.Now()
	name := r.Node
	if name == "" {
		name = hostname()
	}
	base := fmt.Sprintf("heartbeat-report-%s-%s", name, now.Format("20060102-150405"))
	if out == "" {
		out = base + ".tar.gz"
	}
	steps := []struct {
		what string
		do   func()
	}{
		{"configuration", r.configuration}, {"status", r.status}, {"timeline", r.timeline},
		{"state directory", r.state}, {"logs", r.logs}, {"machine", r.machine},
	}
	for i, s := range steps {
		r.complain("%d of %d: %s\n", i+1, len(steps), s.what)
		s.do()
	}
	data, err := r.pack(base, now)
	if err != nil {
		return err
	}
	if err := fsutil.Replace(out, data, 0o600); err != nil {
		return err
	}
	r.printf("%s (%d files, %d kB); look into it before you give it away: tar tzf %s\n", out, len(r.files), (len(data)+1023)/1024, out)
	return nil
}

// add takes a file into the report, without secrets.
func (r *reporter) add(name string, data []byte) {
	r.files = append(r.files, reportFile{name, r.mask.clean(data)})
}

func (r *reporter) miss(what string, err error) {
	r.missing = append(r.missing, what+": "+err.Error())
}

// take copies a file of this machine, or its end when it is longer than limit.
func (r *reporter) take(name, path string, limit int64) {
	data, err := tailOf(path, limit)
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			r.miss(path, err)
		}
		return
	}
	r.add(name, data)
}

// configuration collects the files of the configuration directory. It comes first: authkeys says what the secrets are.
func (r *reporter) configuration() {
	if data, err := os.ReadFile(filepath.Join(r.Etc, "authkeys")); err != nil {
		r.miss("authkeys (its keys cannot be masked elsewhere)", err)
	} else {
		r.mask.learn(data)
		r.add("etc/authkeys.masked", maskKeys(data))
	}
	for _, name := range []string{"ha.cf", "haresources", "nodeinfo"} {
		if data, err := os.ReadFile(filepath.Join(r.Etc, name)); err == nil {
			r.add("etc/"+name, maskStonith(data))
		} else if name != "nodeinfo" {
			r.miss(name, err)
		}
	}
	more, _ := filepath.Glob(filepath.Join(r.Etc, "ha.cf.d", "*.conf")) // sorted; the pattern is well formed
	for _, path := range more {
		if data, err := os.ReadFile(path); err == nil {
			r.add("etc/ha.cf.d/"+filepath.Base(path), maskStonith(data))
		}
	}
	r.take("etc/logd.cf", filepath.Join(filepath.Dir(filepath.Clean(r.Etc)), "logd.cf"), 1<<20)
	found, err := inspect(r.call, true)
	if err != nil {
		r.miss("check of the configuration", err)
		return
	}
	var b strings.Builder
	for _, p := range found.List {
		fmt.Fprintf(&b, "%s\n", p.String())
	}
	r.add("check.txt", []byte(b.String()))
}

func (r *reporter) status() {
	ctx, cancel := r.soon()
	defer cancel()
	s, err := r.client().Status(ctx)
	if err != nil {
		r.miss("status", err)
		return
	}
	data, err := json.MarshalIndent(s, "", " ")
	if err == nil {
		r.add("status.json", data)
	}
	r.add("status.txt", []byte(renderStatus(s, palette{})))
	events, err := r.client().Events(ctx, 0, 0)
	if err != nil {
		return
	}
	for i, g := range s.Groups {
		r.add(fmt.Sprintf("why/%d.txt", i+1), []byte(renderWhy(whyOf(s, g, events), s, palette{})))
	}
}

func (r *reporter) timeline() {
	ctx, cancel := r.soon()
	defer cancel()
	list, err := r.client().Events(ctx, 0, 0)
	if err != nil {
		if list, _, err = r.journal(err); err != nil {
			r.miss("timeline", err)
			return
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, x := range list {
		_ = e.Encode(x)
	}
	r.add("timeline.jsonl", b.Bytes())
}

// state collects what is kept between lives; none of it is secret.
func (r *reporter) state() {
	for _, name := range []string{"orders.json", "hostcache", "delhostcache", "hb_generation"} {
		r.take("state/"+name, filepath.Join(r.State, name), 1<<20)
	}
}

// logs collects the end of each log file that ha.cf names.
func (r *reporter) logs() {
	const most = 2 << 20 // bytes of each
	data, err := os.ReadFile(filepath.Join(r.Etc, "ha.cf"))
	if err != nil {
		return
	}
	paths := map[string]bool{"/var/log/ha-log": true, "/var/log/ha-debug": true}
	for line := range strings.SplitSeq(string(data), "\n") {
		if f := strings.Fields(line); len(f) == 2 && (f[0] == "logfile" || f[0] == "debugfile") {
			paths[f[1]] = true
		}
	}
	for _, path := range sortedKeys(paths) {
		r.take("logs"+filepath.Clean("/"+path), path, most)
	}
}

// pack writes the archive.
func (r *reporter) pack(base string, now time.Time) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "Report of heartbeat %s on %s, %s.\nSecrets are replaced by %q.\n\nFiles:\n", r.Version, hostname(), now.Format(time.RFC3339), masked)
	for _, f := range r.files {
		fmt.Fprintf(&b, "  %s (%d bytes)\n", f.name, len(f.data))
	}
	if len(r.missing) > 0 {
		b.WriteString("\nWhat could not be had:\n  " + strings.Join(r.missing, "\n  ") + "\n")
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	t := tar.NewWriter(z)
	for _, f := range append([]reportFile{{"README.txt", r.mask.clean([]byte(b.String()))}}, r.files...) {
		err := t.WriteHeader(&tar.Header{Name: base + "/" + f.name, Mode: 0o600, Size: int64(len(f.data)), ModTime: now, Format: tar.FormatPAX})
		if err == nil {
			_, err = t.Write(f.data)
		}
		if err != nil {
			return nil, fmt.Errorf("packing %s: %w", f.name, err)
		}
	}
	err := errors.Join(t.Close(), z.Close())
	return out.Bytes(), err
}

// maskKeys keeps the shape of authkeys.
func maskKeys(data []byte) []byte {
	var b strings.Builder
	for line := range strings.SplitSeq(string(data), "\n") {
		f := strings.Fields(line)
		if len(f) >= 3 && f[0] != "auth" && !strings.HasPrefix(f[0], "#") {
			line = f[0] + " " + f[1] + " " + masked
		}
		b.WriteString(line + "\n")
	}
	return []byte(b.String())
}

// maskStonith takes the parameters of fencing devices out, which often are passwords.
func maskStonith(data []byte) []byte {
	var b strings.Builder
	for line := range strings.SplitSeq(string(data), "\n") {
		f := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "#!hb"))
		keep := 0
		if len(f) > 0 {
			keep = map[string]int{"stonith": 2, "stonith_host": 3}[f[0]]
		}
		if keep > 0 && len(f) > keep {
			line = strings.Join(f[:keep], " ") + " " + masked
		}
		b.WriteString(line + "\n")
	}
	return []byte(b.String())
}
