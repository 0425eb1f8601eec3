package messaging

import "time"

// sent is one own message as it went out.
type sent struct {
	seq    uint64
	packet []byte
	at     time.Time
	resent time.Time
	total  uint64 // bytes of all messages up to this one
}

// history keeps the newest HistorySize own messages. Slots keep their memory, so
// that a heartbeat costs none.
type history struct{ ring [HistorySize]sent }

// largeSlot is the size in bytes above which a slot gives its memory back once
// everybody has the message.
const largeSlot = 4096

// slot returns the place for a new message; its packet has length 0.
func (h *history) slot(seq uint64) *sent {
	s := &h.ring[seq%HistorySize]
	s.packet = s.packet[:0]
	return s
}

// find returns a message that is still kept, or nil.
func (h *history) find(seq uint64) *sent {
	s := &h.ring[seq%HistorySize]
	if s.seq != seq || len(s.packet) == 0 {
		return nil
	}
	return s
}

// age frees large messages that everybody has and that are old enough that no
// request for them can be under way (section 10). Small ones stay until they are
// overwritten: answering too much is harmless.
func (h *history) age(now time.Time, acked uint64) {
	for i := range h.ring {
		s := &h.ring[i]
		if cap(s.packet) > largeSlot && s.seq <= acked && now.Sub(s.at) >= ageing {
			*s = sent{}
		}
	}
}
