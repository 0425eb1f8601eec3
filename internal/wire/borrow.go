package wire

import (
	"strconv"
	"strings"
	"unsafe"
)

// DecodeInto is Decode for a message that is looked at and forgotten: the memory of m is used again, and its strings are parts
// of data. It says what it says until data changes or m is used for the next one; what is to last is taken from Own.
// After an error m is empty.
func (k *Keyring) DecodeInto(m *Message, data []byte) (Dialect, error) {
	m.Fields = m.Fields[:0]
	d, drop := k.decode(m, data, borrowed)
	if drop != nil {
		m.Fields = m.Fields[:0]
		return 0, drop
	}
	return d, nil
}

func borrowed(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Own returns a copy that shares no memory with what the message was read from.
func (m *Message) Own() *Message {
	c := &Message{Fields: make([]Field, len(m.Fields), len(m.Fields)+10)}
	for i, f := range m.Fields {
		o := Field{Name: strings.Clone(f.Name), Type: f.Type, Value: strings.Clone(f.Value)}
		if f.Struct != nil {
			o.Struct = f.Struct.Own()
		}
		for _, item := range f.List {
			o.List = append(o.List, strings.Clone(item))
		}
		c.Fields[i] = o
	}
	return c
}

// Scratch is memory for the values of one message after another, of messages that are encoded and forgotten. The zero
// value is ready; a nil Scratch gives values that last.
type Scratch struct{ text []byte }

// Reset begins the next message: the values of the one before it are no longer valid.
func (s *Scratch) Reset() { s.text = s.text[:0] }

// Hex is FormatHex in this memory.
func (s *Scratch) Hex(n uint64) string {
	if s == nil {
		return FormatHex(n)
	}
	start := len(s.text)
	s.text = strconv.AppendUint(s.text, n, 16)
	return borrowed(s.text[start:])
}

// Raw is the bytes as a value.
func (s *Scratch) Raw(b []byte) string {
	if s == nil {
		return string(b)
	}
	start := len(s.text)
	s.text = append(s.text, b...)
	return borrowed(s.text[start:])
}
