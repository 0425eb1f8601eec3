package messaging

import (
	"fmt"
	"time"

	"heartbeat/internal/wire"
)

// A Sender numbers, signs and remembers the messages of this node.
type Sender struct {
	ID          Identity
	Keys        wire.Keyring
	Dialect     wire.Dialect
	Compression wire.Compression

	words words // of ID
	seq   uint64
	solid uint64 // newest message that is no status
	bytes uint64 // of all messages sent
	kept  history
	large time.Time // when a large message went out last; zero: none is kept
}

// Begin starts a new life: numbers begin anew, and what the former life said cannot be asked for any more.
func (s *Sender) Begin(id Identity) {
	*s = Sender{ID: id, Keys: s.Keys, Dialect: s.Dialect, Compression: s.Compression}
}

// Seq is the number of the newest message; 0: none was sent.
func (s *Sender) Seq() uint64 { return s.seq }

// Solid is the number of the newest message that is no status; 0: there was none.
func (s *Sender) Solid() uint64 { return s.solid }

// Send completes, signs and remembers a message and returns its datagram, which
// stays unchanged while the message is in the history. After an error no number
// is used up, so that peers see no hole.
func (s *Sender) Send(now time.Time, m *wire.Message, stamp Stamp) ([]byte, error) {
	return s.send(now, m, stamp, s.Dialect)
}

// SendPart is Send for a part of a larger message. It holds bytes that classic text would have to spell out.
func (s *Sender) SendPart(now time.Time, m *wire.Message, stamp Stamp) ([]byte, error) {
	return s.send(now, m, stamp, wire.Netstring)
}

// BytesAfter is how many bytes were sent after a message; all that are known of when it is forgotten.
func (s *Sender) BytesAfter(seq uint64) int {
	if seq >= s.seq {
		return 0
	}
	if m := s.kept.find(seq); m != nil {
		return int(s.bytes - m.total)
	}
	return int(s.bytes)
}

// Sent returns when a message went out; ok is false when it is forgotten or was resent, so that the
// time says nothing about the network.
func (s *Sender) Sent(seq uint64) (at time.Time, ok bool) {
	m := s.kept.find(seq)
	if m == nil || !m.resent.IsZero() {
		return time.Time{}, false
	}
	return m.at, true
}

func (s *Sender) send(now time.Time, m *wire.Message, stamp Stamp, d wire.Dialect) ([]byte, error) {
	seq := s.seq + 1
	control(m, s.spelt(), seq, stamp)
	slot := s.kept.slot(seq)
	packet, err := s.encode(slot.packet, m, s.Keys, d)
	if err == nil && len(packet) > MaxMessage {
		err = fmt.Errorf("it has %d bytes signed, at most %d can be sent; send less at once", len(packet), MaxMessage)
	}
	if err != nil {
		return nil, fmt.Errorf("sending message %q: %w", m.Kind(), err)
	}
	s.bytes += uint64(len(packet))
	*slot = sent{seq: seq, packet: packet, at: now, total: s.bytes}
	if len(packet) > largeSlot {
		s.large = now
	}
	if s.seq = seq; m.Kind() != KindStatus {
		s.solid = seq
	}
	return packet, nil
}

// spelt is ID in words, which are put together once.
func (s *Sender) spelt() words {
	if s.words.id != s.ID {
		s.words = s.ID.words()
	}
	return s.words
}

// encode appends a packet as the configuration of this node asks.
func (s *Sender) encode(dst []byte, m *wire.Message, keys wire.Keyring, d wire.Dialect) ([]byte, error) {
	codec := wire.Codec{Keys: keys, Dialect: d, Compression: s.Compression}
	return codec.AppendPacket(dst, m)
}

// AppendControl appends the signed datagram of a message of the messaging layer itself (NS_*). After an error dst is as it was.
func (s *Sender) AppendControl(dst []byte, m *wire.Message, stamp Stamp) ([]byte, error) {
	control(m, s.spelt(), 0, stamp)
	packet, err := s.Keys.AppendPacket(dst, m, s.Dialect)
	if err != nil {
		return dst, fmt.Errorf("sending message %q: %w", m.Kind(), err)
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
			old.packet, err = s.encode(nil, m, keys, dialect)
		}
		if err != nil {
			old.packet = nil // asked for again, it is refused
		}
	}
	s.Keys = keys
}
