package media

import (
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/rawcall"
)

const (
	// piece is how many bytes the kernel may hold at most: what it holds cannot be taken back, so a deep queue there
	// would delay every later heartbeat.
	piece = 512
	// writeTimeout is how long a line may stand still before it counts as broken (messaging spec, section 15).
	writeTimeout = 500 * time.Millisecond
	// queueTime is how much the queue holds, in time of the line: what waits longer is of no use as a heartbeat, and
	// everything else is asked for again.
	queueTime = 2 * time.Second
	// leastQueue is the least queue in bytes, so that a slow line can carry a large message among others.
	leastQueue = 8 << 10
)

// frameWriter puts frames on a line at the speed of the line, without waiting. When more is to be sent than fits, the
// oldest whole frames are given up.
type frameWriter struct {
	tty  int
	baud int // bits a second; a byte takes ten

	queue   []byte // what the kernel was not given yet
	ends    []int  // where in the queue each frame ends
	begun   bool   // the first frame is partly written
	unsent  int    // bytes that the kernel held when it was last asked
	moved   time.Time
	stalled bool
	due     time.Time // when to go on; zero: nothing waits, or nothing moves
	dropped uint64    // frames given up
}

// put queues a frame and writes what can be written. While nothing leaves the line only the newest frame is kept.
func (w *frameWriter) put(now time.Time, frame []byte) error {
	if len(w.queue) == 0 && w.unsent == 0 {
		w.moved = now // an idle line does not stand still
	}
	w.makeRoom(len(frame))
	w.queue = append(w.queue, frame...)
	w.ends = append(w.ends, len(w.queue))
	if err := w.flush(now); err != nil {
		return err
	}
	if w.stalled {
		return errStalled
	}
	return nil
}

// makeRoom gives up frames until another one fits, but never the rest of one that is partly on the line.
func (w *frameWriter) makeRoom(size int) {
	limit := max(w.baud/10*int(queueTime/time.Second), leastQueue)
	if w.stalled {
		limit = 0
	}
	keep := 0
	if w.begun {
		keep = 1
	}
	for len(w.ends) > keep && len(w.queue)+size > limit {
		start, end := 0, w.ends[keep]
		if keep == 1 {
			start = w.ends[0]
		}
		w.queue = append(w.queue[:start], w.queue[end:]...)
		w.ends = append(w.ends[:keep], w.ends[keep+1:]...)
		for i := keep; i < len(w.ends); i++ {
			w.ends[i] -= end - start
		}
		w.dropped++
	}
}

// flush gives the kernel what it may hold, and says when to go on.
func (w *frameWriter) flush(now time.Time) error {
	for {
		held := rawcall.Unsent(w.tty)
		if held < w.unsent {
			w.progress(now)
		}
		w.unsent = held
		n := min(piece-held, len(w.queue))
		if n <= 0 {
			break
		}
		n, err := rawcall.Write(w.tty, w.queue[:n])
		if err == unix.EAGAIN {
			break
		}
		if err != nil {
			return err
		}
		// What the kernel took says nothing yet about a line that stands still; what it sent does.
		if held == 0 {
			w.progress(now)
		}
		w.take(n)
		w.unsent = held + n
	}
	if (w.unsent > 0 || len(w.queue) > 0) && now.Sub(w.moved) >= writeTimeout {
		w.stalled = true
	}
	w.due = time.Time{}
	if len(w.queue) > 0 && !w.stalled {
		w.due = now.Add(w.pause())
	}
	return nil
}

func (w *frameWriter) progress(now time.Time) { w.moved, w.stalled = now, false }

// pause is how long the line needs for half of what the kernel may hold.
func (w *frameWriter) pause() time.Duration {
	return max(time.Duration(piece/2)*10*time.Second/time.Duration(w.baud), 2*time.Millisecond)
}

// take removes n bytes that the kernel took from the front of the queue.
func (w *frameWriter) take(n int) {
	w.queue = append(w.queue[:0], w.queue[n:]...)
	done := 0
	for _, end := range w.ends {
		if end <= n {
			done++
		}
	}
	w.begun = n > 0 && (done == 0 || w.ends[done-1] < n)
	w.ends = append(w.ends[:0], w.ends[done:]...)
	for i := range w.ends {
		w.ends[i] -= n
	}
}
