package clients

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"heartbeat/internal/clients/session"
	"heartbeat/internal/wire"
)

// A Subscription is a client inside this process: the modern API signs its callers on with it.
type Subscription struct {
	service  *Service
	id       session.ID
	out      Line
	nodes    []session.Node
	messages chan *wire.Message
}

// subscriptionRoom is how many messages may wait for a subscriber.
const subscriptionRoom = 1024

// A RefusedError says why somebody could not sign on, in the words of the client API.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return "sign-on refused: " + e.Reason }

// ErrClosed says that the service has ended.
var ErrClosed = errors.New("this node is stopping and takes no clients any more")

// ErrNotSignedOn says that no client of that name belongs to the caller.
var ErrNotSignedOn = errors.New("no client of that name is signed on")

// Subscribe signs a peer on under a name, by the same rules as at the socket; without name it may listen only.
func (s *Service) Subscribe(ctx context.Context, p session.Peer, name string) (*Subscription, error) {
	if name == "" {
		name = strconv.Itoa(p.PID)
	}
	sub := &Subscription{service: s, id: s.newID(), out: s.cfg.OpenLine(), messages: make(chan *wire.Message, subscriptionRoom)}
	signOn := wire.New("t", "hbapi-req", "reqtype", "signon", "from_id", name, "pid", strconv.Itoa(p.PID), "uid", strconv.Itoa(p.UID), "gid", strconv.Itoa(p.GID))
	say, pictured := make(chan []*wire.Message, 1), make(chan struct{})
	// In one go, so that the picture of the nodes and what follows fit together.
	if !s.put(input{look: func(s *Service) {
		s.step(input{events: []session.Event{session.Connected{ID: sub.id, Peer: p}}, open: sub})
		s.step(input{events: []session.Event{session.Received{ID: sub.id, Message: signOn}}, say: say})
		sub.nodes = s.core.Nodes()
		close(pictured)
	}}) {
		return nil, ErrClosed
	}
	select {
	case m := <-sub.messages: // the answer comes first, and before a channel is closed
		if m.Get("result") != "OK" {
			return nil, &RefusedError{m.Get("info")}
		}
	case <-s.done:
		return nil, ErrClosed
	}
	<-pictured // it follows the answer without a wait
	s.say(sub.out, <-say)
	if ctx.Err() != nil {
		sub.Close()
		return nil, context.Cause(ctx)
	}
	return sub, nil
}

// Nodes is what the cluster looked like when the subscription began.
func (sub *Subscription) Nodes() []session.Node { return sub.nodes }

// Messages are what the subscriber is told, in order. The channel is closed when it was disconnected.
func (sub *Subscription) Messages() <-chan *wire.Message { return sub.messages }

// Close signs off.
func (sub *Subscription) Close() {
	sub.service.tell(sub.out, session.Closed{ID: sub.id, Reason: "signoff"})
}

// deliver, limit and close are called by the service only, one at a time.
func (sub *Subscription) deliver(m *wire.Message, _ func() ([]byte, error)) bool {
	select {
	case sub.messages <- m:
		return true
	default:
		return false
	}
}

func (sub *Subscription) flush() bool  { return true }
func (sub *Subscription) limit(int)    {}
func (sub *Subscription) close()       { close(sub.messages) }
func (sub *Subscription) speaks() Line { return sub.out }

// SendAs sends a message as the client of that name, which must be signed on and belong to the same user;
// root may speak for everybody. It waits while peers must catch up. A message that no client may send is an error.
func (s *Service) SendAs(ctx context.Context, p session.Peer, name string, m *wire.Message) error {
	if !session.Sendable(m) {
		return fmt.Errorf("messages of type %q are sent by the node itself only", m.Kind())
	}
	type leave struct {
		line Line
		list chan []*wire.Message
	}
	granted := make(chan leave, 1)
	if !s.put(input{look: func(s *Service) {
		line, list := s.speakAs(p, name, m)
		granted <- leave{line, list}
	}}) {
		return ErrClosed
	}
	select {
	case g := <-granted:
		if g.line == nil {
			return ErrNotSignedOn
		}
		for _, m := range <-g.list {
			if err := g.line.Send(ctx, m); err != nil {
				return err
			}
		}
		return nil
	case <-s.done:
		return ErrClosed
	}
}

// speakAs lets the core judge a message in the name of a client.
func (s *Service) speakAs(p session.Peer, name string, m *wire.Message) (Line, chan []*wire.Message) {
	for _, cl := range s.core.Clients() {
		if cl.Name != name || cl.Casual || cl.UID != p.UID && p.UID != 0 || s.sinks[cl.ID] == nil {
			continue
		}
		line, list := s.sinks[cl.ID].speaks(), make(chan []*wire.Message, 1)
		s.step(input{events: []session.Event{session.Received{ID: cl.ID, Message: m}}, say: list})
		return line, list
	}
	return nil, nil
}

// Clients lists who is signed on.
func (s *Service) Clients() []session.Client {
	list := make(chan []session.Client, 1)
	if !s.put(input{look: func(s *Service) { list <- s.core.Clients() }}) {
		return nil
	}
	select {
	case l := <-list:
		return l
	case <-s.done:
		return nil
	}
}
