// Package record is what programs write to the socket of the logging daemon (resources spec, section 9.4): a structure of C in the
// byte order and layout of the machine, and the text behind it. It is pure.
package record

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"
	"time"
)

const (
	logIt      = 2  // the only message there is
	entitySize = 64 // bytes, with the NUL

	longSize   = bits.UintSize / 8 // time stamps are unsigned long
	entityAt   = 24
	timeAt     = entityAt + entitySize
	headerSize = timeAt + longSize
)

const (
	// MaxText is the longest text that is written, in bytes.
	MaxText = 8000
	// MaxSize is the largest body that is read, in bytes. C sends no line of more than 5119 bytes.
	MaxSize = headerSize + MaxText + 1
)

// A Line is one line of the log.
type Line struct {
	At       time.Time // to the second; zero: the writer takes the present
	Entity   string    // the program
	PID      int
	Facility int  // of syslog, as its code (8 times the number); the daemon uses its own
	Priority int  // 0 emergency … 7 debug
	Word     bool // the line is to show the priority as a word
	Text     string
}

// Append appends the body of a message. What is too long is cut.
func Append(dst []byte, l Line) []byte {
	text := strings.ToValidUTF8(l.Text[:min(len(l.Text), MaxText)], "")
	text, _, _ = strings.Cut(text, "\x00")
	start := len(dst)
	dst = append(dst, make([]byte, headerSize)...)
	h := dst[start:]
	word := uint32(0)
	if l.Word {
		word = 1
	}
	for i, v := range []uint32{logIt, uint32(l.Facility), uint32(l.Priority), uint32(len(text) + 1), word, uint32(l.PID)} {
		binary.NativeEndian.PutUint32(h[4*i:], v)
	}
	entity, _, _ := strings.Cut(l.Entity, "\x00")
	copy(h[entityAt:timeAt-1], entity)
	if !l.At.IsZero() {
		putLong(h[timeAt:], uint64(max(l.At.Unix(), 0)))
	}
	return append(append(dst, text...), 0)
}

// Decode reads the body of a message. Like C's daemon it takes the text up to its NUL, whatever length the header gives.
func Decode(body []byte) (Line, error) {
	if len(body) < headerSize {
		return Line{}, fmt.Errorf("log message of %d bytes; its header alone has %d", len(body), headerSize)
	}
	number := func(i int) int { return int(int32(binary.NativeEndian.Uint32(body[4*i:]))) }
	if kind := number(0); kind != logIt {
		return Line{}, fmt.Errorf("log message of type %d; there is only %d", kind, logIt)
	}
	l := Line{Facility: number(1), Priority: number(2) & 7, Word: number(4) != 0, PID: number(5)}
	entity, _, _ := bytes.Cut(body[entityAt:timeAt], []byte{0})
	text, _, _ := bytes.Cut(body[headerSize:], []byte{0})
	l.Entity, l.Text = string(entity), string(text)
	if at := int64(long(body[timeAt:])); at > 0 && at < 1<<40 { // a later one is no time but noise
		l.At = time.Unix(at, 0)
	}
	return l, nil
}

func putLong(b []byte, v uint64) {
	if longSize == 4 {
		binary.NativeEndian.PutUint32(b, uint32(v))
		return
	}
	binary.NativeEndian.PutUint64(b, v)
}

func long(b []byte) uint64 {
	if longSize == 4 {
		return uint64(binary.NativeEndian.Uint32(b))
	}
	return binary.NativeEndian.Uint64(b)
}
