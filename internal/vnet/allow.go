package vnet

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// needsUserNamespace says whether this process must make itself an own "root"
// first: it is an ordinary user, or a root that may not administer the system
// (as in most containers).
func needsUserNamespace() bool {
	if os.Geteuid() != 0 {
		return true
	}
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if unix.Capget(&hdr, &data[0]) != nil {
		return false
	}
	return data[0].Effective&(1<<unix.CAP_SYS_ADMIN) == 0
}

// switches are the kernel settings that forbid user namespaces: where they are,
// the value that forbids, the value that allows, and who sets them.
var switches = []struct{ path, forbids, key, mend string }{
	{"/proc/sys/user/max_user_namespaces", "0", "user.max_user_namespaces", "15000"},
	{"/proc/sys/kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone", "1"},
	{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "kernel.apparmor_restrict_unprivileged_userns", "0"},
}

// explain turns a refused namespace into a sentence with the way out.
// read is os.ReadFile, or a test's.
func explain(err error, user bool, read func(string) ([]byte, error)) error {
	refused := errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EUSERS)
	if !refused {
		if errors.Is(err, syscall.EINVAL) {
			return fmt.Errorf("making namespaces: %w; the kernel seems to be built without user, PID or network namespaces", err)
		}
		return fmt.Errorf("making namespaces: %w", err)
	}
	if !user {
		return fmt.Errorf("making namespaces: %w; root is not allowed to here (a container?): start it with the capability CAP_SYS_ADMIN, or run the lab as an ordinary user", err)
	}
	for _, s := range switches {
		if v, rerr := read(s.path); rerr == nil && strings.TrimSpace(string(v)) == s.forbids {
			return fmt.Errorf("this system forbids ordinary users to make namespaces (%s = %s): run the lab as root, or allow it with: sudo sysctl -w %s=%s",
				s.key, s.forbids, s.key, s.mend)
		}
	}
	return fmt.Errorf("making namespaces as an ordinary user: %w; a security policy (container runtime, SELinux, AppArmor) forbids it: run the lab as root, or outside the container", err)
}
