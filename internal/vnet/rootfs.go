package vnet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// private are the top-level directories a machine does not share with the host.
var private = []string{"proc", "sys", "dev", "run", "etc", "var", "tmp", "lab", "lost+found"}

// programs are the top-level directories without which a machine runs nothing.
var programs = []string{"usr", "bin", "sbin", "lib", "lib64", "lib32", "nix", "gnu"}

// HostDir shows the host's /etc and /var, read-only, inside a machine.
const HostDir = "/lab/host"

// buildRoot makes the machine's file system at root (an empty directory) and
// changes into it: the host's top-level directories read-only, the rest private.
func buildRoot(root string, m Machine) error {
	// What follows must not be seen outside; the switchboard's mounts are private already.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("separating the mounts: %w", err)
	}
	if err := unix.Mount("machine", root, "tmpfs", unix.MS_NOSUID, "mode=755"); err != nil {
		return fmt.Errorf("mounting the root: %w", err)
	}
	steps := []struct {
		what string
		do   func(string) error
	}{
		{"sharing the host's files", shareHost},
		{"/proc", mountProc},
		{"/sys", mountSys},
		{"/dev", makeDev},
		{"/etc", func(r string) error { return makeEtc(r, m) }},
		{"/var", makeVar},
		{"the program", func(r string) error { return bindProgram(r, m.Names) }},
		{"binds", func(r string) error { return bindAll(r, m.Binds) }},
		{"changing the root", enter},
	}
	for _, s := range steps {
		if err := s.do(root); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
	}
	return nil
}

// shareHost binds every directory at the top that is not private.
func shareHost(root string) error {
	entries, err := os.ReadDir("/")
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if slices.Contains(private, name) {
			continue
		}
		switch {
		case e.Type()&os.ModeSymlink != 0:
			target, err := os.Readlink("/" + name)
			if err == nil {
				err = os.Symlink(target, filepath.Join(root, name))
			}
			if err != nil {
				return err
			}
		case e.IsDir():
			err := bind(root, Bind{From: "/" + name, To: "/" + name, ReadOnly: true})
			if err != nil && slices.Contains(programs, name) {
				return err // elsewhere: a file system of another user, say, that even root may not enter
			}
		}
	}
	for _, d := range []string{"/etc", "/var"} {
		if err := bind(root, Bind{From: d, To: HostDir + d, ReadOnly: true}); err != nil {
			return err
		}
	}
	for dir, mode := range map[string]os.FileMode{"/run": 0o755, "/run/lock": 0o1777, "/tmp": 0o1777} {
		if err := mkdir(root, dir, mode); err != nil {
			return err
		}
	}
	return nil
}

// bind shows b.From at b.To below root.
func bind(root string, b Bind) error {
	from, err := os.Stat(b.From)
	if err != nil {
		return err
	}
	to := filepath.Join(root, b.To)
	if err := mountPoint(to, from.IsDir()); err != nil {
		return err
	}
	if err := unix.Mount(b.From, to, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("binding %s: %w", b.From, err)
	}
	if !b.ReadOnly {
		return nil
	}
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	err = unix.MountSetattr(unix.AT_FDCWD, to, unix.AT_RECURSIVE, &attr)
	if errors.Is(err, syscall.ENOSYS) { // before Linux 5.12: only the top mount can be protected
		return unix.Mount("", to, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
	}
	if err != nil {
		return fmt.Errorf("protecting %s: %w", b.To, err)
	}
	return nil
}

// bindAll mounts the binds of the plan.
func bindAll(root string, binds []Bind) error {
	for _, b := range binds {
		if err := bind(root, b); err != nil {
			return err
		}
	}
	return nil
}

// bindProgram shows the running program as BinDir/heartbeat. The bind keeps
// the file even when a new build replaces it. names are links to it.
func bindProgram(root string, names []string) error {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	if strings.HasSuffix(self, " (deleted)") {
		return fmt.Errorf("%s was replaced or removed while the lab runs: heartbeat lab down, then up", strings.TrimSuffix(self, " (deleted)"))
	}
	if err := bind(root, Bind{From: self, To: BinDir + "/heartbeat", ReadOnly: true}); err != nil {
		return err
	}
	for _, name := range names {
		if err := os.Symlink("heartbeat", filepath.Join(root, BinDir, name)); err != nil {
			return err
		}
	}
	return nil
}

// enter makes root the root directory and drops the old one.
func enter(root string) error {
	if err := os.Chdir(root); err != nil {
		return err
	}
	// The old root is stacked on the new one and taken off from there: no
	// directory for it is needed.
	if err := unix.PivotRoot(".", "."); err != nil {
		return err
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return err
	}
	return os.Chdir("/")
}

// mountPoint makes the place to mount on.
func mountPoint(path string, dir bool) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if dir {
		return os.MkdirAll(path, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, nil, 0o644)
}

// mkdir makes a directory with exactly this mode (0o1777: with the sticky bit).
func mkdir(root, path string, mode os.FileMode) error {
	p := filepath.Join(root, path)
	if err := os.MkdirAll(p, 0o755); err != nil {
		return err
	}
	return unix.Chmod(p, uint32(mode))
}
