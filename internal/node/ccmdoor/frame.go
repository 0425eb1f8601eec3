package ccmdoor

import (
	"encoding/binary"

	"heartbeat/internal/ccm"
)

// Words of the protocol, the first integer of every frame.
const (
	evicted    = 1
	membership = 2
	inFlux     = 3
	nodeList   = 4
)

const (
	magic    = 0x0000abcd // of the frame header, as on every socket of C Heartbeat
	nameSize = 255        // bytes of a node name in the list, with its NUL
	nodeSize = 260        // bytes of one node: a number, the name, and padding to a multiple of four
)

// frame puts the header before a body of integers in the order of this machine, as C's structures have them.
func frame(body []byte) []byte {
	out := make([]byte, 8, 8+len(body))
	binary.NativeEndian.PutUint32(out, uint32(len(body)))
	binary.NativeEndian.PutUint32(out[4:], magic)
	return append(out, body...)
}

func integers(numbers ...int) []byte {
	var out []byte
	for _, n := range numbers {
		out = binary.NativeEndian.AppendUint32(out, uint32(int32(n)))
	}
	return out
}

// word is a message of one integer.
func word(n int) []byte { return frame(integers(n)) }

// nodes is the list of all configured nodes; a node's number there is its index.
func nodes(v ccm.View, self string) []byte {
	me := -1
	for i, n := range v.Nodes {
		if n.Name == self {
			me = i
		}
	}
	body := integers(nodeList, len(v.Nodes), me)
	for i, n := range v.Nodes {
		one := make([]byte, nodeSize)
		binary.NativeEndian.PutUint32(one, uint32(i))
		copy(one[4:4+nameSize-1], n.Name)
		body = append(body, one...)
	}
	return frame(body)
}

// members is the membership in force.
func members(m ccm.Membership) []byte {
	quorum := 0
	if m.Quorum {
		quorum = 1
	}
	body := integers(membership, len(m.Members), int(m.Instance), quorum)
	for _, x := range m.Members {
		body = append(body, integers(x.Index, int(x.BornOn))...)
	}
	return frame(body)
}
