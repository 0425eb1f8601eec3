package media

import (
	"golang.org/x/sys/unix"

	"heartbeat/internal/rawcall"
	"heartbeat/internal/wire"
)

// firstBuffer is enough for the usual frame; lastBuffer holds the largest message and the beginning of the next.
const (
	firstBuffer = 4 << 10
	lastBuffer  = wire.MaxPacket + firstBuffer
)

// frameReader finds frames in what a line receives. A cable may bring anything: noise is skipped, a frame that lost its
// beginning or its end costs that frame alone, and memory is bounded.
type frameReader struct {
	tty  int
	buf  []byte
	from int // what was not looked at yet begins here
	to   int // and ends here
}

// next returns the next whole frame, errEmpty when none is there yet, or errHangUp. The frame is valid until the next call.
func (r *frameReader) next() ([]byte, error) {
	for {
		if frame := r.scan(); frame != nil {
			return frame, nil
		}
		r.makeRoom()
		n, err := rawcall.Read(r.tty, r.buf[r.to:])
		switch {
		case err == unix.EAGAIN:
			return nil, errEmpty
		case err != nil:
			return nil, err
		case n == 0:
			return nil, errHangUp
		}
		r.to += n
	}
}

// scan takes the first frame out of what was received, or nothing.
func (r *frameReader) scan() []byte {
	for r.from < r.to {
		n, frame, _ := wire.ScanClassic(r.buf[r.from:r.to], false) // it has no errors
		r.from += n
		if frame != nil || n == 0 {
			return frame
		}
	}
	return nil
}

// makeRoom moves what is left to the front, and grows the buffer up to its bound. The scanner gives up a frame before it fills
// the largest buffer.
func (r *frameReader) makeRoom() {
	if r.from > 0 {
		r.to = copy(r.buf, r.buf[r.from:r.to])
		r.from = 0
	}
	if r.to < len(r.buf) {
		return
	}
	bigger := make([]byte, min(max(2*len(r.buf), firstBuffer), lastBuffer))
	copy(bigger, r.buf[:r.to])
	r.buf = bigger
}
