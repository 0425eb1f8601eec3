package wire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxLengthDigits bounds the LEN of netstrings: 8 digits are enough for MaxInflated and for a message in parts.
const maxLengthDigits = 8

// ParseNetstring reads a message in netstring encoding without trailer. All
// strings of the message share the memory of one copy of data.
func ParseNetstring(data []byte) (*Message, error) {
	if len(data) > MaxInflated {
		return nil, errTooLong
	}
	return parseNetstring(string(data), 0)
}

// ParseWhole is ParseNetstring for a message that came in many parts. Nothing is copied; whoever
// put it together has bounded its size.
func ParseWhole(s string) (*Message, error) { return parseNetstring(s, 0) }

func parseNetstring(s string, depth int) (*Message, error) {
	m := &Message{Fields: make([]Field, 0, fieldsGuess)}
	if err := m.readNetstring(s, depth); err != nil {
		return nil, err
	}
	return m, nil
}

// readNetstring fills an empty message.
func (m *Message) readNetstring(s string, depth int) error {
	if depth > MaxDepth {
		return errTooDeep
	}
	rest, ok := strings.CutPrefix(s, netstringStart)
	if !ok {
		return errors.New("netstring message does not begin with ###")
	}
	for !strings.HasPrefix(rest, netstringEnd) {
		if len(m.Fields) == MaxFields {
			return errTooManyFields
		}
		f, after, err := parseNetstringField(rest, depth)
		if err != nil {
			return fmt.Errorf("field %d: %w", len(m.Fields)+1, err)
		}
		m.Fields = append(m.Fields, f)
		rest = after
	}
	if len(rest) > len(netstringEnd) {
		return fmt.Errorf("%d bytes follow the %%%%%% at the end of the message", len(rest)-len(netstringEnd))
	}
	return nil
}

// parseNetstringField reads "LEN:(T)name=value," at the start of s and returns what follows.
func parseNetstringField(s string, depth int) (f Field, rest string, err error) {
	n, rest, ok := parseDecimal(s, maxLengthDigits)
	if !ok || !strings.HasPrefix(rest, ":") {
		return f, "", fmt.Errorf("no length and colon at %s", quote(s))
	}
	rest = rest[1:]
	if len(rest) <= n {
		return f, "", fmt.Errorf("length %d leads beyond the end of the message", n)
	}
	if rest[n] != ',' {
		return f, "", fmt.Errorf("no comma after %d bytes", n)
	}
	body, rest := rest[:n], rest[n+1:]
	if len(body) < len("(T)") || body[0] != '(' || body[2] != ')' {
		return f, "", fmt.Errorf("no type in parentheses at %s", quote(body))
	}
	name, value, ok := strings.Cut(body[len("(T)"):], "=")
	if !ok {
		return f, "", fmt.Errorf("no = in %s", quote(body))
	}
	if !ValidName(name) {
		return f, "", fmt.Errorf("%s: %w", quote(name), errBadName)
	}
	f.Name = name
	if err := f.setRaw(body[1], value, depth); err != nil {
		return f, "", fmt.Errorf("%s: %w", quote(name), err)
	}
	return f, rest, nil
}

// setRaw gives the field the type of the digit and the value that stands raw in netstring encoding.
func (f *Field) setRaw(digit byte, value string, depth int) (err error) {
	switch digit {
	case '0':
		if strings.IndexByte(value, 0) >= 0 {
			return errNUL
		}
		f.Type, f.Value = String, value
	case '1':
		f.Type, f.Value = Binary, value
	case '2', '5': // a struct that its sender did not compress is a struct
		f.Type = Struct
		f.Struct, err = parseNetstring(value, depth+1)
	case '3':
		f.Type = List
		f.List, err = parseList(value)
	case '4':
		f.Type, f.Value = Compressed, value
	default:
		return fmt.Errorf("type %s is not a field type", quote(string(rune(digit))))
	}
	return err
}

// fieldsGuess is room for the fields of a usual heartbeat.
const fieldsGuess = 24

var (
	errNUL           = errors.New("string contains a NUL byte")
	errTooDeep       = errors.New("messages are nested deeper than " + strconv.Itoa(MaxDepth))
	errTooManyFields = errors.New("message has more than " + strconv.Itoa(MaxFields) + " fields")
	errTooLong       = errors.New("message is longer than " + strconv.Itoa(MaxInflated) + " bytes")
)
