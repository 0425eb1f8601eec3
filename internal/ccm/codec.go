package ccm

import (
	"encoding/base64"
	"math/bits"
	"strconv"
)

// writeSet is a set as the wire has it: base64 of its 13 bytes.
func writeSet(s set) string { return base64.StdEncoding.EncodeToString(s[:]) }

// readSet reads a bitmap; the empty text is the empty set ("no members", or "you are not my leader"). A node index
// beyond MaxNodes cannot be.
func readSet(text string) (s set, ok bool) {
	if text == "" {
		return s, true
	}
	if len(text) != base64.StdEncoding.EncodedLen(setBytes) {
		return s, false
	}
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(data) != setBytes {
		return s, false
	}
	copy(s[:], data)
	return s, s[setBytes-1]>>(MaxNodes%8) == 0
}

// writeUptime is a birth as C's lists have it: the signed 32-bit number whose bytes on a little-endian machine
// are those of the big-endian birth (section 19.3). All C nodes of today are little-endian.
func writeUptime(birth uint32) string { return strconv.Itoa(int(int32(bits.ReverseBytes32(birth)))) }

// readUptimes reads such a list without losing the births from 128 on, which C prints as negative numbers.
func readUptimes(items []string) ([]uint32, bool) {
	if len(items) > MaxNodes {
		return nil, false
	}
	out := make([]uint32, 0, len(items))
	for _, text := range items {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < -1<<31 || n > 1<<32-1 {
			return nil, false
		}
		out = append(out, bits.ReverseBytes32(uint32(n)))
	}
	return out, true
}

// newCookie makes a random word of the characters that C uses.
func (c *Core) newCookie() string {
	var b [cookieLength]byte
	for i := range b {
		b[i] = byte('!' + c.random()%('~'-'!'+1))
	}
	return string(b[:])
}

// random is splitmix64. Cookies need to differ, not to be secret: messages are signed.
func (c *Core) random() uint64 {
	c.seed += 0x9e3779b97f4a7c15
	z := c.seed
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
