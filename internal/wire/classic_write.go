package wire

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// A newline inside a value, at any depth (messaging spec, section 4.3).
const escapedNewline = 0x13

// depthCodes are the bytes that end the lines of a nested message, by depth:
// 20..31, then 15..18, since 19 is the escaped newline.
const depthCodes = "\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x0f\x10\x11\x12"

// AppendClassic appends the message as classic text, without authentication and
// without NUL, as it travels through the FIFO. On a local socket one NUL follows it.
// After an error dst has its old length.
func AppendClassic(dst []byte, m *Message) ([]byte, error) {
	if err := check(m, 0); err != nil {
		return dst, err
	}
	if err := checkClassic(m, 0); err != nil {
		return dst, err
	}
	return appendClassic(dst, m, 0), nil
}

func appendClassic(dst []byte, m *Message, depth int) []byte {
	end := lineEnd(depth)
	dst = append(dst, '>', '>', '>', end)
	dst = appendLines(dst, m, depth, "")
	return append(dst, '<', '<', '<', end)
}

// lineEnd is what ends the lines of a message: a newline, or the code that
// replaces it in a message nested depth deep.
func lineEnd(depth int) byte {
	if depth == 0 {
		return '\n'
	}
	return depthCodes[depth-1]
}

// appendLines appends the lines of all fields but the ones called without. At
// depth 0 this is what the auth field signs (section 5.2).
func appendLines(dst []byte, m *Message, depth int, without string) []byte {
	for i := range m.Fields {
		f := &m.Fields[i]
		if without != "" && f.Name == without {
			continue
		}
		t := wireType(f.Type)
		if t != String {
			dst = append(dst, '(', '0'+byte(t), ')')
		}
		dst = append(dst, f.Name...)
		dst = append(dst, '=')
		switch t {
		case Struct:
			dst = appendClassic(dst, f.Struct, depth+1)
		case List:
			dst = appendList(dst, f.List)
		case Binary, Compressed:
			dst = appendBase64(dst, f.Value)
		default:
			dst = appendEscaped(dst, f.Value)
		}
		dst = append(dst, lineEnd(depth))
	}
	return dst
}

func appendEscaped(dst []byte, s string) []byte {
	for {
		i := strings.IndexByte(s, '\n')
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		dst = append(dst, escapedNewline)
		s = s[i+1:]
	}
}

// appendBase64 encodes piecewise through the stack, so that a string need not be copied to the heap.
func appendBase64(dst []byte, s string) []byte {
	var piece [384]byte // a multiple of 3: padding stands at the very end only
	for len(s) > 0 {
		n := copy(piece[:], s)
		dst = base64.StdEncoding.AppendEncode(dst, piece[:n])
		s = s[n:]
	}
	return dst
}

// carriesClassic says whether a checked message may be sent as classic text in a
// datagram or a socket, which C never does with structs. The auth field, which
// signs classic text, exists under the same condition (sections 4.3 and 5.2).
func carriesClassic(m *Message) bool {
	for i := range m.Fields {
		switch f := &m.Fields[i]; f.Type {
		case Struct, Compressed, ToCompress:
			return false
		case List:
			if checkClassicText(f, 0) != nil {
				return false
			}
		}
	}
	return true
}

// checkClassic finds what classic text would change: bytes which, at that depth, mean the end of a line.
func checkClassic(m *Message, depth int) error {
	for i := range m.Fields {
		f := &m.Fields[i]
		var err error
		switch wireType(f.Type) {
		case Struct:
			if depth == MaxDepth {
				err = errTooDeep
			} else {
				err = checkClassic(f.Struct, depth+1)
			}
		case String, List:
			err = checkClassicText(f, depth)
		}
		if err != nil {
			return fmt.Errorf("field %d (%s): %w", i+1, quote(f.Name), err)
		}
	}
	return nil
}

func checkClassicText(f *Field, depth int) error {
	if f.Type == String {
		return checkControl(f.Value, depth)
	}
	for _, item := range f.List {
		if strings.ContainsAny(item, "\n\x00") {
			return errors.New("classic text cannot carry a list item with a newline or NUL; use netstring encoding")
		}
		if err := checkControl(item, depth); err != nil {
			return err
		}
	}
	return nil
}

// checkControl finds the bytes that are line ends of the messages around this one.
func checkControl(s string, depth int) error {
	if strings.ContainsAny(s, depthCodes[:depth]) {
		return errControl
	}
	return nil
}

var errControl = errors.New("classic text cannot carry this control character inside a nested message; use netstring encoding or binary")
