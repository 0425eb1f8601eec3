package applet

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAReportHasNoSecretInIt(t *testing.T) {
	dir := t.TempDir()
	const key, old, pass = "n0body-kn0ws", "the-key-of-yesterday", "hunter2"
	for name, text := range map[string]string{
		"etc/authkeys":       "auth 1\n1 sha1 " + key + "\n#2 md5 " + old + "\n",
		"etc/ha.cf":          "node node1\nlogfile " + dir + "/ha-log\nstonith_host * external/ipmi node1 10.0.0.9 admin " + pass + " lan\n#!hb stonith_host * external/ipmi node2 10.0.0.8 admin " + pass + "\n",
		"etc/haresources":    "node1 10.0.0.1\n",
		"etc/ha.cf.d/a.conf": "stonith external/ipmi /etc/ipmi-" + pass + "\n",
		"ha-log":             "it was " + key + " all the time\npassword=" + pass + "\n",
		"state/orders.json":  "[]\n",
		"state/events.jsonl": `{"id":1,"node":"node1","event":"x","level":"info","text":"token: ` + pass + ` and ` + old + `"}` + "\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	getenv := func(name string) string {
		return map[string]string{"HA_ETC": dir + "/etc", "HA_STATE": dir + "/state", "HA_RUN": dir + "/run", "HA_NODE": "node1"}[name]
	}
	code := Main(t.Context(), Env{Args: []string{"heartbeat", "report", "-o", dir + "/r.tar.gz"}, Stdout: &out, Stderr: &errs, Getenv: getenv, Version: "1.2.3"})
	if code != 0 || !strings.Contains(errs.String(), "6 of 6") {
		t.Fatalf("%d %s %s", code, out.String(), errs.String())
	}
	if info, err := os.Stat(dir + "/r.tar.gz"); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	files := untar(t, dir+"/r.tar.gz")
	for name, text := range files {
		for _, secret := range []string{key, old, pass} {
			if strings.Contains(text, secret) {
				t.Errorf("%s has %q in it", name, secret)
			}
		}
	}
	for name, part := range map[string]string{
		"etc/authkeys.masked": "1 sha1 " + masked, "etc/ha.cf": "stonith_host * external/ipmi " + masked, "etc/haresources": "10.0.0.1",
		"logs" + dir + "/ha-log": "it was " + masked, "timeline.jsonl": masked, "version.txt": "1.2.3", "README.txt": "heartbeat is not running",
		"machine/proc/loadavg": "/",
	} {
		if !strings.Contains(files[name], part) {
			t.Errorf("%s: %q does not have %q", name, files[name], part)
		}
	}
}

// untar returns the files of a report by name, without the directory above all.
func untar(t *testing.T, path string) map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		_, name, _ := strings.Cut(h.Name, "/")
		files[name] = string(data)
	}
}
