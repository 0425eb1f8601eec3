package conf

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The edits of authkeys keep every other line, comments too, as it is. What they return is the text of a file to be parsed before
// it is used.

// AddKey appends a key line.
func AddKey(data []byte, k Key) []byte {
	out := bytes.Clone(data)
	if len(out) > 0 && out[len(out)-1] != '\n' {
		out = append(out, '\n')
	}
	return append(out, KeyLine(k)...)
}

// KeyLine writes a key as a line of authkeys.
func KeyLine(k Key) string {
	return strings.TrimRight(fmt.Sprintf("%d %s %s", k.Slot, k.Method, k.Secret), " ") + "\n"
}

// SignWith makes the file say "auth slot", above the first key line: C Heartbeat reads the file in order.
func SignWith(data []byte, slot int) []byte {
	var out []byte
	done := false
	for line := range bytes.Lines(data) {
		text := keyText(line)
		switch {
		case text != "" && text[0] == 'a':
			continue
		case !done && text != "" && text[0] != '#':
			out = fmt.Appendf(out, "auth %d\n", slot)
			done = true
		}
		out = append(out, line...)
	}
	if !done {
		if len(out) > 0 && out[len(out)-1] != '\n' {
			out = append(out, '\n')
		}
		out = fmt.Appendf(out, "auth %d\n", slot)
	}
	return out
}

// RemoveKey takes every line of a key out.
func RemoveKey(data []byte, slot int) []byte {
	var out []byte
	for line := range bytes.Lines(data) {
		f := asciiFields(keyText(line))
		if len(f) > 0 {
			if n, err := strconv.Atoi(f[0]); err == nil && n == slot {
				continue
			}
		}
		out = append(out, line...)
	}
	return out
}

// ParseKeyLine reads one key as it stands in authkeys; line breaks around it do not matter.
func ParseKeyLine(text string) (Key, error) {
	f := asciiFields(strings.TrimSpace(text))
	if len(f) > 0 && f[0] != "" && (len(f) > 3 || strings.ContainsAny(strings.TrimSpace(text), "\n\r")) {
		return Key{}, fmt.Errorf("%d words are not one key line such as: 2 sha1 SECRET", len(f))
	}
	n := &notes{}
	var k AuthKeys
	if len(f) == 0 {
		return Key{}, fmt.Errorf("nothing was given; write one key line such as: 2 sha1 SECRET")
	}
	k.addKey(0, f, n)
	for _, p := range n.list {
		if p.Severity == Error {
			return Key{}, fmt.Errorf("%s (%s)", p.Msg, p.Fix)
		}
	}
	if len(k.Keys) != 1 {
		return Key{}, fmt.Errorf("this is no key line such as: 2 sha1 SECRET")
	}
	return k.Keys[0], nil
}

// FreeSlot is the lowest number from 1 on that no key has; false when all are taken.
func (k AuthKeys) FreeSlot() (int, bool) {
	for slot := 1; slot <= maxSlot; slot++ {
		if _, taken := k.Slot(slot); !taken {
			return slot, true
		}
	}
	return 0, false
}

// Slot returns the key of a number.
func (k AuthKeys) Slot(slot int) (Key, bool) {
	i := slices.IndexFunc(k.Keys, func(key Key) bool { return key.Slot == slot })
	if i < 0 {
		return Key{}, false
	}
	return k.Keys[i], true
}

// keyText is a line as ParseAuthKeys judges it: without blanks before it and the line break.
func keyText(line []byte) string {
	return strings.TrimLeft(strings.TrimRight(string(line), "\r\n"), " \t\v\f\r")
}
