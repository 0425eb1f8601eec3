package vnet

import (
	"errors"
	"os"
	"path/filepath"
	"sort"
	"syscall"

	"golang.org/x/sys/unix"
)

// mountProc mounts /proc of the machine's PID namespace and protects the host
// from it: a lab run by root must not restart the host by way of sysrq or turn
// its kernel's knobs. /proc/sys/net is the machine's own and stays writable.
func mountProc(root string) error {
	proc := filepath.Join(root, "proc")
	if err := os.MkdirAll(proc, 0o555); err != nil {
		return err
	}
	if err := unix.Mount("proc", proc, "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return err
	}
	sys, netSys := filepath.Join(proc, "sys"), filepath.Join(proc, "sys/net")
	mounts := []struct {
		from, to string
		flags    uintptr
	}{
		{sys, sys, unix.MS_BIND},
		{netSys, netSys, unix.MS_BIND},
		{"", sys, unix.MS_BIND | unix.MS_REMOUNT | unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC},
		{"/dev/null", filepath.Join(proc, "sysrq-trigger"), unix.MS_BIND},
	}
	for _, m := range mounts {
		err := unix.Mount(m.from, m.to, "", m.flags, "")
		if err != nil && !errors.Is(err, syscall.ENOENT) {
			return err
		}
	}
	return nil
}

// mountSys shows the machine's own cards in /sys/class/net. Where a policy
// forbids a new sysfs the host's is shown, read-only: the only thing then
// missing is what few programs look for.
func mountSys(root string) error {
	sys := filepath.Join(root, "sys")
	if err := os.MkdirAll(sys, 0o555); err != nil {
		return err
	}
	flags := uintptr(unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_RDONLY)
	if unix.Mount("sysfs", sys, "sysfs", flags, "") == nil {
		return nil
	}
	return bind(root, Bind{From: "/sys", To: "/sys", ReadOnly: true})
}

// makeDev makes a /dev with the harmless devices only: above all no watchdog,
// which would restart the host, and no disks.
func makeDev(root string) error {
	if err := mkdir(root, "/dev", 0o755); err != nil {
		return err
	}
	for _, name := range []string{"null", "zero", "full", "random", "urandom", "tty"} {
		if err := bind(root, Bind{From: "/dev/" + name, To: "/dev/" + name}); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	for _, d := range []string{"/dev/shm", "/dev/pts"} {
		if err := mkdir(root, d, 0o1777); err != nil {
			return err
		}
	}
	if err := unix.Mount("devpts", filepath.Join(root, "dev/pts"), "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620"); err != nil {
		return err
	}
	links := map[string]string{"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(root, "dev", name)); err != nil {
			return err
		}
	}
	return nil
}

// makeEtc fills /etc with links to the host's files, so that users, libraries
// and agents are found, and with the files of the plan, which are real.
func makeEtc(root string, m Machine) error {
	files := map[string]string{"hostname": m.Name + "\n"}
	for name, text := range m.Etc {
		files[name] = text
	}
	for _, name := range sortedKeys(files) {
		path := filepath.Join(root, "etc", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(files[name]), 0o644); err != nil {
			return err
		}
	}
	own := map[string]bool{}
	for _, b := range m.Binds {
		own[b.To] = true
	}
	if err := linkHost(root, "/etc", own); err != nil {
		return err
	}
	err := os.Symlink("/proc/self/mounts", filepath.Join(root, "etc/mtab"))
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	return err
}

// makeVar makes an empty /var whose /var/lib and /var/cache link to the host's
// entries: programs find their data, and nothing they write there is lost to it
// (the links lead to read-only files).
func makeVar(root string) error {
	for _, d := range []string{"/var/lib", "/var/log", "/var/cache", "/var/spool"} {
		if err := mkdir(root, d, 0o755); err != nil {
			return err
		}
	}
	if err := mkdir(root, "/var/tmp", 0o1777); err != nil {
		return err
	}
	for name, target := range map[string]string{"run": "/run", "lock": "/run/lock"} {
		if err := os.Symlink(target, filepath.Join(root, "var", name)); err != nil {
			return err
		}
	}
	own := map[string]bool{"/var/lib/heartbeat": true, "/var/lib/pacemaker": true, "/var/lib/nginx": true}
	if err := linkHost(root, "/var/lib", own); err != nil {
		return err
	}
	return linkHost(root, "/var/cache", nil)
}

// linkHost links every entry of the host's dir that the machine does not have itself.
func linkHost(root, dir string, own map[string]bool) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := dir + "/" + e.Name()
		if own[path] {
			continue
		}
		err := os.Symlink(HostDir+path, filepath.Join(root, path))
		if err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	return nil
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
