package wire

import "bytes"

// Slot returns the key slot that a packet names, without verifying anything.
func Slot(data []byte) (slot int, ok bool) {
	var token []byte
	switch {
	case startsWith(data, netstringStart):
		var drop *DropError
		if _, token, drop = splitTrailer(data); drop != nil {
			return 0, false
		}
	case startsWith(data, classicStart):
		if token, ok = authLine(data); !ok {
			return 0, false
		}
	}
	slot, _, ok = leadingDecimal(token, 3)
	return slot, ok && slot <= maxSlot
}

// Source returns the node name that a packet claims to come from, "" when it
// names none. Nothing is verified: it serves to say whose packet was dropped.
func Source(data []byte) string {
	mark, end := []byte("\nsrc="), byte('\n')
	if startsWith(data, netstringStart) {
		mark, end = []byte(":(0)src="), ','
	}
	_, rest, ok := bytes.Cut(data, mark)
	if !ok {
		return ""
	}
	i := bytes.IndexByte(rest, end)
	if i < 0 || i > maxNodeName {
		return ""
	}
	return string(rest[:i])
}

// maxNodeName is the longest node name, in bytes (section 1).
const maxNodeName = 99

// claim is the part of a DropError that says whose packet it may be.
func claim(data []byte) string {
	if src := Source(data); src != "" {
		return ", claims to be from " + quote(src)
	}
	return ""
}
