package filestore

import (
	"bufio"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"heartbeat/internal/propagate"
)

// childVariable names the directory in which this program, started again, changes files until it is killed.
const childVariable = "FILESTORE_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		os.Exit(changeForEver(dir))
	}
	os.Exit(m.Run())
}

// versionOf is all three files in one version.
func versionOf(n byte) propagate.Set {
	var out propagate.Set
	for _, name := range propagate.Names() {
		out = append(out, propagate.File{Name: name, Data: []byte(name + " in version " + string('0'+n) + "\n")})
	}
	return out
}

func changeForEver(dir string) int {
	s := &Store{Etc: dir + "/etc", State: dir + "/state"}
	for n := byte(0); ; n = (n + 1) % 10 {
		now, err := s.Current(propagate.Names())
		if err == nil {
			err = s.Install(Record{From: "n1", By: "a test", Old: now, New: versionOf(n)})
		}
		if err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			return 1
		}
		os.Stdout.WriteString("changed\n")
	}
}

// A process is killed again and again while it changes the files; what the next one finds after Recover is one version.
func TestKilledProcessLeavesOneVersion(t *testing.T) {
	dir := t.TempDir()
	s := &Store{Etc: dir + "/etc", State: dir + "/state"}
	must(t, os.Mkdir(s.Etc, 0o755))
	must(t, os.Mkdir(s.State, 0o755))
	self, err := os.Executable()
	must(t, err)
	r := rand.New(rand.NewPCG(1, 2))
	finished, torn := 0, 0
	for range 40 {
		c := exec.Command(self)
		c.Env = append(os.Environ(), childVariable+"="+dir)
		c.Stderr = os.Stderr
		out, err := c.StdoutPipe()
		must(t, err)
		must(t, c.Start())
		lines := bufio.NewScanner(out)
		if !lines.Scan() {
			t.Fatal("the program does not change anything")
		}
		go io.Copy(io.Discard, out)
		<-time.After(time.Duration(r.IntN(20000)) * time.Microsecond)
		must(t, c.Process.Kill())
		if c.Wait() == nil {
			t.Fatal("the program ended by itself")
		}
		if version(t, s) < 0 {
			torn++
		}
		done, err := s.Recover()
		must(t, err)
		if done != nil {
			finished++
		}
		if version(t, s) < 0 {
			now, _ := s.Current(propagate.Names())
			t.Fatalf("the files are of several versions: %+v", now)
		}
		clean(t, s)
	}
	t.Logf("%d of 40 kills came in the middle of a change, %d of them between two files", finished, torn)
}

// version is the version of all files; -1 when they are of several.
func version(t *testing.T, s *Store) int {
	t.Helper()
	now, err := s.Current(propagate.Names())
	must(t, err)
	for n := range byte(10) {
		if whole(now, versionOf(n)) {
			return int(n)
		}
	}
	return -1
}

func whole(a, b propagate.Set) bool {
	for i := range a {
		if !a[i].Same(b[i]) {
			return false
		}
	}
	return true
}
