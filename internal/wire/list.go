package wire

import (
	"errors"
	"strconv"
	"strings"
)

// A list is "len:bytes,len:bytes," in every dialect (messaging spec, section 4.3).

// listLen is the length of the encoded list in bytes.
func listLen(items []string) int {
	n := 0
	for _, item := range items {
		n += decimalLen(len(item)) + 1 + len(item) + 1
	}
	return n
}

func appendList(dst []byte, items []string) []byte {
	for _, item := range items {
		dst = strconv.AppendInt(dst, int64(len(item)), 10)
		dst = append(dst, ':')
		dst = append(dst, item...)
		dst = append(dst, ',')
	}
	return dst
}

func parseList(s string) ([]string, error) {
	var items []string
	for s != "" {
		if len(items) == MaxFields {
			return nil, errTooManyItems
		}
		n, rest, ok := parseDecimal(s, maxLengthDigits)
		if !ok || !strings.HasPrefix(rest, ":") {
			return nil, errListItem
		}
		rest = rest[1:]
		if len(rest) <= n || rest[n] != ',' {
			return nil, errListItem
		}
		items = append(items, rest[:n])
		s = rest[n+1:]
	}
	return items, nil
}

var (
	errListItem     = errors.New(`list item is not "length:bytes,"`)
	errTooManyItems = errors.New("list has more than " + strconv.Itoa(MaxFields) + " items")
)
