package filesystem

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"

	"heartbeat/internal/agent/native"
)

// Status looks at the table of mounts only.
func (a *agent) Status(context.Context) (string, error) {
	m, ok, err := a.mounted()
	if err != nil {
		return "", err
	}
	if !ok {
		return "", native.Stopped("%s is unmounted (stopped)", a.dir)
	}
	return fmt.Sprintf("%s is mounted (running) from %s, %s", a.dir, m.source, m.kind), nil
}

func (a *agent) mounted() (mount, bool, error) {
	all, err := a.kernel.mounts()
	if err != nil {
		return mount{}, false, err
	}
	m, ok := topAt(all, a.real())
	return m, ok, nil
}

// real is the mount point as the table of mounts names it.
func (a *agent) real() string { return resolved(a.dir, os.Readlink) }

// Validate says whether it could be mounted here. A device may be away as long as another node has it.
func (a *agent) Validate(context.Context) error {
	if err := a.checkDirectory(); err != nil {
		return err
	}
	if a.kind != "" && !a.network() && a.kind != "none" && !kernelKnows(a.kind) && !a.hasModule() {
		return native.Fail(native.Installed, "this kernel cannot mount %s; load or install its module", a.kind)
	}
	return nil
}

func (a *agent) hasModule() bool {
	// The name of a module is enough: whether it can be loaded is seen at the start.
	var u syscall.Utsname
	if syscall.Uname(&u) != nil {
		return true
	}
	var release strings.Builder
	for _, c := range u.Release {
		if c == 0 {
			break
		}
		release.WriteByte(byte(c))
	}
	data, err := os.ReadFile("/lib/modules/" + release.String() + "/modules.dep")
	return err == nil && strings.Contains(string(data), "/"+a.kind+".ko")
}

func (a *agent) checkDirectory() error {
	m, ok, err := a.mounted()
	if err != nil || ok && m.dir != "" {
		return err // what is mounted there need not answer
	}
	info, err := os.Stat(a.dir)
	switch {
	case err != nil:
		return native.Fail(native.Installed, "Couldn't find directory [%s] to use as a mount point; run: mkdir -p %s", a.dir, a.dir)
	case !info.IsDir():
		return native.Fail(native.Installed, "%s is no directory to use as a mount point", a.dir)
	}
	return nil
}

// Start mounts.
func (a *agent) Start(ctx context.Context) (string, error) {
	if m, ok, err := a.mounted(); err != nil {
		return "", err
	} else if ok {
		return fmt.Sprintf("%s is mounted already, from %s", a.dir, m.source), nil
	}
	if err := a.checkDirectory(); err != nil {
		return "", err
	}
	if a.network() {
		return a.startNetwork(ctx)
	}
	device, err := findDevice(a.device)
	if err != nil {
		return "", err
	}
	kind := a.kind
	if info, err := os.Stat(device); err == nil && info.Mode().IsRegular() && !a.options.bind {
		loop, err := attachLoop(device, a.options.readOnly)
		if err != nil {
			return "", native.Fail(native.Generic, "%v", err)
		}
		defer loop.Close() // after the mount the mount holds it; without one it frees itself
		device = loop.Name()
	} else if err != nil && (strings.HasPrefix(device, "/") && !inMemory(kind) || a.options.bind) {
		return "", native.Fail(native.Installed, "Couldn't find device [%s]: %v", device, errors.Unwrap(err))
	}
	if kind == "none" || kind == "bind" {
		kind = ""
	}
	if !a.options.bind && kind == "" {
		if kind, err = a.guess(device); err != nil {
			return "", err
		}
	}
	if err := a.load(ctx, kind); err != nil {
		return "", err
	}
	if isBlock(device) {
		if err := a.check(ctx, device, kind); err != nil {
			return "", err
		}
		if err := flushBuffers(device); err != nil {
			return "", native.Fail(native.Generic, "flushing the buffers of %s: %v", device, err)
		}
	}
	return a.attach(ctx, device, kind)
}

// attach is the mount itself.
func (a *agent) attach(ctx context.Context, device, kind string) (string, error) {
	flags, data := a.options.flags, strings.Join(a.options.data, ",")
	err := a.mountIn(ctx, device, kind, flags, data)
	if err == nil && a.options.bind && flags&syscall.MS_RDONLY != 0 {
		// The first call of a bind mount ignores all other flags.
		err = a.kernel.mount("", a.dir, "", flags|syscall.MS_REMOUNT, "")
	}
	if err != nil {
		return "", native.Fail(native.Generic, "Couldn't mount %s on %s (type %s, options %s): %s", device, a.dir, orNone(kind), orNone(strings.Join(a.options.words, ",")), explain(err))
	}
	return fmt.Sprintf("%s mounted on %s", device, a.dir), nil
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// explain puts what people usually did wrong beside what the kernel says.
func explain(err error) string {
	switch {
	case errors.Is(err, errLate):
		return "the mount did not end in time"
	case errors.Is(err, syscall.EINVAL):
		return "invalid argument: the device has no such file system, or an option is wrong (dmesg tells more)"
	case errors.Is(err, syscall.EBUSY):
		return "the device is in use, or mounted elsewhere"
	case errors.Is(err, syscall.ENODEV):
		return "this kernel does not know the type"
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EACCES):
		return err.Error() + ": the device is read-only, a secondary DRBD device for example"
	case errors.Is(err, syscall.Errno(124)):
		return "wrong medium type: a DRBD device that is not primary here"
	case errors.Is(err, syscall.EPERM):
		return "operation not permitted: this needs root"
	}
	return err.Error()
}

// guess finds the type out from the device.
func (a *agent) guess(device string) (string, error) {
	if s, ok := readSuperblock(device); ok {
		if !kernelKnows(s.kind) && strings.HasPrefix(s.kind, "ext") {
			return "ext4", nil // its driver mounts all three
		}
		return s.kind, nil
	}
	if !strings.HasPrefix(device, "/") && slices.Contains(knownTypes(false), device) {
		return device, nil // Filesystem::tmpfs::/dir
	}
	return "", native.Fail(native.Configured, "no type is given and none is recognised on %s; name it after the directory", device)
}

// load brings the kernel module of a type.
func (a *agent) load(ctx context.Context, kind string) error {
	if kind == "" || kernelKnows(kind) {
		return nil
	}
	r := a.place.Run(ctx, "modprobe", kind)
	if !r.OK() && !kernelKnows(kind) {
		return native.Fail(native.Installed, "this kernel cannot mount %s: %s", kind, r.Problem("modprobe", kind))
	}
	return nil
}

// startNetwork lets the mount program talk to the server.
func (a *agent) startNetwork(ctx context.Context) (string, error) {
	argv := []string{"mount"}
	if a.kind != "" {
		argv = append(argv, "-t", a.kind)
	}
	if len(a.options.words) > 0 {
		argv = append(argv, "-o", strings.Join(a.options.words, ","))
	}
	argv = append(argv, "--", a.device, a.dir)
	r := a.place.Run(ctx, argv...)
	if !r.OK() {
		code := native.Generic
		if r.Err != nil {
			code = native.Installed
		}
		return "", native.Fail(code, "Couldn't mount %s on %s: %s", a.device, a.dir, r.Problem(argv...))
	}
	return fmt.Sprintf("%s mounted on %s", a.device, a.dir), nil
}
