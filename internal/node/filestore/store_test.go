package filestore

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heartbeat/internal/propagate"
)

func newStore(t *testing.T) *Store {
	t.Helper()
	s := &Store{Etc: filepath.Join(t.TempDir(), "etc"), State: t.TempDir()}
	must(t, os.Mkdir(s.Etc, 0o755))
	write(t, s, "ha.cf", "old ha.cf\n", 0o640)
	write(t, s, "authkeys", "old authkeys\n", 0o600)
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, s *Store, name, text string, mode os.FileMode) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(s.Etc, name), []byte(text), mode))
	must(t, os.Chmod(filepath.Join(s.Etc, name), mode))
}

// change is a record that replaces ha.cf and authkeys and brings haresources.
func change(t *testing.T, s *Store) Record {
	t.Helper()
	now, err := s.Current(propagate.Names())
	must(t, err)
	return Record{From: "n1", By: "a test", Old: now, New: propagate.Set{
		{Name: "ha.cf", Data: []byte("new ha.cf\n")}, {Name: "authkeys", Data: []byte("new authkeys\n")}, {Name: "haresources", Data: []byte("new haresources\n")}}}
}

// is says which of two sets the files are; "" when they are neither.
func (r Record) is(t *testing.T, s *Store) string {
	t.Helper()
	now, err := s.Current(propagate.Names())
	must(t, err)
	same := func(set propagate.Set) bool {
		for i, f := range now {
			if !f.Same(set[i]) {
				return false
			}
		}
		return true
	}
	switch {
	case same(r.Old):
		return "old"
	case same(r.New):
		return "new"
	}
	return ""
}

// clean checks that nothing but the files is in the directory.
func clean(t *testing.T, s *Store) {
	t.Helper()
	list, err := os.ReadDir(s.Etc)
	must(t, err)
	for _, e := range list {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestFilesChangeTogetherAndBack(t *testing.T) {
	s := newStore(t)
	r := change(t, s)
	if last, err := s.Last(); err != nil || last != nil {
		t.Errorf("%+v %v", last, err)
	}
	must(t, s.Install(r))
	if got := r.is(t, s); got != "new" {
		t.Fatalf("the files are %q", got)
	}
	for name, want := range map[string]os.FileMode{"ha.cf": 0o640, "authkeys": 0o600, "haresources": 0o644} {
		info, err := os.Stat(filepath.Join(s.Etc, name))
		must(t, err)
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
	info, err := os.Stat(filepath.Join(s.State, lastName))
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the record, which holds keys, has mode %v", info.Mode())
	}
	for _, want := range []string{"old", "new", "old"} {
		last, err := s.Last()
		must(t, err)
		must(t, s.Install(last.Undone()))
		if got := r.is(t, s); got != want {
			t.Fatalf("after an undo the files are %q, want %q", got, want)
		}
	}
	if s.Pending() {
		t.Error("a change is still under way")
	}
	clean(t, s)
}

// The power goes at every moment of a change; the next start finds all old or all new files.
func TestPowerCutLeavesOldOrNewWhole(t *testing.T) {
	seen := map[string]int{}
	for at := 0; ; at++ {
		s := newStore(t)
		r := change(t, s)
		passed := 0
		s.interrupt = func(string) error {
			if passed++; passed > at {
				return errCut
			}
			return nil
		}
		err := s.Install(r)
		if err == nil {
			break
		}
		if !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		s.interrupt = nil
		finished, err := s.Recover()
		must(t, err)
		got := r.is(t, s)
		if got == "" || (got == "new") != (finished != nil) {
			t.Errorf("cut %d: the files are %q, finished %v", at, got, finished != nil)
		}
		seen[got]++
		if again, err := s.Recover(); again != nil || err != nil {
			t.Errorf("cut %d: a second start finds %v %v", at, again, err)
		}
		if last, err := s.Last(); err != nil || (last != nil) != (got == "new") {
			t.Errorf("cut %d: what can be undone: %v %v", at, last, err)
		}
		clean(t, s)
	}
	if seen["old"] == 0 || seen["new"] < 3 {
		t.Errorf("the cuts were too few: %v", seen)
	}
}

func TestFailureInTheMiddleBringsTheOldFilesBack(t *testing.T) {
	s := newStore(t)
	r := change(t, s)
	broken, passed := errors.New("the disk is full"), 0
	s.interrupt = func(string) error {
		if passed++; passed == 3 {
			return broken
		}
		return nil
	}
	if err := s.Install(r); !errors.Is(err, broken) {
		t.Fatalf("%v", err)
	}
	if got := r.is(t, s); got != "old" {
		t.Errorf("the files are %q", got)
	}
	if s.Pending() {
		t.Error("the change is still under way")
	}
	clean(t, s)
}

func TestWhatWasChangedByHandAfterAPowerCutStays(t *testing.T) {
	s := newStore(t)
	r := change(t, s)
	s.interrupt = func(at string) error {
		if at == "activated" {
			return errCut
		}
		return nil
	}
	if err := s.Install(r); !errors.Is(err, errCut) {
		t.Fatal(err)
	}
	s.interrupt = nil
	write(t, s, "authkeys", "by hand\n", 0o600)
	if done, err := s.Recover(); done != nil || err == nil || !strings.Contains(err.Error(), "authkeys was changed by hand") {
		t.Errorf("%v %v", done, err)
	}
	now, err := s.Current([]string{"authkeys"})
	must(t, err)
	if string(now[0].Data) != "by hand\n" {
		t.Errorf("authkeys is %q", now[0].Data)
	}
	if done, err := s.Recover(); done != nil || err != nil {
		t.Errorf("the next start: %v %v", done, err)
	}
}

func TestDamagedRecordsAreNotBelieved(t *testing.T) {
	s := newStore(t)
	must(t, s.Install(change(t, s)))
	path := filepath.Join(s.State, lastName)
	good, err := os.ReadFile(path)
	must(t, err)
	for _, bad := range [][]byte{nil, []byte("sha256 "), good[:len(good)-1], append(append([]byte{}, good...), 'x')} {
		must(t, os.WriteFile(path, bad, 0o600))
		if _, err := s.Last(); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

func TestSymbolicLinksStay(t *testing.T) {
	s := newStore(t)
	real := filepath.Join(t.TempDir(), "the-ha.cf")
	must(t, os.Rename(filepath.Join(s.Etc, "ha.cf"), real))
	must(t, os.Symlink(real, filepath.Join(s.Etc, "ha.cf")))
	must(t, s.Install(change(t, s)))
	if data, err := os.ReadFile(real); err != nil || string(data) != "new ha.cf\n" {
		t.Errorf("%q %v", data, err)
	}
	if to, err := os.Readlink(filepath.Join(s.Etc, "ha.cf")); err != nil || to != real {
		t.Errorf("the link is gone: %q %v", to, err)
	}
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"from":"n1","old":[{"name":"ha.cf","absent":true}],"new":[{"name":"ha.cf","data":"eA=="}]}`))
	f.Add([]byte(`{"old":[{"name":"../passwd"}],"new":[{"name":"../passwd"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		sum := sha256.Sum256(body)
		r, err := parseRecord(append([]byte(digestMark+hex.EncodeToString(sum[:])+"\n"), body...))
		if err != nil {
			return
		}
		for i, file := range r.New {
			if !slices.Contains(propagate.Names(), file.Name) || r.Old[i].Name != file.Name {
				t.Errorf("%+v", r)
			}
		}
	})
}
