package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"heartbeat/internal/membership"
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// Bounds of what a lane holds before its user has to wait.
const (
	laneMessages = 512
	laneBytes    = 1 << 20 // one message may be larger when nothing else waits
)

// A Lane carries the messages of one local program (a client) into the cluster, in their order. Everybody
// it is addressed to gets each message once, and so does this node: see Listen. Order holds within a lane and within what
// a node sends; between nodes there is none. Send may be called by several goroutines.
type Lane struct {
	id    uint64
	pulse *pulse
	codec wire.Codec

	one    sync.Mutex // order among those who call Send; the pulse never takes it
	number uint64     // of tickets
	fates  chan fate  // of messages that somebody waits for

	messages, bytes atomic.Int64 // handed over and not sent yet
	freed           chan struct{}
}

type fate struct {
	ticket uint64
	err    error
}

// ErrMessage begins every refusal of a message that is at fault itself.
var ErrMessage = errors.New("message refused")

// OpenLane makes a lane. It needs no closing: an unused lane holds nothing.
func (n *Node) OpenLane() *Lane {
	return &Lane{
		id: n.laneIDs.Add(1), pulse: n.pulse, fates: make(chan fate, 1), freed: make(chan struct{}, 1),
		codec: wire.Codec{Dialect: dialect(n.Config().HaCf.MsgFmt), Compression: compression(n.Config().HaCf)},
	}
}

// Send hands a message over; the node adds who sent it and when. It waits while too much of this lane has not been sent,
// so that a fast program is slowed down and never the heartbeats. A message larger than
// messaging.PartsAbove returns only when it has gone out, or with the reason why it cannot. The message must not be used afterwards.
func (l *Lane) Send(ctx context.Context, m *wire.Message) error {
	m, err := l.codec.Compression.Pack(m, l.codec.Dialect) // not in the pulse: it takes time
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMessage, err)
	}
	size, err := m.EncodedLen()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMessage, err)
	}
	if size > messaging.MaxWhole {
		return fmt.Errorf("%w: it has %d bytes, at most %d can be sent; send less at once", ErrMessage, size, messaging.MaxWhole)
	}
	p := membership.ApplicationPosted{Lane: l.id, Message: m, Size: size}
	if size > messaging.PartsAbove {
		text, err := wire.AppendNetstring(make([]byte, 0, size), m)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrMessage, err)
		}
		p.Whole = string(text)
	}
	l.one.Lock()
	defer l.one.Unlock()
	if err := l.room(ctx, int64(size)); err != nil {
		return err
	}
	if p.Whole != "" {
		l.number++
		p.Ticket = l.number
	}
	l.messages.Add(1)
	l.bytes.Add(int64(size))
	if !l.pulse.postApplication(application{lane: l, event: p}) {
		return ErrStopped
	}
	if p.Ticket == 0 {
		return nil
	}
	return l.await(ctx, p.Ticket)
}

// room waits until the lane may hold one more message of that size.
func (l *Lane) room(ctx context.Context, size int64) error {
	for l.messages.Load() >= laneMessages || (l.bytes.Load() > 0 && l.bytes.Load()+size > laneBytes) {
		select {
		case <-l.freed:
		case <-ctx.Done():
			return ctx.Err()
		case <-l.pulse.done:
			return ErrStopped
		}
	}
	return ctx.Err()
}

// await waits for the fate of a message. When ctx ends first the message may still go out.
func (l *Lane) await(ctx context.Context, ticket uint64) error {
	for {
		select {
		case f := <-l.fates:
			switch {
			case f.ticket != ticket: // of a message that nobody waited for to the end
			case f.err != nil:
				return fmt.Errorf("%w: %w", ErrMessage, f.err)
			default:
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-l.pulse.done:
			return ErrStopped
		}
	}
}

// sent is called by the pulse; it returns at once.
func (l *Lane) sent(e membership.ApplicationSent) {
	l.messages.Add(-1)
	l.bytes.Add(-int64(e.Bytes))
	if e.Ticket != 0 {
		select {
		case <-l.fates: // nobody waits for that one any more
		default:
		}
		l.fates <- fate{e.Ticket, e.Err} // the pulse is the only one who puts in
	}
	select {
	case l.freed <- struct{}{}:
	default:
	}
}
