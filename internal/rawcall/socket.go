package rawcall

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Target is a socket address in the form of the kernel.
type Target struct {
	raw [unix.SizeofSockaddrInet6]byte
	len uintptr
}

// NewTarget makes the socket address of a UDP or ICMP peer. zone is the index of the interface of a link-local IPv6
// address; other addresses have none.
func NewTarget(to netip.AddrPort, zone int) Target {
	var t Target
	addr := to.Addr().Unmap()
	binary.BigEndian.PutUint16(t.raw[2:], to.Port())
	if addr.Is4() {
		binary.NativeEndian.PutUint16(t.raw[:], unix.AF_INET)
		a := addr.As4()
		copy(t.raw[4:], a[:])
		t.len = unix.SizeofSockaddrInet4
		return t
	}
	binary.NativeEndian.PutUint16(t.raw[:], unix.AF_INET6)
	a := addr.As16()
	copy(t.raw[8:], a[:])
	binary.NativeEndian.PutUint32(t.raw[24:], uint32(zone))
	t.len = unix.SizeofSockaddrInet6
	return t
}

// Send puts one datagram into the queue of a socket; a full queue is EAGAIN or ENOBUFS, never a wait.
func Send(fd int, packet []byte, to *Target) error {
	for {
		_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(packet))), uintptr(len(packet)),
			unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&to.raw)), to.len)
		if errno != unix.EINTR {
			return failure(errno)
		}
	}
}

// SendSegments is Send for several datagrams, each but the last of that size, that lie one behind the other (UDP_SEGMENT, Linux 4.18). The error
// is EINVAL, EIO or another when the kernel or the interface cannot do it.
func SendSegments(fd int, packets []byte, size int, to *Target) error {
	var control [4]uint64 // aligned as the kernel wants it
	h := (*unix.Cmsghdr)(unsafe.Pointer(&control))
	h.Level, h.Type = unix.IPPROTO_UDP, unix.UDP_SEGMENT
	h.SetLen(unix.CmsgLen(2))
	*(*uint16)(unsafe.Add(unsafe.Pointer(&control), unix.CmsgLen(0))) = uint16(size)
	iov := unix.Iovec{Base: unsafe.SliceData(packets)}
	iov.SetLen(len(packets))
	msg := unix.Msghdr{Name: &to.raw[0], Namelen: uint32(to.len), Iov: &iov, Control: (*byte)(unsafe.Pointer(&control))}
	msg.SetIovlen(1)
	msg.SetControllen(unix.CmsgSpace(2))
	for {
		_, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&msg)), unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
		if errno == unix.EINTR {
			continue
		}
		runtime.KeepAlive(packets)
		runtime.KeepAlive(to)
		return failure(errno)
	}
}

// A Datagram is what Receive took from a socket.
type Datagram struct {
	Len       int        // bytes in the buffer
	Source    netip.Addr // without a zone
	Zone      uint32     // index of the interface of a link-local IPv6 source; otherwise 0
	Control   int        // bytes of control messages
	Truncated bool       // the datagram was larger than the buffer
}

// Receive takes one datagram with its control messages; EAGAIN when there is none. buf must not be empty.
func Receive(fd int, buf, control []byte) (Datagram, error) {
	var from [unix.SizeofSockaddrInet6]byte
	iov := unix.Iovec{Base: unsafe.SliceData(buf)}
	iov.SetLen(len(buf))
	msg := unix.Msghdr{Name: &from[0], Namelen: uint32(len(from)), Iov: &iov, Control: unsafe.SliceData(control)}
	msg.SetIovlen(1)
	msg.SetControllen(len(control))
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&msg)), unix.MSG_DONTWAIT)
		if errno == unix.EINTR {
			continue
		}
		runtime.KeepAlive(buf)
		runtime.KeepAlive(control)
		if errno != 0 {
			return Datagram{}, errno
		}
		d := Datagram{Len: int(n), Control: int(msg.Controllen), Truncated: msg.Flags&unix.MSG_TRUNC != 0}
		switch family := binary.NativeEndian.Uint16(from[:]); {
		case family == unix.AF_INET && msg.Namelen >= unix.SizeofSockaddrInet4:
			d.Source = netip.AddrFrom4([4]byte(from[4:8]))
		case family == unix.AF_INET6 && msg.Namelen >= unix.SizeofSockaddrInet6:
			d.Source = netip.AddrFrom16([16]byte(from[8:24])).Unmap()
			d.Zone = binary.NativeEndian.Uint32(from[24:])
		}
		return d, nil
	}
}
