package apphb

import (
	"encoding/binary"
	"errors"
	"fmt"

	"heartbeat/internal/plumb"
)

// Kinds of messages to the recovery manager (resources spec, section 9.6).
const (
	RecoveryConnect    = "conn"
	RecoveryDisconnect = "disconn"
	RecoveryEvent      = "event"
)

const (
	connSize  = kindSize + 2*nameSize + 3*4
	eventSize = connSize + 4
)

// A RecoveryMessage is what the monitor says to the recovery manager.
type RecoveryMessage struct {
	Kind           string
	Name, Instance string // conn: who speaks; event: the program
	PID, UID, GID  int
	Event          Event
	Short          bool // what belongs to its kind is missing, or not what C could read
}

// AppendRecovery appends the body of a message. It fails when a name is too long.
func AppendRecovery(dst []byte, m RecoveryMessage) ([]byte, error) {
	size := map[string]int{RecoveryConnect: connSize, RecoveryEvent: eventSize}[m.Kind]
	if size == 0 {
		size = kindSize
	}
	out := append(dst, make([]byte, size)...)
	b := out[len(dst):]
	ok := plumb.PutText(b[:kindSize], m.Kind)
	if size > kindSize {
		ok = plumb.PutText(b[kindSize:][:nameSize], m.Name) && ok
		ok = plumb.PutText(b[kindSize+nameSize:][:nameSize], m.Instance) && ok
		for i, n := range []int{m.PID, m.UID, m.GID} {
			binary.NativeEndian.PutUint32(b[kindSize+2*nameSize+4*i:], uint32(n))
		}
	}
	if size == eventSize {
		binary.NativeEndian.PutUint32(b[connSize:], uint32(m.Event))
	}
	if !ok {
		return dst, fmt.Errorf("a name in the message %q is longer than %d bytes", m.Kind, MaxName)
	}
	return out, nil
}

// DecodeRecovery reads the body of a message; of one that is shorter than its kind wants, only the kind.
func DecodeRecovery(body []byte) (RecoveryMessage, error) {
	if len(body) < kindSize {
		return RecoveryMessage{}, errors.New("a message without its type")
	}
	kind, _ := plumb.Text(body[:kindSize-1])
	m := RecoveryMessage{Kind: kind}
	size := map[string]int{RecoveryConnect: connSize, RecoveryEvent: eventSize}[kind]
	if size == 0 {
		return m, nil
	}
	short := RecoveryMessage{Kind: kind, Short: true}
	if len(body) < size {
		return short, nil
	}
	var ok1, ok2 bool
	m.Name, ok1 = plumb.Text(body[kindSize:][:nameSize])
	m.Instance, ok2 = plumb.Text(body[kindSize+nameSize:][:nameSize])
	if !ok1 || !ok2 {
		return short, nil
	}
	number := func(at int) uint32 { return binary.NativeEndian.Uint32(body[at:]) }
	at := kindSize + 2*nameSize
	m.PID, m.UID, m.GID = int(int32(number(at))), int(number(at+4)), int(number(at+8))
	if kind == RecoveryEvent {
		m.Event = Event(int32(number(connSize)))
	}
	return m, nil
}
