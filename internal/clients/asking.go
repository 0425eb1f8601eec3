package clients

import (
	"context"
	"errors"
	"fmt"

	"heartbeat/internal/clients/session"
)

// ErrNoSuchNode says that the cluster has no node of that name.
var ErrNoSuchNode = errors.New("the cluster has no such node")

// SignedOn asks a node of the cluster, for a peer, whether a program is signed on there under a name. A node that is not active
// has no programs. Another node answers by a message of the cluster, so this waits for it, until ctx is done.
func (s *Service) SignedOn(ctx context.Context, p session.Peer, node, client string) (bool, error) {
	sub, err := s.Subscribe(ctx, p, "")
	if err != nil {
		return false, err
	}
	defer sub.Close()
	if !s.tell(sub.out, session.Received{ID: sub.id, Message: session.AskClient(p, node, client)}) {
		return false, ErrClosed
	}
	for {
		select {
		case m, open := <-sub.messages:
			if !open {
				return false, ErrClosed
			}
			if state, answered := session.ClientAnswer(m, node, client); answered && state == "" {
				return false, fmt.Errorf("%w: %.40q", ErrNoSuchNode, node)
			} else if answered {
				return state == session.Online, nil
			}
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-s.done:
			return false, ErrClosed
		}
	}
}
