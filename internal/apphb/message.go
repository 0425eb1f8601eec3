package apphb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"heartbeat/internal/plumb"
)

// Kinds of messages.
const (
	Reg         = "reg"
	Unreg       = "unreg"
	Beat        = "hb"
	SetInterval = "setint"
	SetWarn     = "setwarn"
	SetReboot   = "setboot"
)

// Sizes of the structures of C, in bytes.
const (
	kindSize = 8
	nameSize = 256
	longSize = bits.UintSize / 8
	regSize  = kindSize + 3*nameSize + 3*4
	msSize   = kindSize + longSize

	// MaxSize is the largest body of a message.
	MaxSize = 4096
	// ReplySize is the size of a reply's body.
	ReplySize = 4
	// MaxName is the longest name of a program or instance.
	MaxName = nameSize - 1
)

// A Message is one request of a program.
type Message struct {
	Kind           string
	Name, Instance string // reg only, as the rest but Value
	Dir            string // where it was started
	PID, UID, GID  int
	Value          uint64 // setint, setwarn: milliseconds; setboot: not 0 for yes
	Short          bool   // what belongs to its kind is missing, or not what C could read
}

// Append appends the body of a message. It fails when a name is too long.
func Append(dst []byte, m Message) ([]byte, error) {
	size := kindSize
	switch m.Kind {
	case Reg:
		size = regSize
	case SetInterval, SetWarn, SetReboot:
		size = msSize
	}
	start := len(dst)
	out := append(dst, make([]byte, size)...)
	b := out[start:]
	ok := plumb.PutText(b[:kindSize], m.Kind)
	switch m.Kind {
	case Reg:
		for i, text := range []string{m.Name, m.Instance, m.Dir} {
			ok = plumb.PutText(b[kindSize+i*nameSize:][:nameSize], text) && ok
		}
		for i, n := range []int{m.PID, m.UID, m.GID} {
			binary.NativeEndian.PutUint32(b[kindSize+3*nameSize+4*i:], uint32(n))
		}
	case SetInterval, SetWarn, SetReboot:
		if longSize == 4 {
			binary.NativeEndian.PutUint32(b[kindSize:], uint32(m.Value))
		} else {
			binary.NativeEndian.PutUint64(b[kindSize:], m.Value)
		}
	}
	if !ok {
		return dst, fmt.Errorf("a name in the message %q is longer than %d bytes", m.Kind, MaxName)
	}
	return out, nil
}

// Decode reads the body of a message; of one that is shorter than its kind wants, only the kind. An error means that
// nothing can be made of it, and C says nothing to it.
func Decode(body []byte) (Message, error) {
	if len(body) < kindSize {
		return Message{}, errors.New("a message without its type")
	}
	kind, _ := plumb.Text(body[:kindSize-1]) // C ends it there, whatever stands behind
	m := Message{Kind: kind}
	switch kind {
	case Reg:
		m.Short = len(body) < regSize
		for i, to := range []*string{&m.Name, &m.Instance, &m.Dir} {
			if m.Short {
				return Message{Kind: kind, Short: true}, nil
			}
			text, ended := plumb.Text(body[kindSize+i*nameSize:][:nameSize])
			*to, m.Short = text, !ended && i < 2
		}
		for i, to := range []*int{&m.PID, &m.UID, &m.GID} {
			*to = int(int32(binary.NativeEndian.Uint32(body[kindSize+3*nameSize+4*i:])))
		}
		m.UID, m.GID = int(uint32(m.UID)), int(uint32(m.GID))
	case SetInterval, SetWarn, SetReboot:
		if m.Short = len(body) < msSize; m.Short {
			return m, nil
		}
		if longSize == 4 {
			m.Value = uint64(binary.NativeEndian.Uint32(body[kindSize:]))
		} else {
			m.Value = binary.NativeEndian.Uint64(body[kindSize:])
		}
	}
	return m, nil
}

// AppendReply appends the body of a reply: an error number, 0 for none.
func AppendReply(dst []byte, errno int) []byte {
	return binary.NativeEndian.AppendUint32(dst, uint32(errno))
}

// DecodeReply reads the body of a reply.
func DecodeReply(body []byte) (errno int, err error) {
	if len(body) < ReplySize {
		return 0, fmt.Errorf("reply of %d bytes instead of %d", len(body), ReplySize)
	}
	return int(int32(binary.NativeEndian.Uint32(body))), nil
}
