package wire

import "errors"

// Parse reads a message without authentication in the dialect that its first
// four bytes tell, as clients send it on local sockets.
func Parse(data []byte) (*Message, Dialect, error) {
	switch {
	case startsWith(data, classicStart):
		m, err := ParseClassic(data)
		return m, Classic, err
	case startsWith(data, netstringStart):
		m, err := ParseNetstring(data)
		return m, Netstring, err
	}
	return nil, 0, errStart
}

func startsWith(data []byte, mark string) bool {
	return len(data) >= len(mark) && string(data[:len(mark)]) == mark
}

var errStart = errors.New("neither >>> nor ### at the start of the message")
