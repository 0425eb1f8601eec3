package edit

import (
	"slices"
	"strings"

	"heartbeat/internal/xmltree"
)

// query answers from what the asker may see; nil means nothing.
func query(root *xmltree.Node, req Request) (Result, error) {
	if req.XPath != "" {
		return queryAt(root, req)
	}
	// A scope that is none shows everything, as C Pacemaker does: clients probe that way.
	n := root
	if sectionPath(req.Section) != nil {
		if n = Section(root, req.Section); n == nil {
			return Result{}, fail(Missing, "the document has no section %q", req.Section)
		}
	}
	if req.NoChildren {
		n = bare(n)
	}
	return Result{Root: root, Answer: n}, nil
}

// bare is an element without what is inside.
func bare(n *xmltree.Node) *xmltree.Node {
	return &xmltree.Node{Name: n.Name, Attrs: slices.Clip(n.Attrs)}
}

// queryAt answers with the only match itself, and with several inside <xpath-query>.
func queryAt(root *xmltree.Node, req Request) (Result, error) {
	found, err := matches(root, req.XPath)
	if err != nil {
		return Result{}, err
	}
	if len(found) == 0 {
		return Result{}, fail(Missing, "nothing matches the XPath %s", req.XPath)
	}
	list := xmltree.New("xpath-query")
	for _, m := range found {
		switch {
		case req.Paths:
			list.Add(xmltree.New("xpath-query-path", "id", Path(root, m.Way)))
		case req.NoChildren:
			list.Add(bare(m.Node))
		default:
			list.Add(m.Node)
		}
	}
	if len(found) == 1 && !req.Paths {
		list = list.Children[0]
	}
	return Result{Root: root, Answer: list}, nil
}

// Path writes a place as patches and queries name it: the elements from the root down, each with its id.
func Path(root *xmltree.Node, way []int) string {
	var b strings.Builder
	n := root
	writeStep(&b, n)
	for _, i := range way {
		n = n.Children[i]
		writeStep(&b, n)
	}
	return b.String()
}

func writeStep(b *strings.Builder, n *xmltree.Node) {
	b.WriteByte('/')
	b.WriteString(n.Name)
	if id, ok := n.Lookup("id"); ok {
		b.WriteString("[@id='")
		b.WriteString(id)
		b.WriteString("']")
	}
}
