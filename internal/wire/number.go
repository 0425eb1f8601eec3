package wire

import "strconv"

// ParseHex reads a number as seq, hg, ts, dt and ackseq carry it: 1 to 16 hex
// digits of either case, no sign, no prefix (messaging spec, section 6).
func ParseHex(s string) (n uint64, ok bool) {
	if len(s) == 0 || len(s) > 16 {
		return 0, false
	}
	for i := range len(s) {
		var d byte
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			d = c - '0'
		case 'a' <= c && c <= 'f':
			d = c - 'a' + 10
		case 'A' <= c && c <= 'F':
			d = c - 'A' + 10
		default:
			return 0, false
		}
		n = n<<4 | uint64(d)
	}
	return n, true
}

// FormatHex writes a number as C Heartbeat does: lower case, no leading zeros.
func FormatHex(n uint64) string { return strconv.FormatUint(n, 16) }

// Hex returns the number in the first field called name; see ParseHex.
func (m *Message) Hex(name string) (n uint64, ok bool) { return ParseHex(m.Get(name)) }

// parseDecimal reads 1 to maxDigits decimal digits at the start of s and returns what follows.
func parseDecimal(s string, maxDigits int) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && i < maxDigits && '0' <= s[i] && s[i] <= '9' {
		n = n*10 + int(s[i]-'0')
		i++
	}
	return n, s[i:], i > 0
}

// decimalLen is the number of digits of n, which is not negative.
func decimalLen(n int) int {
	digits := 1
	for n >= 10 {
		n /= 10
		digits++
	}
	return digits
}
