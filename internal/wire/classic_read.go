package wire

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// ParseClassic reads a message of classic text; one NUL at the end is tolerated.
// It keeps an auth field and does not verify it: Keyring.Decode is for the network.
func ParseClassic(data []byte) (*Message, error) {
	if len(data) > MaxInflated {
		return nil, errTooLong
	}
	return parseClassic(strings.TrimSuffix(string(data), "\x00"), 0)
}

func parseClassic(s string, depth int) (*Message, error) {
	m := &Message{Fields: make([]Field, 0, fieldsGuess)}
	if err := m.readClassic(s, depth); err != nil {
		return nil, err
	}
	return m, nil
}

// readClassic fills an empty message.
func (m *Message) readClassic(s string, depth int) error {
	if depth > MaxDepth {
		return errTooDeep
	}
	rest, ok := strings.CutPrefix(s, classicStart)
	if !ok {
		return errors.New("classic message does not begin with >>>")
	}
	for !strings.HasPrefix(rest, classicEnd) {
		if len(m.Fields) == MaxFields {
			return errTooManyFields
		}
		line, after, ok := strings.Cut(rest, "\n")
		if !ok {
			return fmt.Errorf("line %d: message ends without <<<", len(m.Fields)+2)
		}
		f, err := parseLine(line, depth)
		if err != nil {
			return fmt.Errorf("line %d: %w", len(m.Fields)+2, err)
		}
		m.Fields = append(m.Fields, f)
		rest = after
	}
	if len(rest) > len(classicEnd) {
		return fmt.Errorf("%d bytes follow the <<< at the end of the message", len(rest)-len(classicEnd))
	}
	return nil
}

// parseLine reads one field, "name=value" or "(T)name=value" without its newline.
func parseLine(line string, depth int) (f Field, err error) {
	digit, body := byte('0'), line
	if strings.HasPrefix(line, "(") {
		if len(line) < len("(T)") || line[2] != ')' {
			return f, fmt.Errorf("no type in parentheses at %s", quote(line))
		}
		digit, body = line[1], line[len("(T)"):]
	}
	name, value, ok := strings.Cut(body, "=")
	if !ok {
		return f, fmt.Errorf("no = in %s", quote(line))
	}
	if !ValidName(name) {
		return f, fmt.Errorf("%s: %w", quote(name), errBadName)
	}
	f.Name = name
	if err := f.setText(digit, value, depth); err != nil {
		return f, fmt.Errorf("%s: %w", quote(name), err)
	}
	return f, nil
}

// setText gives the field the type of the digit and the value that stands in classic text.
func (f *Field) setText(digit byte, value string, depth int) (err error) {
	switch digit {
	case '0':
		if strings.IndexByte(value, escapedNewline) >= 0 {
			value = strings.ReplaceAll(value, string(rune(escapedNewline)), "\n")
		}
		return f.setRaw(digit, value, depth)
	case '1', '4':
		if value, err = decodeBase64(value); err != nil {
			return err
		}
		return f.setRaw(digit, value, depth)
	case '2', '5':
		if depth == MaxDepth {
			return errTooDeep
		}
		f.Type = Struct
		f.Struct, err = parseClassic(strings.ReplaceAll(value, depthCodes[depth:depth+1], "\n"), depth+1)
		return err
	}
	return f.setRaw(digit, value, depth)
}

// decodeBase64 is strict where the standard library would skip a carriage return.
func decodeBase64(s string) (string, error) {
	if strings.IndexByte(s, '\r') >= 0 {
		return "", errBase64
	}
	var short [64]byte // identities take no second copy
	raw, err := base64.StdEncoding.AppendDecode(short[:0], []byte(s))
	if err != nil {
		return "", errBase64
	}
	return string(raw), nil
}

var errBase64 = errors.New("binary value is not padded base64")
