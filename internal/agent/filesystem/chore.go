package filesystem

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"syscall"

	"heartbeat/internal/agent/native"
)

// The chores that are done in a process of their own.
const (
	ChoreMount   = "mount"
	ChoreUnmount = "umount"
)

// Chore is the other end of child: it runs in a process of its own and returns its exit code, an errno.
func Chore(args []string) (code int, text string) {
	var err error
	switch {
	case len(args) == 6 && args[0] == ChoreMount:
		var flags uint64
		if flags, err = strconv.ParseUint(args[4], 10, 64); err == nil {
			err = realKernel{}.mount(args[1], args[2], args[3], uintptr(flags), args[5])
		}
	case len(args) == 3 && args[0] == ChoreUnmount:
		var flags int
		if flags, err = strconv.Atoi(args[2]); err == nil {
			err = realKernel{}.unmount(args[1], flags)
		}
	default:
		return int(syscall.EINVAL), fmt.Sprintf("unknown chore %q", args)
	}
	if err == nil {
		return 0, ""
	}
	if n, ok := errors.AsType[syscall.Errno](err); ok {
		return int(n), err.Error()
	}
	return int(syscall.EINVAL), err.Error()
}

// errLate is what a chore ends with that did not end in time.
var errLate = errors.New("it did not end in time")

// child runs a chore of Chore and returns what the kernel said there.
func (a *agent) child(ctx context.Context, args ...string) error {
	if len(a.place.Self) == 0 {
		return errors.New("this program cannot start itself")
	}
	r := a.place.Run(ctx, append(append([]string{}, a.place.Self...), args...)...)
	switch {
	case r.Late || ctx.Err() != nil && r.Code < 0:
		return errLate
	case r.Err != nil:
		return r.Err
	case r.Code == 0:
		return nil
	case r.Code > 0 && r.Code < 134:
		return syscall.Errno(r.Code)
	}
	return native.Fail(native.Generic, "%s", r.Problem(args...))
}

func (a *agent) mountIn(ctx context.Context, source, kind string, flags uintptr, data string) error {
	if inMemory(kind) || flags&syscall.MS_BIND != 0 {
		return a.kernel.mount(source, a.dir, kind, flags, data)
	}
	return a.child(ctx, ChoreMount, source, a.dir, kind, strconv.FormatUint(uint64(flags), 10), data)
}

func (a *agent) unmountIn(ctx context.Context, m mount, flags int) error {
	if inMemory(m.kind) {
		return a.kernel.unmount(m.dir, flags)
	}
	return a.child(ctx, ChoreUnmount, m.dir, strconv.Itoa(flags))
}
