package cib

import (
	"crypto/md5" //nolint:gosec // the format demands it; it protects nothing
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Digest is the fingerprint of parameters that executors record: MD5 over them as one XML element, sorted by name, with a blank
// before and a line end behind.
func Digest(parameters Pairs) string {
	sorted := slices.Clone(parameters)
	slices.SortStableFunc(sorted, func(a, b Pair) int { return strings.Compare(a.Name, b.Name) })
	buf := make([]byte, 0, 256)
	buf = append(buf, " <parameters"...)
	for _, p := range sorted {
		buf = append(buf, ' ')
		buf = append(buf, p.Name...)
		buf = append(buf, '=', '"')
		buf = escape(buf, p.Value)
		buf = append(buf, '"')
	}
	buf = append(buf, "/>\n"...)
	sum := md5.Sum(buf) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}

func escape(buf []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '<':
			buf = append(buf, "&lt;"...)
		case c == '>':
			buf = append(buf, "&gt;"...)
		case c == '&':
			buf = append(buf, "&amp;"...)
		case c == '"':
			buf = append(buf, "&quot;"...)
		case c < ' ', c == 0x7f:
			buf = fmt.Appendf(buf, "&#x%.2X;", c)
		default:
			buf = append(buf, c)
		}
	}
	return buf
}
