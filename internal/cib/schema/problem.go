package schema

import (
	"fmt"
	"strings"

	"heartbeat/internal/xmltree"
)

// A Kind is what sort of mistake a problem is.
type Kind uint8

const (
	NoCluster        Kind = iota // the root is not <cib>
	UnknownSchema                // validate-with names no known schema, or none
	UnknownElement               // nobody knows it, or not here
	MisplacedElement             // one too many, or in the wrong order
	MissingElement
	UnknownAttribute
	BadValue
	Conflict // attributes that exclude each other
	MissingAttribute
	DuplicateID
	UnknownReference
	TextInside
	Meaning // beyond the form
	TooMany // problems
)

// A Problem is one finding about a document.
type Problem struct {
	Line    int    // where the element begins, from 1; 0: not read from a file
	Element string // its name
	ID      string // its id, empty without one
	Attr    string // the attribute that is meant, empty: none
	Kind    Kind
	Warning bool   // works, but not as somebody may think
	Text    string // what is wrong, beginning in lower case
	Mend    string // how to mend it, as an order
}

// Problems are findings in the order of the document.
type Problems []Problem

// MostProblems is how many are listed; one more says how many are left.
const MostProblems = 1000

// Errors says whether the document must not be used as it is.
func (l Problems) Errors() bool {
	for _, p := range l {
		if !p.Warning {
			return true
		}
	}
	return false
}

// Where is the element with its id as one would look for it, such as <op id="x">.
func (p Problem) Where() string {
	switch {
	case p.Element == "":
		return ""
	case p.ID == "":
		return "<" + p.Element + ">"
	}
	return fmt.Sprintf("<%s id=%q>", p.Element, clip(p.ID))
}

// String is everything in one line.
func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", p.Line)
	}
	if w := p.Where(); w != "" {
		b.WriteString(w + ": ")
	}
	b.WriteString(p.Text)
	if p.Mend != "" {
		b.WriteString("; " + p.Mend)
	}
	return b.String()
}

// Error makes the problems an error for places that have no better use for them; nil without errors.
func (l Problems) Error() error {
	var lines []string
	for _, p := range l {
		if !p.Warning {
			lines = append(lines, p.String())
		}
	}
	if lines == nil {
		return nil
	}
	return fmt.Errorf("%s", strings.Join(lines, "\n"))
}

// clip shortens a text from a document, for messages.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// at begins a problem with an element.
func at(n *xmltree.Node, kind Kind, mend, format string, args ...any) Problem {
	return Problem{Line: int(n.Line), Element: n.Name, ID: n.Get("id"), Kind: kind, Text: fmt.Sprintf(format, args...), Mend: mend}
}
