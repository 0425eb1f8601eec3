package xmltree

import "strings"

// Mend says how a document becomes readable; empty where Msg says all there is to say.
func (e *SyntaxError) Mend() string {
	begins := func(words ...string) bool {
		for _, w := range words {
			if strings.HasPrefix(e.Msg, w) {
				return true
			}
		}
		return false
	}
	switch {
	case begins("encoding ", "a byte 0xff ", "a byte 0xfe "):
		return "write it anew in UTF-8, as iconv -f UTF-16 -t UTF-8 does with UTF-16"
	case begins("a byte 0x"):
		return "this is no text, damaged, or in another encoding: take a whole copy, or make it UTF-8 with iconv"
	case begins("a document type with declarations"):
		return "take <!DOCTYPE ...> out, and write in full what its entities stand for"
	case begins("the document ends inside", "a < at the end") || strings.HasSuffix(e.Msg, " without end") || strings.Contains(e.Msg, " is not ended by "):
		return "the text may be cut short: take a whole copy, or end what is open"
	case begins("the document has no element", "text outside the root element"):
		return "name a file that is a document"
	case strings.HasSuffix(e.Msg, " levels"):
		return "take out the levels that do not belong there; a cluster's document has less than twenty"
	}
	return ""
}
