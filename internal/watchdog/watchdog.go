// Package watchdog feeds a Linux watchdog device (Documentation/watchdog/watchdog-api.rst of the kernel): a timer that resets the
// machine unless it is written to in time.
package watchdog

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/rawcall"
)

// A Device is an open watchdog. From Open on the machine is reset when Feed stays out for longer than Timeout.
type Device struct {
	path    string
	fd      int
	timeout time.Duration
	stops   bool // the driver knows the orderly end
}

// Timeout is the time that a node with this deadtime asks for: 10 ms more, rounded up to seconds (messaging spec, section 16.3).
func Timeout(deadtime time.Duration) time.Duration {
	return (deadtime + 10*time.Millisecond + time.Second - 1).Truncate(time.Second)
}

// Open arms the device. A timeout that the driver does not take is no error: Device.Timeout tells what is in force. The
// error of a device that cannot be opened says how to have one.
func Open(path string, timeout time.Duration) (*Device, error) {
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.EBUSY):
		return nil, fmt.Errorf("%s: %w; another program feeds it (RuntimeWatchdogSec of systemd, watchdogd?): let only one have it", path, err)
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENODEV):
		return nil, fmt.Errorf("%s: %w; run: modprobe softdog, or remove the watchdog line", path, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	d := &Device{path: path, fd: fd, timeout: timeout}
	d.adjust(timeout)
	return d, nil
}

// adjust tells the driver the timeout and asks what it made of it.
func (d *Device) adjust(timeout time.Duration) {
	_ = unix.IoctlSetPointerInt(d.fd, unix.WDIOC_SETTIMEOUT, int(timeout/time.Second)) // a fixed timeout is read below
	if s, err := unix.IoctlGetInt(d.fd, unix.WDIOC_GETTIMEOUT); err == nil && s > 0 {
		d.timeout = time.Duration(s) * time.Second
	}
	info, err := unix.IoctlGetWatchdogInfo(d.fd)
	d.stops = err == nil && info.Options&unix.WDIOF_MAGICCLOSE != 0
}

// Timeout is how long the machine lives without being fed.
func (d *Device) Timeout() time.Duration { return d.timeout }

// Stoppable says that Close ends the watch. Otherwise the machine is reset after Close, too.
func (d *Device) Stoppable() bool { return d.stops }

// Feed gives the machine another Timeout. It does not block.
func (d *Device) Feed() error {
	if _, err := rawcall.Write(d.fd, []byte{0}); err != nil {
		return fmt.Errorf("writing to %s: %w", d.path, err)
	}
	return nil
}

// Close ends the watch in order: the driver is told that nothing is wrong.
func (d *Device) Close() error {
	_, err := rawcall.Write(d.fd, []byte{'V'})
	return errors.Join(err, unix.Close(d.fd))
}

// Abandon closes the device as the end of a killed process does: the timer runs on and resets the machine, unless somebody
// opens the device again in time.
func (d *Device) Abandon() error { return unix.Close(d.fd) }
