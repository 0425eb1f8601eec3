package filesystem

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/agent/native"
)

const (
	rounds       = 3                     // of each signal
	betweenKills = time.Second           // as the classic script
	lookAgain    = 50 * time.Millisecond // users end faster than that script looks
	// serverPatience is how long one attempt to leave a network file system may take.
	serverPatience = 10 * time.Second
	// mountsAtMost bounds a stop: mounts may be put back while we work.
	mountsAtMost = 4096
)

// Stop unmounts everything at the mount point and below it, the deepest first.
func (a *agent) Stop(ctx context.Context) (string, error) {
	dir, ended, n := a.real(), []string(nil), 0
	for ; n < mountsAtMost; n++ {
		all, err := a.kernel.mounts()
		if err != nil {
			return "", err
		}
		all = slices.DeleteFunc(all, func(m mount) bool { return !m.below(dir) })
		if len(all) == 0 {
			break
		}
		m := all[len(all)-1] // the kernel lists a mount after the one it stands on
		killed, err := a.leave(ctx, m)
		ended = append(ended, killed...)
		if err != nil {
			return "", err
		}
	}
	text := a.dir + " is unmounted"
	if n == 0 {
		text = a.dir + " was not mounted"
	}
	if len(ended) > 0 {
		text += "; ended because they used it: " + strings.Join(ended, ", ")
	}
	return text, nil
}

// leave unmounts one mount and returns the processes that it had to end.
func (a *agent) leave(ctx context.Context, m mount) ([]string, error) {
	if isNetwork(m.kind) {
		return a.leaveServer(ctx, m)
	}
	err := a.unmountIn(ctx, m, unix.UMOUNT_NOFOLLOW)
	if !errors.Is(err, unix.EBUSY) {
		return nil, a.unmountFailed(m, err)
	}
	return a.endUsers(ctx, m, unix.UMOUNT_NOFOLLOW)
}

func (a *agent) unmountFailed(m mount, err error) error {
	if err == nil || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) {
		return nil // no longer mounted; the table says what is left
	}
	if errors.Is(err, errLate) {
		return native.Fail(native.Generic, "stuck: the unmount of %s did not end in time", m.dir)
	}
	return native.Fail(native.Generic, "Couldn't unmount %s: %v", m.dir, err)
}

// endUsers ends who keeps the mount busy: TERM, later KILL.
func (a *agent) endUsers(ctx context.Context, m mount, flags int) (ended []string, err error) {
	if !a.kill {
		return nil, native.Fail(native.Generic, "Couldn't unmount %s: it is busy, and force_unmount is off: %s", m.dir, a.whoUses(m))
	}
	for round := range 2 * rounds {
		signal := unix.SIGTERM
		if round >= rounds {
			signal = unix.SIGKILL
		}
		users, err := a.kernel.users([]mount{m})
		if err != nil {
			return ended, native.Fail(native.Generic, "Couldn't unmount %s: it is busy, and %v", m.dir, err)
		}
		for _, u := range users {
			if a.kernel.signal(u.pid, signal) == nil {
				if text := u.String(); !slices.Contains(ended, text) {
					ended = append(ended, text)
				}
			}
		}
		for waited := time.Duration(0); waited < betweenKills; waited += lookAgain {
			err := a.unmountIn(ctx, m, flags)
			if !errors.Is(err, unix.EBUSY) {
				return ended, a.unmountFailed(m, err)
			}
			if !a.clock.wait(ctx, lookAgain) {
				return ended, native.Fail(native.Generic, "Couldn't unmount %s in time: it is busy: %s", m.dir, a.whoUses(m))
			}
		}
	}
	return ended, native.Fail(native.Generic, "Couldn't unmount %s: it is busy although its users were killed: %s", m.dir, a.whoUses(m))
}

// whoUses names the users for people.
func (a *agent) whoUses(m mount) string {
	users, err := a.kernel.users([]mount{m})
	if err != nil {
		return err.Error()
	}
	if len(users) == 0 {
		return "no process uses it; something in the kernel does: an NFS export, a swap file, a loop device"
	}
	var out []string
	for i, u := range users {
		if i == 5 {
			return strings.Join(out, ", ") + fmt.Sprintf(" and %d more", len(users)-i)
		}
		out = append(out, u.String())
	}
	return strings.Join(out, ", ")
}

// leaveServer unmounts a network file system. Its server may be gone, and every step may hang.
func (a *agent) leaveServer(ctx context.Context, m mount) ([]string, error) {
	try := func(flags int) error {
		limited, cancel := context.WithTimeout(ctx, serverPatience)
		defer cancel()
		return a.unmountIn(limited, m, flags)
	}
	err := try(unix.MNT_FORCE)
	var ended []string
	if errors.Is(err, unix.EBUSY) {
		ended, err = a.endUsers(ctx, m, unix.MNT_FORCE)
		if err == nil {
			return ended, nil
		}
	} else if errors.Is(err, errLate) {
		err = try(unix.MNT_FORCE) // the first one woke who waited for the server
	}
	if err == nil || errors.Is(err, unix.EINVAL) {
		return ended, nil
	}
	if a.lazy {
		if err := try(unix.MNT_DETACH); err != nil {
			return ended, native.Fail(native.Generic, "stuck: %s (%s) does not answer, and could not be detached either: %v", m.dir, m.source, err)
		}
		return append(ended, "detached "+m.dir+", whose server "+m.source+" did not answer"), nil
	}
	return ended, native.Fail(native.Generic, "stuck: %s cannot be left: its server %s does not answer (%v); lazy_umount, or the option %s, allows to detach it", m.dir, m.source, err, lazyOption)
}
