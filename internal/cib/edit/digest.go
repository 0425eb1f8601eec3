package edit

import (
	"crypto/md5" //nolint:gosec // the formats demand it; it finds accidents, it protects nothing
	"encoding/hex"
	"slices"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// DiskDigest is what stands in a .sig file beside a document, and what cibadmin -5 prints (spec 3.3, 1): MD5 over the document in one
// line, with a blank before and a line end behind.
func DiskDigest(root *xmltree.Node) string { return sum(framed(root, keepAll)) }

// WireDigest is what a patch says about the document that it makes, and what cibadmin -6 prints (spec 3.3, 2). Partners with a feature
// set before 3.0.5 sort the document and frame it as a file.
func WireDigest(root *xmltree.Node) string {
	if cib.CompareVersions(root.Get("crm_feature_set"), "3.0.5") < 0 {
		return sum(framed(sorted(root), noMarks))
	}
	return sum(line(nil, root, noMarks))
}

func sum(text []byte) string {
	d := md5.Sum(text) //nolint:gosec // see above
	return hex.EncodeToString(d[:])
}

func framed(root *xmltree.Node, keep func(string) bool) []byte {
	return append(line([]byte{' '}, root, keep), '\n')
}

func keepAll(string) bool { return true }

// noMarks leaves out attributes that say who wrote something rather than what: they differ between nodes that agree.
func noMarks(name string) bool {
	switch name {
	case "crm-debug-origin", "cib-last-written", "update-origin", "update-client", "update-user", marker:
		return false
	}
	return true
}

// line writes a tree without line ends between elements, in the escapes of the programs that invented the digests.
func line(buf []byte, n *xmltree.Node, keep func(string) bool) []byte {
	switch n.Kind {
	case xmltree.Comment:
		return append(append(append(buf, "<!--"...), n.Text...), "-->"...)
	case xmltree.Text:
		return escape(buf, n.Text)
	case xmltree.Element:
	}
	buf = append(append(buf, '<'), n.Name...)
	for _, a := range n.Attrs {
		if keep(a.Name) {
			buf = append(append(append(buf, ' '), a.Name...), '=', '"')
			buf = append(escape(buf, a.Value), '"')
		}
	}
	if len(n.Children) == 0 {
		return append(buf, '/', '>')
	}
	buf = append(buf, '>')
	for _, c := range n.Children {
		buf = line(buf, c, keep)
	}
	return append(append(append(buf, '<', '/'), n.Name...), '>')
}

func escape(buf []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '&':
			buf = append(buf, "&amp;"...)
		case '<':
			buf = append(buf, "&lt;"...)
		case '>':
			buf = append(buf, "&gt;"...)
		case '"':
			buf = append(buf, "&quot;"...)
		case '\'':
			buf = append(buf, "&apos;"...)
		case '\n':
			buf = append(buf, `\n`...)
		case '\t':
			buf = append(buf, "    "...)
		case '\r':
			buf = append(buf, `\r`...)
		default:
			buf = append(buf, c)
		}
	}
	return buf
}

// sorted is a tree whose attributes stand in the order of their names and whose children in that of name and id.
func sorted(n *xmltree.Node) *xmltree.Node {
	c := *n
	c.Attrs = slices.SortedFunc(slices.Values(n.Attrs), func(a, b xmltree.Attr) int { return strings.Compare(a.Name, b.Name) })
	c.Children = make([]*xmltree.Node, 0, len(n.Children))
	for _, child := range n.Children {
		c.Children = append(c.Children, sorted(child))
	}
	slices.SortStableFunc(c.Children, func(a, b *xmltree.Node) int {
		return strings.Compare(a.Name+"\x00"+a.Get("id"), b.Name+"\x00"+b.Get("id"))
	})
	return &c
}
