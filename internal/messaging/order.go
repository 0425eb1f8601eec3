package messaging

import (
	"cmp"
	"slices"

	"heartbeat/internal/wire"
)

// entry is a message that waits for its turn.
type entry struct {
	seq     uint64
	message *wire.Message
}

// Queue puts a kept message into its place. Messages that need no order (status)
// are never queued. When too many wait, the oldest holes are given up; their
// number is returned.
func (r *Receiver) Queue(seq uint64, m *wire.Message) (lost uint64) {
	i, _ := slices.BinarySearchFunc(r.queue, seq, func(e entry, s uint64) int { return cmp.Compare(e.seq, s) })
	r.queue = slices.Insert(r.queue, i, entry{seq, m})
	for len(r.queue) > maxQueue && len(r.holes) > 0 && r.holes[0].seq < r.queue[0].seq {
		r.holes = slices.Delete(r.holes, 0, 1)
		lost++
	}
	return lost
}

// Next releases the oldest queued message if nothing below it is missing; nil
// when there is none. Call it until it returns nil.
func (r *Receiver) Next() *wire.Message {
	if len(r.queue) == 0 || (len(r.holes) > 0 && r.holes[0].seq < r.queue[0].seq) {
		return nil
	}
	m := r.queue[0].message
	r.queue[0].message = nil
	r.queue = slices.Delete(r.queue, 0, 1)
	return m
}

// Waiting is how many messages wait for a hole below them.
func (r *Receiver) Waiting() int { return len(r.queue) }

// Abandon gives all holes up, so that Next releases everything that was queued:
// what a dead node said last still counts. It returns how many were missing.
func (r *Receiver) Abandon() int {
	n := len(r.holes)
	r.holes = r.holes[:0]
	return n
}
