package rawcall

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// BootTime reads CLOCK_BOOTTIME: time since the machine was started, suspended time included (clock_gettime(2)).
func BootTime() time.Duration {
	var ts unix.Timespec
	_, _, errno := unix.RawSyscall(unix.SYS_CLOCK_GETTIME, unix.CLOCK_BOOTTIME, uintptr(unsafe.Pointer(&ts)), 0)
	if errno != 0 {
		// Linux has had this clock since 2.6.39; without it time would stand still, and nothing would work.
		panic("clock_gettime(CLOCK_BOOTTIME): " + errno.Error())
	}
	return time.Duration(ts.Nano())
}

// SetTimer arms a timerfd to fire once after d; zero disarms it.
func SetTimer(fd int, d time.Duration) error {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
	_, _, errno := unix.RawSyscall6(unix.SYS_TIMERFD_SETTIME, uintptr(fd), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
	return failure(errno)
}

func failure(errno unix.Errno) error {
	if errno != 0 {
		return errno
	}
	return nil
}
