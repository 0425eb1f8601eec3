package ccm

import "heartbeat/internal/wire"

// clique chooses the members after a round: nodes that all hear each other, ourselves among them, as many as the way of C
// finds: the node with the fewest connections goes, again and again (section 19.4, finish). Of several the one goes whose
// neighbours are least connected, then the highest index.
func (c *Core) clique() set {
	var edges [MaxNodes]set
	left := c.pick(func(n *node) bool {
		return n.voted && n.listed && (n == c.self || n.list.has(c.self.index)) && c.self.list.has(n.index)
	})
	left.add(c.self.index)
	for _, a := range c.nodes {
		for _, b := range c.nodes {
			if a != b && left.has(a.index) && left.has(b.index) && a.list.has(b.index) && b.list.has(a.index) {
				edges[a.index].add(b.index)
			}
		}
	}
	for {
		size := left.count()
		worst, fewest, around := -1, size-1, 0
		for i := range len(c.nodes) {
			if !left.has(i) || i == c.self.index {
				continue
			}
			degree, near := 0, 0
			for j := range len(c.nodes) {
				if left.has(j) && edges[i].has(j) {
					degree++
					near += edges[j].count()
				}
			}
			if degree < fewest || worst >= 0 && degree == fewest && near <= around {
				worst, fewest, around = i, degree, near
			}
		}
		if worst < 0 {
			return left
		}
		left.del(worst)
		for j := range len(c.nodes) {
			edges[j].del(worst)
		}
	}
}

func listField(items []string) wire.Field {
	return wire.Field{Name: fieldUptimes, Type: wire.List, List: items}
}
