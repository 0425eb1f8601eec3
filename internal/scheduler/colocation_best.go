package scheduler

// A bestScore is the best score among the nodes that have the same value of an attribute.
type bestScore struct {
	value attrValue
	score int
	parts int32 // what it is made of, see recorder
}

// bestScores are looked for in the order of the nodes. Mostly the attribute is the name of the node, and every node has a value of its own:
// so what was found for a node is tried first for the same node.
type bestScores struct {
	list    []bestScore
	at      []int32           // by node: 1 + index in list, 0 if nothing was added for it
	byValue map[attrValue]int // index in list, for many nodes
}

// fewNodes are compared faster than a map finds them.
const fewNodes = 32

// begin forgets what was added before; the memory is used again, because they are asked for with every colocation.
func (b *bestScores) begin(nodes int) {
	if len(b.at) != nodes {
		b.list, b.at = make([]bestScore, 0, nodes), make([]int32, nodes)
		if b.byValue = nil; nodes > fewNodes {
			b.byValue = make(map[attrValue]int, nodes)
		}
		return
	}
	b.list = b.list[:0]
	clear(b.at)
	clear(b.byValue)
}

func (b *bestScores) add(node int, s bestScore) {
	b.list = append(b.list, s)
	b.at[node] = int32(len(b.list))
	if b.byValue != nil {
		b.byValue[s.value] = len(b.list) - 1
	}
}

// of is what was added for a value, nil if nothing was; node is the one that has it.
func (b *bestScores) of(node int, value attrValue) *bestScore {
	if i := b.at[node]; i > 0 && b.list[i-1].value == value {
		return &b.list[i-1]
	}
	if b.byValue != nil {
		if i, ok := b.byValue[value]; ok {
			return &b.list[i]
		}
		return nil
	}
	for i := range b.list {
		if b.list[i].value == value {
			return &b.list[i]
		}
	}
	return nil
}
