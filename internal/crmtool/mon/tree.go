package mon

import "strings"

// An entry is a line of a report, or a list of them with a title.
type entry struct {
	list    bool
	title   string // of a list; in text one without title only indents
	text    string // of a line
	class   string // of a line, in HTML
	spans   []span // of a line, in HTML, in place of the text
	entries []*entry
}

// A span is a piece of a line with a class, in HTML.
type span struct{ class, text string }

func list(title string) *entry { return &entry{list: true, title: title} }

func (e *entry) add(more ...*entry) {
	for _, m := range more {
		if m != nil {
			e.entries = append(e.entries, m)
		}
	}
}

func (e *entry) line(text string) { e.add(&entry{text: text}) }

// orNil is a list with something in it, or nothing.
func (e *entry) orNil() *entry {
	if len(e.entries) == 0 {
		return nil
	}
	return e
}

// lines writes an entry as text, two blanks and a star a level.
func (e *entry) lines(out []string, depth int) []string {
	mark := ""
	if depth > 0 {
		mark = strings.Repeat("  ", depth) + "* "
	}
	if !e.list {
		return append(out, mark+e.text)
	}
	if e.title != "" {
		out = append(out, mark+e.title+":")
	}
	for _, below := range e.entries {
		out = below.lines(out, depth+1)
	}
	return out
}
