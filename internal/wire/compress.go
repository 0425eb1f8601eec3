package wire

import (
	"bytes"
	stdbzip2 "compress/bzip2"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Algorithm is a compression method by its name on the wire.
type Algorithm string

const (
	Zlib Algorithm = "zlib" // RFC 1950, default level
	BZ2  Algorithm = "bz2"  // bzip2, block size 1
)

// Fields of compressed messages (messaging spec, section 4.5).
const (
	payloadField   = "_compressed_payload"
	algorithmField = "_compression_algorithm"
)

// Compression is what ha.cf says about it. The zero value compresses only what
// could not be sent otherwise, with zlib.
type Compression struct {
	Algorithm Algorithm // compression; empty: fields of type ToCompress are sent as plain structs
	Whole     bool      // traditional_compression: wrap whole messages above Threshold
	Threshold int       // compression_threshold, in bytes of the encoded message
}

// algorithm is the one to use when something must be compressed.
func (c Compression) algorithm() Algorithm {
	if c.Algorithm == "" {
		return Zlib
	}
	return c.Algorithm
}

// Pack returns the message with every field of type ToCompress compressed, and
// with the field that names the algorithm; m itself when there is nothing to do.
// Structs inside are encoded as the dialect asks. m is not changed.
func (c Compression) Pack(m *Message, d Dialect) (*Message, error) {
	if c.Algorithm == "" || !has(m, ToCompress) {
		return m, nil
	}
	if err := check(m, 0); err != nil {
		return nil, err
	}
	algorithm := c.Algorithm
	_, named := m.Lookup(algorithmField)
	if named && has(m, Compressed) { // there can be only one algorithm in a message
		algorithm = Algorithm(m.Get(algorithmField))
	}
	p := &Message{Fields: append(make([]Field, 0, len(m.Fields)+1), m.Fields...)}
	for i := range p.Fields {
		f := &p.Fields[i]
		if f.Type != ToCompress {
			continue
		}
		packed, err := deflate(algorithm, appendPlain(nil, f.Struct, d))
		if err != nil {
			return nil, fmt.Errorf("field %d (%s): %w", i+1, quote(f.Name), err)
		}
		*f = Field{Name: f.Name, Type: Compressed, Value: string(packed)}
	}
	p.Set(algorithmField, String, string(algorithm))
	return p, nil
}

func has(m *Message, t Type) bool {
	for i := range m.Fields {
		if m.Fields[i].Type == t {
			return true
		}
	}
	return false
}

// appendPlain encodes a checked message without authentication as it stands
// inside compressed fields: classic text and NUL, or netstring.
func appendPlain(dst []byte, m *Message, d Dialect) []byte {
	if d != Netstring && carriesClassic(m) {
		return append(appendClassic(dst, m, 0), 0)
	}
	return appendNetstring(dst, m, "")
}

// Expand returns the message inside the first field called name, whether it is a
// plain struct or a compressed one. Compressed fields stay closed until somebody
// asks, since most nodes only pass them on.
func (m *Message) Expand(name string) (*Message, error) {
	for i := range m.Fields {
		f := &m.Fields[i]
		if f.Name != name {
			continue
		}
		switch f.Type {
		case Struct, ToCompress:
			if f.Struct == nil {
				break
			}
			return f.Struct, nil
		case Compressed:
			inner, err := inflate(Algorithm(m.Get(algorithmField)), f.Value)
			if err != nil {
				return nil, fmt.Errorf("field %s: %w", quote(name), err)
			}
			expanded, _, err := Parse(inner)
			if err != nil {
				return nil, fmt.Errorf("field %s, inflated: %w", quote(name), err)
			}
			return expanded, nil
		}
		return nil, fmt.Errorf("field %s holds no message", quote(name))
	}
	return nil, fmt.Errorf("no field %s", quote(name))
}

func deflate(algorithm Algorithm, data []byte) ([]byte, error) {
	if len(data) > MaxInflated {
		return nil, errInflated
	}
	var out bytes.Buffer
	var w io.WriteCloser
	switch algorithm {
	case Zlib:
		w = zlib.NewWriter(&out)
	case BZ2:
		return Bzip2(data, 1)
	default:
		return nil, errAlgorithm(algorithm)
	}
	if _, err := w.Write(data); err != nil {
		return nil, fmt.Errorf("compressing with %s: %w", algorithm, err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compressing with %s: %w", algorithm, err)
	}
	return out.Bytes(), nil
}

// inflate accepts any valid stream of at most MaxInflated bytes; more is errInflated.
func inflate(algorithm Algorithm, data string) ([]byte, error) {
	var r io.Reader
	switch algorithm {
	case Zlib:
		z, err := zlib.NewReader(strings.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("inflating with zlib: %w", err)
		}
		r = z
	case BZ2:
		r = stdbzip2.NewReader(strings.NewReader(data))
	default:
		return nil, errAlgorithm(algorithm)
	}
	out, err := io.ReadAll(io.LimitReader(r, MaxInflated+1))
	if err != nil {
		return nil, fmt.Errorf("inflating with %s: %w", algorithm, err)
	}
	if len(out) > MaxInflated {
		return nil, errInflated
	}
	return out, nil
}

func errAlgorithm(a Algorithm) error {
	return fmt.Errorf("compression algorithm %s is neither zlib nor bz2", quote(string(a)))
}

var errInflated = errors.New("compressed message is longer than 2 MiB when inflated")
