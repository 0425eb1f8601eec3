// Package testenv says what a test needs from the machine. A test that cannot
// have it is left out loudly, with the way to have it; where HEARTBEAT_TEST_STRICT=1
// is set (continuous integration), leaving out is a failure.
package testenv

import (
	"os"
	"os/exec"
	"testing"
)

// Need skips the test unless ok. What names the missing thing, how is the way to have it.
func Need(t testing.TB, what string, ok bool, how string) {
	t.Helper()
	if ok {
		return
	}
	if Strict() {
		t.Fatalf("this test needs %s, and nothing may be left out here; to have it: %s", what, how)
	}
	t.Skipf("LEFT OUT: this test needs %s; to have it: %s", what, how)
}

// Strict says whether a left-out test is a failure.
func Strict() bool { return os.Getenv("HEARTBEAT_TEST_STRICT") == "1" }

// NeedRoot leaves the test out unless it runs as root.
func NeedRoot(t testing.TB) {
	t.Helper()
	Need(t, "root", os.Geteuid() == 0, "run make test as root")
}

// NeedProgram leaves the test out unless the program is in the PATH or at the given path; pkg is the Debian package that brings it.
func NeedProgram(t testing.TB, program, pkg string) {
	t.Helper()
	_, err := exec.LookPath(program)
	Need(t, program, err == nil, "apt-get install "+pkg)
}
