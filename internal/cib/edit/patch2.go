package edit

import (
	"slices"
	"strings"

	"heartbeat/internal/xmltree"
)

// A placement is a creation or a move, which happen after everything else: only then are the places right.
type placement struct {
	change *xmltree.Node
	way    []string // the path of the parent, or of what moves
	at     int
}

// applyV2 applies a patch of format 2: deletions and modifications as they come, then creations and moves by their place.
func applyV2(old, diff *xmltree.Node) (*xmltree.Node, error) {
	d := xmltree.NewDraft(old)
	var later []placement
	for change := range diff.Elements("change") {
		path, err := splitPath(change.Get("path"))
		if err != nil {
			return nil, err
		}
		at, err := position(change)
		if err != nil {
			return nil, err
		}
		switch op := change.Get("operation"); op {
		case "delete":
			err = deleteAt(d, path, at)
		case "modify":
			err = modifyPath(d, path, change)
		case "create", "move":
			if _, ok := follow(d.Root(), path); !ok {
				return nil, fail(Unmatched, "there is no %s to %s", change.Get("path"), op)
			}
			later = append(later, placement{change, path, max(at, 0)})
		default:
			err = fail(Unmatched, "line %d: nobody knows the operation %q of a patch", change.Line, op)
		}
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(later, func(a, b placement) int { return a.at - b.at })
	for _, p := range later {
		if err := p.apply(d); err != nil {
			return nil, err
		}
	}
	return d.Publish(), nil
}

// splitPath takes a path apart into its steps: /a/b[@id='x/y'] has two.
func splitPath(path string) ([]string, error) {
	rest, ok := strings.CutPrefix(path, "/")
	if !ok {
		return nil, fail(Unmatched, "the path %q of a patch does not begin with /", path)
	}
	var steps []string
	for rest != "" {
		end := strings.IndexAny(rest, "/[")
		if end >= 0 && rest[end] == '[' {
			close := strings.Index(rest[end:], "']")
			if close < 0 {
				return nil, fail(Unmatched, "the path %q of a patch has a [ without ]", path)
			}
			end += close + 2
			if end < len(rest) && rest[end] != '/' {
				return nil, fail(Unmatched, "the path %q of a patch has more behind a ]", path)
			}
		}
		if end < 0 || end == len(rest) {
			return append(steps, rest), nil
		}
		steps = append(steps, rest[:end])
		rest = rest[end+1:]
	}
	return nil, fail(Unmatched, "the path %q of a patch ends in nothing", path)
}

// commentStep names a comment, which has no name; a position says which.
const commentStep = "comment"

// follow finds what a path names.
func follow(root *xmltree.Node, path []string) (way []int, ok bool) {
	if len(path) == 0 || !names(path[0], root) {
		return nil, false
	}
	n := root
	for _, step := range path[1:] {
		at := slices.IndexFunc(n.Children, func(c *xmltree.Node) bool { return names(step, c) })
		if at < 0 {
			return nil, false
		}
		way = append(way, at)
		n = n.Children[at]
	}
	return way, true
}

// names says whether a step of a path means this node.
func names(step string, n *xmltree.Node) bool {
	if n.Kind != xmltree.Element {
		return n.Kind == xmltree.Comment && step == commentStep
	}
	tag, rest, has := strings.Cut(step, "[@id='")
	if n.Name != tag {
		return false
	}
	if !has {
		return true
	}
	id, ok := n.Lookup("id")
	return ok && id == strings.TrimSuffix(rest, "']")
}

// deleteAt takes an element away; what is not there is gone already. A comment is known by its place only.
func deleteAt(d *xmltree.Draft, path []string, at int) error {
	if at >= 0 && path[len(path)-1] == commentStep {
		way, ok := follow(d.Root(), path[:len(path)-1])
		if !ok {
			return nil
		}
		if in := node(d.Root(), way).Children; at < len(in) && in[at].Kind == xmltree.Comment {
			d.Remove(way, at)
		}
		return nil
	}
	way, ok := follow(d.Root(), path)
	if !ok {
		return nil
	}
	if len(way) == 0 {
		return fail(Unmatched, "a patch cannot delete the whole document")
	}
	take(d, way)
	return nil
}

// modifyPath gives an element the attributes of the result, all and only them.
func modifyPath(d *xmltree.Draft, path []string, change *xmltree.Node) error {
	way, ok := follow(d.Root(), path)
	if !ok {
		return fail(Unmatched, "there is no %s to modify", change.Get("path"))
	}
	result := change.First("change-result")
	if result == nil || result.First("") == nil {
		return fail(Unmatched, "the change of %s has no <change-result>", change.Get("path"))
	}
	n := d.Edit(way...)
	if n.Name != result.First("").Name {
		return fail(Unmatched, "the change of %s would make it a <%s>", change.Get("path"), result.First("").Name)
	}
	n.Attrs = slices.Clone(result.First("").Attrs)
	return nil
}

func (p placement) apply(d *xmltree.Draft) error {
	way, ok := follow(d.Root(), p.way)
	if !ok {
		return fail(Unmatched, "there is no %s any more", p.change.Get("path"))
	}
	if p.change.Get("operation") == "move" {
		return p.move(d, way)
	}
	if len(p.change.Children) == 0 {
		return fail(Unmatched, "the creation in %s has no content", p.change.Get("path"))
	}
	d.Insert(way, min(p.at, len(node(d.Root(), way).Children)), clone(p.change.Children[0]))
	return nil
}

// move puts an element to the place that it has among its siblings in the end.
func (p placement) move(d *xmltree.Draft, way []int) error {
	if len(way) == 0 {
		return fail(Unmatched, "a patch cannot move the whole document")
	}
	parent, from := way[:len(way)-1], way[len(way)-1]
	n := node(d.Root(), way)
	if last := len(node(d.Root(), parent).Children) - 1; p.at > last {
		return fail(Unmatched, "%s cannot move to place %d: there are only %d", p.change.Get("path"), p.at, last+1)
	}
	d.Remove(parent, from)
	d.Insert(parent, p.at, n)
	return nil
}

// clone is a deep copy.
func clone(n *xmltree.Node) *xmltree.Node {
	c := *n
	c.Line, c.Attrs = 0, slices.Clone(n.Attrs)
	c.Children = make([]*xmltree.Node, 0, len(n.Children))
	for _, child := range n.Children {
		c.Children = append(c.Children, clone(child))
	}
	return &c
}
