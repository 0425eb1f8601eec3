package rawcall

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Drain empties an eventfd or a timerfd in non-blocking mode.
func Drain(fd int) {
	var b [8]byte
	unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&b)), uintptr(len(b)))
}

// Ready fills events with the descriptors of an epoll set that are ready now, and returns their number. EINTR is not returned.
func Ready(epoll int, events []unix.EpollEvent) (int, error) {
	if len(events) == 0 {
		return 0, unix.EINVAL
	}
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epoll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}
