package wire

import "bytes"

// ScanClassic is a bufio.SplitFunc that finds classic messages in a stream: the
// FIFO, a serial line. It skips what stands between messages, and the beginning
// of a message whose end was lost.
func ScanClassic(data []byte, atEOF bool) (advance int, token []byte, err error) {
	start := bytes.Index(data, []byte(classicStart))
	if start < 0 {
		if atEOF {
			return len(data), nil, nil
		}
		return max(0, len(data)-len(classicStart)+1), nil, nil
	}
	const newline = 1
	body := data[start+len(classicStart)-newline:]
	end := bytes.Index(body, []byte("\n"+classicEnd))
	if end < 0 {
		switch {
		case atEOF:
			return len(data), nil, nil
		case len(data)-start > MaxPacket: // never a message: look for the next one
			return start + len(classicStart), nil, nil
		}
		return start, nil, nil
	}
	stop := len(data) - len(body) + end + newline + len(classicEnd)
	// A mark in the middle is a new message: values contain no line ends.
	if again := bytes.LastIndex(data[start:stop], []byte("\n"+classicStart)); again >= 0 {
		start += again + newline
	}
	return stop, data[start:stop], nil
}
