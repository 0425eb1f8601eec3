package messaging

import (
	"fmt"
	"time"

	"heartbeat/internal/wire"
)

// A Sender numbers, signs and remembers the messages of this node.
type Sender struct {
	ID      Identity
	Keys    wire.Keyring
	Dialect wire.Dialect

	seq   uint64
	kept  history
	large time.Time // when a large message went out last; zero: none is kept
}

// Seq is the number of the newest message; 0: none was sent.
func (s *Sender) Seq() uint64 { return s.seq }

// Send completes, signs and remembers a message and returns its datagram, which
// stays unchanged while the message is in the history. After an error no number
// is used up, so that peers see no hole.
func (s *Sender) Send(now time.Time, m *wire.Message, stamp Stamp) ([]byte, error) {
	seq := s.seq + 1
	Control(m, s.ID, seq, stamp)
	slot := s.kept.slot(seq)
	packet, err := s.Keys.AppendPacket(slot.packet, m, s.Dialect)
	if err == nil && len(packet) > MaxMessage {
		err = fmt.Errorf("it has %d bytes signed, at most %d can be sent; send less at once", len(packet), MaxMessage)
	}
	if err != nil {
		return nil, fmt.Errorf("sending message %q: %w", m.Kind(), err)
	}
	*slot = sent{seq: seq, packet: packet, at: now}
	if len(packet) > largeSlot {
		s.large = now
	}
	s.seq = seq
	return packet, nil
}

// Control signs a message of the messaging layer itself (NS_*).
func (s *Sender) Control(m *wire.Message, stamp Stamp) ([]byte, error) {
	Control(m, s.ID, 0, stamp)
	packet, err := s.Keys.Encode(m, s.Dialect)
	if err != nil {
		return nil, fmt.Errorf("sending message %q: %w", m.Kind(), err)
	}
	return packet, nil
}

// Age frees memory of large messages that every live peer has.
func (s *Sender) Age(now time.Time, acked uint64) {
	if s.large.IsZero() || now.Sub(s.large) < ageing || acked < s.seq {
		return
	}
	s.kept.age(now, acked)
	s.large = time.Time{}
}

// Rekey changes the keys. What is kept is signed anew, because a peer that asks
// again has changed its keys too.
func (s *Sender) Rekey(keys wire.Keyring) {
	for i := range s.kept.ring {
		old := &s.kept.ring[i]
		if len(old.packet) == 0 {
			continue
		}
		m, dialect, err := s.Keys.Decode(old.packet)
		if err == nil {
			old.packet, err = keys.AppendPacket(nil, m, dialect)
		}
		if err != nil {
			old.packet = nil // asked for again, it is refused
		}
	}
	s.Keys = keys
}
