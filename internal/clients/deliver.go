package clients

import (
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"heartbeat/internal/clients/ipc"
	"heartbeat/internal/clients/session"
	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// deliver writes a message to clients. It is encoded once, and only if somebody reads frames.
func (s *Service) deliver(d session.Deliver) {
	frame := sync.OnceValues(func() ([]byte, error) {
		data, err := ipc.Append(nil, d.Message, s.cfg.Netstring)
		if err != nil {
			s.cfg.Log.Warn("no client is told: " + err.Error())
		}
		return data, err
	})
	for _, id := range d.To {
		to := s.sinks[id]
		switch {
		case to == nil:
		case !to.deliver(d.Message, frame):
			s.dropSlow(id, unread)
		case !slices.Contains(s.dirty, id):
			s.dirty = append(s.dirty, id)
		}
	}
}

const unread = "it does not read: its queue is full, or it cannot be written to"

// flush writes what was delivered since the last time. Clients that are disconnected thereby make others hear of it.
func (s *Service) flush() {
	for len(s.dirty) > 0 {
		list := s.dirty
		s.dirty = nil
		for _, id := range list {
			if to := s.sinks[id]; to != nil && !to.flush() {
				s.dropSlow(id, unread)
			}
		}
	}
}

// dropSlow disconnects a client that cannot be served. What it was to be told is lost to it, and so it must sign on again.
func (s *Service) dropSlow(id session.ID, why string) {
	for _, cl := range s.core.Clients() {
		if cl.ID == id {
			s.cfg.Record(event.Event{Kind: event.ClientSlow, Subject: cl.Name, Text: "client " + cl.Name + " was disconnected: " + why})
		}
	}
	to := s.sinks[id]
	if to == nil {
		return
	}
	delete(s.sinks, id)
	to.limit(0)
	to.close()
	say := make(chan []*wire.Message, 1)
	s.step(input{events: []session.Event{session.Closed{ID: id, Reason: "sendfail"}}, say: say})
	s.words.Go(func() { s.say(to.speaks(), <-say) }) // behind what the client had said before
}

// disconnectAll sends everybody away after news were lost.
func (s *Service) disconnectAll() {
	for _, cl := range s.core.Clients() {
		s.dropSlow(cl.ID, "news of the cluster came faster than they could be handed on; it must sign on again")
	}
}

// leave says goodbye to all clients when the node ends.
func (s *Service) leave() {
	s.ended = true
	for id := range s.sinks {
		s.step(input{events: []session.Event{session.Closed{ID: id, Reason: "shutdown"}}})
	}
}

// wake sends a client the signal that it asked for. The process is the one at the other end of its connection.
func wake(e session.Signal) {
	_ = unix.Kill(e.PID, unix.Signal(e.Signal)) // one that is gone is noticed by its reader
}
