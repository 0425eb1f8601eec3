// Package plumb is the framing of cluster-glue's local sockets, which every daemon of C Heartbeat's family speaks: a header of two
// 32-bit words in the byte order of the machine, the length of the body and a magic number, and then the body
// (messaging spec, section 17.1; resources spec, section 9.5). It is pure: bytes in, bytes out.
package plumb

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// HeaderSize is the size of the header, in bytes.
const HeaderSize = 8

const magic = 0x0000abcd

// Append appends a frame with the body.
func Append(dst, body []byte) []byte {
	dst = binary.NativeEndian.AppendUint32(dst, uint32(len(body)))
	dst = binary.NativeEndian.AppendUint32(dst, magic)
	return append(dst, body...)
}

// Read reads one frame and returns its body, of 1 to limit bytes. Any error but io.EOF means that the other end does not speak this
// protocol, or has gone in the middle of a frame: nothing that follows can be understood.
func Read(r io.Reader, limit int) ([]byte, error) {
	var header [HeaderSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	if m := binary.NativeEndian.Uint32(header[4:]); m != magic {
		return nil, fmt.Errorf("frame header with magic %#x instead of %#x: this is no program of Heartbeat's family", m, magic)
	}
	n := int(int32(binary.NativeEndian.Uint32(header[:])))
	if n <= 0 || n > limit {
		return nil, fmt.Errorf("frame of %d bytes; 1 to %d are possible", n, limit)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return body, nil
}

// Text is a char array of C: what stands before the first NUL. False: there is no NUL, so C would read on.
func Text(field []byte) (string, bool) {
	text, _, ended := bytes.Cut(field, []byte{0})
	return string(text), ended
}

// PutText writes a char array of C; false: the text does not fit with its NUL, or holds one.
func PutText(field []byte, text string) bool {
	if len(text) >= len(field) || bytes.IndexByte([]byte(text), 0) >= 0 {
		return false
	}
	clear(field)
	copy(field, text)
	return true
}
