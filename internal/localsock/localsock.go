// Package localsock is what every server at a unix socket of this machine does alike: it makes the socket for everybody, as C does,
// lets programs in, and asks the kernel who they are.
package localsock

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Peer is who is at the other end of a connection. The kernel vouches for it; see unix(7), SO_PEERCRED.
type Peer struct{ PID, UID, GID int }

// Listen makes a socket that everybody on this machine may connect to; who may do what is decided by PeerOf. What a dead
// server left at the path is removed: whoever may find a living one there asks before.
func Listen(path string) (*net.UnixListener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w (remove %s by hand)", err, path)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("%w (the directory must exist and its path be shorter than 90 bytes)", err)
	}
	if err := os.Chmod(path, 0o777); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// breath is the pause after a failed accept: usually too many files are open, and some will be closed.
const breath = 100 * time.Millisecond

// Accept lets programs in until the listener is closed. It hands every connection to letIn; one that letIn refuses is closed.
// Warn hears about each that did not get in, unless letIn says net.ErrClosed; who is the name of such a program in a sentence, "a client"
// for example.
func Accept(l *net.UnixListener, who string, warn func(string), letIn func(*net.UnixConn) error) {
	for {
		c, err := l.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			warn(who + " could not be let in: " + err.Error())
			time.Sleep(breath)
			continue
		}
		if err := letIn(c); err != nil {
			c.Close()
			if !errors.Is(err, net.ErrClosed) {
				warn(who + " was not let in: " + err.Error())
			}
		}
	}
}

// PeerOf asks the kernel who is at the other end.
func PeerOf(c *net.UnixConn) (p Peer, err error) {
	e := control(c, func(fd int) {
		var cred *unix.Ucred
		if cred, err = unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			p = Peer{PID: int(cred.Pid), UID: int(cred.Uid), GID: int(cred.Gid)}
		}
	})
	if err = errors.Join(e, err); err != nil {
		return Peer{}, fmt.Errorf("asking the kernel who is at the other end: %w", err)
	}
	return p, nil
}

// GroupsOf returns the supplementary groups that the peer had when it connected; nil when the kernel (before 4.13) cannot tell.
func GroupsOf(c *net.UnixConn) (groups []int) {
	_ = control(c, func(fd int) { groups = peerGroups(fd) })
	return groups
}

func control(c *net.UnixConn, do func(fd int)) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Control(func(fd uintptr) { do(int(fd)) })
}

func peerGroups(fd int) []int {
	buf := make([]byte, 4*64)
	for range 2 {
		size := uint32(len(buf))
		_, _, e := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_PEERGROUPS,
			uintptr(unsafe.Pointer(&buf[0])), uintptr(unsafe.Pointer(&size)), 0)
		switch {
		case e == 0:
			var groups []int
			for b := buf[:size]; len(b) >= 4; b = b[4:] {
				groups = append(groups, int(binary.NativeEndian.Uint32(b)))
			}
			return groups
		case e != unix.ERANGE || int(size) <= len(buf):
			return nil
		}
		buf = make([]byte, size) // the kernel told how much it needs
	}
	return nil
}
