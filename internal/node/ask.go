package node

import (
	"context"

	"heartbeat/internal/takeover"
)

func standbyAsked(set string) func(uint64) takeover.Event {
	return func(id uint64) takeover.Event { return takeover.StandbyAsked{ID: id, Set: set} }
}

func takeoverAsked(set string) func(uint64) takeover.Event {
	return func(id uint64) takeover.Event { return takeover.TakeoverAsked{ID: id, Set: set} }
}

// ask puts a request to resource management and waits for its end. When ctx ends first, the request goes on all the same.
func (n *Node) ask(ctx context.Context, event func(id uint64) takeover.Event) (Answer, error) {
	select {
	case <-n.res.done:
		return Answer{}, ErrStopped
	default:
	}
	if !n.running.Load() {
		return Answer{Refused: true, Text: "this node is still looking up which resources run here; ask again in a moment"}, nil
	}
	answer, ok := n.res.request(event)
	if !ok {
		return Answer{}, ErrStopped
	}
	select {
	case a := <-answer:
		return a, nil
	case <-ctx.Done():
		return Answer{}, context.Cause(ctx)
	case <-n.res.done:
		return Answer{}, ErrStopped
	}
}
