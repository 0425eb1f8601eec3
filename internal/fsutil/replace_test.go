package fsutil

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"heartbeat/internal/testenv"
)

type replacer func(string, []byte, fs.FileMode) error

func each(t *testing.T, f func(t *testing.T, replace replacer)) {
	t.Run("durable", func(t *testing.T) { f(t, Replace) })
	t.Run("swap", func(t *testing.T) { f(t, Swap) })
}

// leftOver lists what stands in a directory.
func names(t *testing.T, dir string) string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

func TestFileHasNewContentAndMode(t *testing.T) {
	each(t, func(t *testing.T, replace replacer) {
		dir := t.TempDir()
		path := filepath.Join(dir, "file")
		for _, content := range []string{"old and long", "new"} {
			if err := replace(path, []byte(content), 0o640); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(path)
			info, _ := os.Stat(path)
			if string(got) != content || err != nil || info.Mode().Perm() != 0o640 {
				t.Errorf("%q, %v, mode %v", got, err, info.Mode())
			}
		}
		if got := names(t, dir); got != "file" {
			t.Errorf("the directory has %s", got)
		}
	})
}

func TestMissingDirectoryIsAnErrorWithTheMend(t *testing.T) {
	each(t, func(t *testing.T, replace replacer) {
		err := replace(filepath.Join(t.TempDir(), "no", "file"), nil, 0o600)
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "create the directory") {
			t.Error(err)
		}
	})
}

// inside is set for the part of a test that runs in a mount namespace of its own.
const inside = "HEARTBEAT_TEST_INSIDE"

func TestFullOrReadOnlyDiskKeepsTheOldContent(t *testing.T) {
	if os.Getenv(inside) != "1" {
		testenv.NeedRoot(t)
		cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.count=1")
		cmd.Env = append(os.Environ(), inside+"=1", "TMPDIR="+t.TempDir())
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("in the namespace: %v\n%s", err, out)
		}
		return
	}
	if err := syscall.Mount("", "/", "", syscall.MS_PRIVATE|syscall.MS_REC, ""); err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, replace replacer) {
		dir := t.TempDir()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
			t.Fatal(err)
		}
		defer syscall.Unmount(dir, syscall.MNT_DETACH)
		path := filepath.Join(dir, "file")
		if err := replace(path, []byte("good"), 0o600); err != nil {
			t.Fatal(err)
		}
		kept := func(when string) {
			if got, err := os.ReadFile(path); string(got) != "good" || names(t, dir) != "file" {
				t.Errorf("%s: %q, %v, and the directory has %s", when, got, err, names(t, dir))
			}
		}
		if err := replace(path, make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("full disk: %v", err)
		}
		kept("full disk")
		if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=64k"); err != nil {
			t.Fatal(err)
		}
		if err := replace(path, []byte("new"), 0o600); !errors.Is(err, syscall.EROFS) {
			t.Errorf("read-only disk: %v", err)
		}
		kept("read-only disk")
	})
}
