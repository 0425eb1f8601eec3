package ipc

import (
	"encoding/binary"
	"fmt"

	"heartbeat/internal/wire"
)

const (
	// HeaderSize is the size of the header, in bytes.
	HeaderSize = 8
	// MaxBody is the largest body that is read, in bytes: a message before compression, and its NUL.
	MaxBody = wire.MaxInflated + 1

	magic = 0x0000abcd
)

// BodySize reads a header of HeaderSize bytes. An error means that the other end does not speak this
// protocol; nothing that follows can be understood.
func BodySize(header []byte) (int, error) {
	if len(header) != HeaderSize {
		return 0, fmt.Errorf("a frame header has %d bytes, not %d", HeaderSize, len(header))
	}
	if m := binary.NativeEndian.Uint32(header[4:]); m != magic {
		return 0, fmt.Errorf("frame header with magic %#x instead of %#x: this is no client of libheartbeat", m, magic)
	}
	n := int32(binary.NativeEndian.Uint32(header))
	if n <= 0 || n > MaxBody {
		return 0, fmt.Errorf("frame of %d bytes; 1 to %d are possible", n, MaxBody)
	}
	return int(n), nil
}

// Decode reads the body of a frame, in either dialect.
func Decode(body []byte) (*wire.Message, error) {
	m, _, err := wire.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("reading a client's message: %w", err)
	}
	return m, nil
}

// Append appends a frame with the message: as classic text unless netstring is asked for or classic text
// cannot carry the message. After an error dst has its old length.
func Append(dst []byte, m *wire.Message, netstring bool) ([]byte, error) {
	start := len(dst)
	head := append(dst, make([]byte, HeaderSize)...)
	var out []byte
	var err error
	if netstring = netstring || !plain(m); !netstring {
		if out, err = wire.AppendClassic(head, m); err == nil {
			out = append(out, 0)
		}
	}
	if netstring || err != nil {
		out, err = wire.AppendNetstring(head, m)
	}
	body := len(out) - start - HeaderSize
	if err == nil && body > MaxBody {
		err = fmt.Errorf("it has %d bytes, a client reads %d at the most", body, MaxBody)
	}
	if err != nil {
		return dst[:start], fmt.Errorf("writing message %q to a client: %w", m.Kind(), err)
	}
	binary.NativeEndian.PutUint32(out[start:], uint32(body))
	binary.NativeEndian.PutUint32(out[start+4:], magic)
	return out, nil
}

// plain says that no field needs the netstring form: C never puts structures into classic text on a socket.
func plain(m *wire.Message) bool {
	for _, f := range m.Fields {
		switch f.Type {
		case wire.Struct, wire.Compressed, wire.ToCompress:
			return false
		case wire.String, wire.Binary, wire.List:
		}
	}
	return true
}
