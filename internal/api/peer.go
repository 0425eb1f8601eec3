package api

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"

	"heartbeat/internal/localsock"
)

// A Peer is who is at the other end of a connection. The kernel vouches for it.
type Peer struct {
	PID, UID, GID int
	Groups        []int // supplementary groups; nil when the kernel (before 4.13) cannot tell
}

func (p Peer) String() string { return fmt.Sprintf("uid %d, pid %d", p.UID, p.PID) }

// peerOf asks the kernel who is at the other end.
func peerOf(c net.Conn) (Peer, error) {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return Peer{}, fmt.Errorf("connection of type %T has no peer credentials", c)
	}
	p, err := localsock.PeerOf(u)
	return Peer{PID: p.PID, UID: p.UID, GID: p.GID, Groups: localsock.GroupsOf(u)}, err
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
