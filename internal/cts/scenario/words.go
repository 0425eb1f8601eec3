package scenario

import (
	"errors"
	"strings"
)

// split cuts a line into words. Double quotes keep blanks together; within them \" and \\ stand for themselves. A # outside quotes at the
// beginning of a word begins a comment.
func split(line string) ([]string, error) {
	var out []string
	for {
		line = strings.TrimLeft(line, " \t\r")
		if line == "" || line[0] == '#' {
			return out, nil
		}
		if line[0] != '"' {
			end := strings.IndexAny(line, " \t\r")
			if end < 0 {
				end = len(line)
			}
			out, line = append(out, line[:end]), line[end:]
			continue
		}
		word, rest, err := quoted(line[1:])
		if err != nil {
			return out, err
		}
		out, line = append(out, word), rest
	}
}

func quoted(s string) (word, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			if i+1 < len(s) && !strings.ContainsRune(" \t\r", rune(s[i+1])) {
				return "", "", errors.New("a blank must follow the closing quote")
			}
			return b.String(), s[i+1:], nil
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", errors.New("a quote is not closed")
}
