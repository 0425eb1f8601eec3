package schema

import (
	"slices"
	"strings"
	"unicode"
)

// fits says whether a value is one of a kind in a generation. White space around it does not count, as in XML Schema, but for what is
// compared as it stands.
func (k *kind) fits(v Version, value string) bool {
	if k.words != nil {
		if k.not {
			return !slices.ContainsFunc(k.words, func(w word) bool { return w.in.has(v) && w.text == value })
		}
		value = strings.Join(strings.Fields(value), " ")
		return slices.ContainsFunc(k.words, func(w word) bool { return w.in.has(v) && w.text == value })
	}
	switch k.name {
	case "devices":
		return isDevices(value)
	case "ports":
		return value != "" && strings.Trim(value, "0123456789-") == ""
	}
	value = strings.Trim(value, " \t\r\n")
	switch k.name {
	case "id", "idref":
		return isName(value)
	case "bool":
		return value == "true" || value == "false" || value == "1" || value == "0"
	case "oldbool":
		return slices.Contains([]string{"true", "yes", "1", "false", "no", "0"}, value)
	case "int":
		return isInteger(value)
	case "count":
		return isInteger(value) && (value[0] != '-' || strings.Trim(value[1:], "0") == "")
	case "positive":
		return isInteger(value) && value[0] != '-' && strings.Trim(value, "+0") != ""
	case "level":
		digits := strings.TrimLeft(strings.TrimPrefix(value, "+"), "0")
		return isInteger(value) && len(digits) == 1 && value[0] != '-'
	case "score":
		return isInteger(value) || value == "INFINITY" || value == "+INFINITY" || value == "-INFINITY"
	case "schema":
		return slices.Contains(schemaNames(), value)
	}
	return true // text, oldid
}

// mostDigits is what readers of XML Schema's integers take.
const mostDigits = 24

func isInteger(s string) bool {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	return s != "" && strings.Trim(s, "0123456789") == "" && len(strings.TrimLeft(s, "0")) <= mostDigits
}

// isName says whether a text is a name without a colon (NCName).
func isName(s string) bool {
	for i, r := range s {
		if r == '_' || unicode.IsLetter(r) {
			continue
		}
		if i == 0 || r != '-' && r != '.' && r != '·' && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			return false
		}
	}
	return s != ""
}

// isDevices says whether a text is names of devices with commas between.
func isDevices(s string) bool {
	for name := range strings.SplitSeq(s, ",") {
		ok := name != "" && !strings.ContainsFunc(name, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '.' && r != '-'
		})
		if !ok {
			return false
		}
	}
	return true
}

// allowed describes the values of a kind, for people.
func (k *kind) allowed(v Version) string {
	if k.words != nil {
		var list []string
		for _, w := range k.words {
			if w.in.has(v) {
				list = append(list, w.text)
			}
		}
		if k.not {
			return "anything but " + join(list, "or")
		}
		return join(list, "or")
	}
	switch k.name {
	case "id":
		return "a name that stands nowhere else: letters, digits, - . _, and a letter or _ first"
	case "idref":
		return "the id of another element"
	case "bool":
		return "true or false"
	case "oldbool":
		return "true or false"
	case "int":
		return "an integer"
	case "count":
		return "an integer from 0"
	case "positive":
		return "an integer from 1"
	case "level":
		return "an integer from 1 to 9"
	case "score":
		return "an integer, INFINITY or -INFINITY"
	case "schema":
		return "the name of a schema, such as " + V3_10.Name()
	case "devices":
		return "ids of fencing devices with commas between"
	case "ports":
		return "a range of ports such as 8000-8010"
	}
	return "a text"
}

// join writes a list in words.
func join(list []string, word string) string {
	switch len(list) {
	case 0:
		return "nothing"
	case 1:
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " " + word + " " + list[len(list)-1]
}
