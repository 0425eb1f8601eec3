// Package xpath finds elements of a cluster's document by XPath 1.0, as cibadmin --xpath and access rules name them.
//
// The language itself is github.com/antchfx/xpath; this package is the only one that knows it. It lends it a way through
// trees of internal/xmltree, and turns what it found into ways: places that the operations of internal/cib/edit can change.
// An expression may come from any user who may read: its length is bounded, and a fault inside the library is an error here.
package xpath

import (
	"fmt"
	"slices"

	antch "github.com/antchfx/xpath"

	"heartbeat/internal/xmltree"
)

// MaxLength is how long an expression may be, in bytes. The longest ones that cluster shells send have some 400.
const MaxLength = 8192

// An Expr is a compiled expression.
type Expr struct {
	text string
	e    *antch.Expr
}

// Compile reads an expression. Errors say what is wrong with it.
func Compile(text string) (x *Expr, err error) {
	if len(text) > MaxLength {
		return nil, fmt.Errorf("an XPath of %d bytes: at most %d are read", len(text), MaxLength)
	}
	defer func() {
		if p := recover(); p != nil {
			x, err = nil, fmt.Errorf("XPath %q: %v", text, p)
		}
	}()
	if err := sane(text); err != nil {
		return nil, err
	}
	e, err := antch.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("XPath %q: %w", text, err)
	}
	return &Expr{text, e}, nil
}

// maxNesting bounds brackets inside brackets: the library descends once for each.
const maxNesting = 64

// sane refuses unclosed quotes and brackets by name, which the library reports less clearly or not at all.
func sane(text string) error {
	var open []byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\'', '"':
			end := slices.Index([]byte(text[i+1:]), c)
			if end < 0 {
				return fmt.Errorf("XPath %q: the quote at place %d is not closed", text, i+1)
			}
			i += end + 1
		case '[', '(':
			if open = append(open, c); len(open) > maxNesting {
				return fmt.Errorf("XPath with more than %d brackets inside each other", maxNesting)
			}
		case ']', ')':
			if len(open) == 0 || (open[len(open)-1] == '[') != (c == ']') {
				return fmt.Errorf("XPath %q: the %c at place %d closes nothing", text, c, i+1)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("XPath %q: a %c is not closed", text, open[len(open)-1])
	}
	return nil
}

// A Match is one element that an expression names. An attribute or a text that is named stands for its element.
type Match struct {
	Way  []int // indexes of children from the root; empty: the root itself
	Node *xmltree.Node
}

// Find returns the elements that the expression names in a document, each once, in the order of the document.
func (x *Expr) Find(root *xmltree.Node) (found []Match, err error) {
	defer func() {
		if p := recover(); p != nil {
			found, err = nil, fmt.Errorf("XPath %q: %v", x.text, p)
		}
	}()
	top := newNavigator(root)
	it := x.e.Select(top)
	for it.MoveNext() {
		if m, ok := it.Current().(*navigator).match(); ok {
			found = append(found, m)
		}
	}
	slices.SortFunc(found, func(a, b Match) int { return slices.Compare(a.Way, b.Way) })
	return slices.CompactFunc(found, func(a, b Match) bool { return slices.Equal(a.Way, b.Way) }), nil
}

// Find compiles and looks at once.
func Find(root *xmltree.Node, text string) ([]Match, error) {
	x, err := Compile(text)
	if err != nil {
		return nil, err
	}
	return x.Find(root)
}
