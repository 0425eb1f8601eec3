package conf

import "strings"

// maxLine is the longest physical line that C Heartbeat reads whole, in bytes.
const maxLine = 5119

// A textLine is one physical line without its end; num counts from 1.
type textLine struct {
	num  int
	text string
}

// splitLines cuts a file into lines. CRLF ends a line like LF, with one warning:
// C Heartbeat keeps the CR in haresources, where the last word then never matches.
func splitLines(data []byte, n *notes) []textLine {
	var out []textLine
	crlf, long, nul := 0, 0, 0
	num := 0
	for text := range strings.SplitSeq(string(data), "\n") {
		num++
		if t := strings.TrimRight(text, "\r"); t != text {
			text = t
			if crlf == 0 {
				crlf = num
			}
		}
		if len(text) > maxLine && long == 0 {
			long = num
		}
		if strings.IndexByte(text, 0) >= 0 && nul == 0 {
			nul = num
		}
		out = append(out, textLine{num, text})
	}
	if last := len(out) - 1; last >= 0 && out[last].text == "" {
		out = out[:last] // what follows the last newline is no line
	}
	if crlf > 0 {
		n.warn(crlf, "write it with Unix line ends (dos2unix)", "lines end in CR LF, as Windows writes them")
	}
	if long > 0 {
		n.fail(long, "break it up", "line is longer than %d bytes", maxLine)
	}
	if nul > 0 {
		n.fail(nul, "is this a text file?", "line holds a NUL byte")
	}
	return out
}

// isBlank says what separates words in ha.cf: blank, tab and comma.
func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == ',' }

// words splits ha.cf arguments.
func words(s string) []string { return strings.FieldsFunc(s, isBlank) }

// firstWord splits off the directive; rest is what follows, trimmed.
func firstWord(s string) (word, rest string) {
	s = strings.TrimLeft(s, " \t,\v\f\r")
	i := strings.IndexFunc(s, isBlank)
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.Trim(s[i:], " \t,")
}

// asciiFields splits at white space as C's scanf does: bytes beyond ASCII belong to words.
func asciiFields(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r >= '\t' && r <= '\r' })
}
