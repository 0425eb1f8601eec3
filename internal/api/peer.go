package api

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Peer is who is at the other end of a connection. The kernel vouches for it.
type Peer struct {
	PID, UID, GID int
	Groups        []int // supplementary groups
}

func (p Peer) String() string { return fmt.Sprintf("uid %d, pid %d", p.UID, p.PID) }

// peerOf asks the kernel who is at the other end.
func peerOf(c net.Conn) (Peer, error) {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return Peer{}, fmt.Errorf("connection of type %T has no peer credentials", c)
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return Peer{}, err
	}
	var p Peer
	var inner error
	err = raw.Control(func(fd uintptr) {
		cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		if err != nil {
			inner = err
			return
		}
		p = Peer{PID: int(cred.Pid), UID: int(cred.Uid), GID: int(cred.Gid), Groups: peerGroups(int(fd))}
	})
	if err == nil {
		err = inner
	}
	return p, err
}

// peerGroups returns the supplementary groups that the peer had when it connected; nil when the
// kernel (before 4.13) cannot tell.
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

// A gate knows who may come in.
type gate struct {
	uid    int // of this process
	gid    int
	hasGID bool
}

func newGate() gate {
	g := gate{uid: os.Geteuid()}
	g.gid, g.hasGID = groupID(Group)
	return g
}

func (g gate) admits(p Peer) bool {
	return p.UID == 0 || p.UID == g.uid || g.hasGID && (p.GID == g.gid || slices.Contains(p.Groups, g.gid))
}

type peerKey struct{}

// withPeer remembers who is at the other end for all requests of a connection.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	p, err := peerOf(c)
	if err != nil {
		return ctx // requests without a peer are refused
	}
	return context.WithValue(ctx, peerKey{}, p)
}
