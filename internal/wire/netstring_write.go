package wire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// AppendNetstring appends the message in netstring encoding without trailer, as
// it travels on local sockets with msgfmt netstring and inside other messages
// (messaging spec, section 4.4). After an error dst has its old length.
func AppendNetstring(dst []byte, m *Message) ([]byte, error) {
	if err := check(m, 0); err != nil {
		return dst, err
	}
	return appendNetstring(dst, m, ""), nil
}

// appendNetstring encodes a checked message, leaving out the fields called without.
func appendNetstring(dst []byte, m *Message, without string) []byte {
	dst = append(dst, netstringStart...)
	dst = appendNetstringFields(dst, m, without)
	return append(dst, netstringEnd...)
}

func appendNetstringFields(dst []byte, m *Message, without string) []byte {
	for i := range m.Fields {
		f := &m.Fields[i]
		if without != "" && f.Name == without {
			continue
		}
		t := wireType(f.Type)
		dst = strconv.AppendInt(dst, int64(fieldLen(f)), 10)
		dst = append(dst, ':', '(', '0'+byte(t), ')')
		dst = append(dst, f.Name...)
		dst = append(dst, '=')
		switch t {
		case Struct:
			dst = appendNetstring(dst, f.Struct, "")
		case List:
			dst = appendList(dst, f.List)
		default:
			dst = append(dst, f.Value...)
		}
		dst = append(dst, ',')
	}
	return dst
}

// fieldLen is the LEN of a field: from its "(" to the end of its value, in bytes.
func fieldLen(f *Field) int {
	n := len("(T)=") + len(f.Name)
	switch wireType(f.Type) {
	case Struct:
		return n + netstringLen(f.Struct)
	case List:
		return n + listLen(f.List)
	}
	return n + len(f.Value)
}

// netstringLen is the length of a whole message in netstring encoding, without trailer.
func netstringLen(m *Message) int {
	n := len(netstringStart) + len(netstringEnd)
	for i := range m.Fields {
		l := fieldLen(&m.Fields[i])
		n += decimalLen(l) + len(":") + l + len(",")
	}
	return n
}

// EncodedLen is the length of the message in netstring encoding without trailer, in bytes; the
// error says what no encoding can carry.
func (m *Message) EncodedLen() (int, error) {
	if err := check(m, 0); err != nil {
		return 0, err
	}
	return netstringLen(m), nil
}

// wireType is the type that stands on the wire: a struct that nobody compressed is a struct.
func wireType(t Type) Type {
	if t == ToCompress {
		return Struct
	}
	return t
}

// check finds what no encoding can carry; after it the writers cannot fail.
// A message that contains itself is found by its depth.
func check(m *Message, depth int) error {
	if m == nil {
		return errors.New("there is no message to encode")
	}
	if depth > MaxDepth {
		return fmt.Errorf("messages are nested deeper than %d", MaxDepth)
	}
	if len(m.Fields) > MaxFields {
		return fmt.Errorf("message has %d fields; at most %d can be sent", len(m.Fields), MaxFields)
	}
	for i := range m.Fields {
		f := &m.Fields[i]
		if err := checkField(f, depth); err != nil {
			return fmt.Errorf("field %d (%s): %w", i+1, quote(f.Name), err)
		}
	}
	return nil
}

func checkField(f *Field, depth int) error {
	if !ValidName(f.Name) {
		return errBadName
	}
	switch f.Type {
	case Binary, Compressed:
		return nil
	case String:
		if strings.IndexByte(f.Value, 0) >= 0 {
			return errors.New("string contains a NUL byte; send it as binary")
		}
		return nil
	case Struct, ToCompress:
		return check(f.Struct, depth+1)
	case List:
		if n := listLen(f.List); n > MaxListBytes {
			return fmt.Errorf("list takes %d bytes, peers read at most %d; send several lists", n, MaxListBytes)
		}
		return nil
	}
	return fmt.Errorf("type %d is not a field type", f.Type)
}

var errBadName = fmt.Errorf(`name must be 1 to %d printable ASCII characters without "=", and not begin with "(" or a message mark`, MaxName)

// quote shows bytes of unknown origin in an error: printable, and short enough for a log line.
func quote(s string) string {
	const most = 40
	if len(s) <= most {
		return strconv.QuoteToASCII(s)
	}
	return strconv.QuoteToASCII(s[:most]) + "..."
}
