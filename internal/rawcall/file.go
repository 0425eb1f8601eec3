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

// Read takes what a descriptor in non-blocking mode has; EAGAIN when that is nothing, 0 bytes at its end. b must not be empty.
func Read(fd int, b []byte) (int, error) {
	return transfer(unix.SYS_READ, fd, b)
}

// Write gives bytes to a descriptor in non-blocking mode and returns how many it took; EAGAIN when it takes none. b must not be empty.
func Write(fd int, b []byte) (int, error) {
	return transfer(unix.SYS_WRITE, fd, b)
}

func transfer(call uintptr, fd int, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, unix.EINVAL
	}
	for {
		n, _, errno := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

// Unsent is how many bytes a terminal has taken and not sent yet; 0 where it does not tell.
func Unsent(fd int) int {
	var n int32
	if _, _, errno := unix.RawSyscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCOUTQ, uintptr(unsafe.Pointer(&n))); errno != 0 {
		return 0
	}
	return int(n)
}
