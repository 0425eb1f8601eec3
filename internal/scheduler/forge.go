package scheduler

import "heartbeat/internal/xmltree"

// A forge makes the elements of the graph. While the graph is written one action after the other, what was written is melted down for
// the next one: the graph of a large cluster has a million elements, and a hundred at a time are enough.
type forge struct {
	made []*xmltree.Node
	used int // of those made, since the last melting
}

// element makes an element with attributes. Without a forge it is a new one, and the caller's for good.
func (c *cluster) element(name string, pairs ...string) *xmltree.Node {
	f := c.forge
	if f == nil {
		return xmltree.New(name, pairs...)
	}
	if f.used == len(f.made) {
		f.made = append(f.made, &xmltree.Node{})
	}
	x := f.made[f.used]
	f.used++
	x.Name, x.Attrs, x.Children = name, x.Attrs[:0], x.Children[:0]
	for i := 0; i+1 < len(pairs); i += 2 {
		x.Attrs = append(x.Attrs, xmltree.Attr{Name: pairs[i], Value: pairs[i+1]})
	}
	return x
}
