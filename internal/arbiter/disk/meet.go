package disk

import (
	"fmt"
	"strings"
)

// meet finds out whose area it is; what it returns is in the way.
func (s *Session) meet(area []byte) (trouble string) {
	h, err := DecodeHeader(area[:Block])
	if err != nil {
		return err.Error() + "; heartbeat disklock init makes one"
	}
	own, other := h.index(s.Node), h.index(s.Peer)
	if own < 0 || other < 0 {
		return fmt.Sprintf("the disk lock is that of %s, and not of %s and %s; heartbeat disklock init --force makes it theirs", strings.Join(h.Nodes[:], " and "), s.Node, s.Peer)
	}
	if s.known && s.id == h.ID {
		return ""
	}
	again := s.known
	*s = Session{Node: s.Node, Peer: s.Peer, Generation: s.Generation, q: s.q, asked: s.asked, id: h.ID, known: true, index: own}
	s.life = s.Generation
	if best, have := newest(area, h.ID, own); have {
		s.life = max(s.life, best.Life+1)
	}
	s.place = int(s.Generation * 5 % places) // the next lives begin elsewhere, and have room for what fails
	if again {
		return "the disk lock was made anew while it was in use"
	}
	return ""
}

// newest is the word of a node.
func newest(area []byte, id [16]byte, node int) (best Record, have bool) {
	for i := range places {
		if r, ok := decodeRecord(area[offset(node, i):][:Block], id, node); ok && (!have || r.newer(best)) {
			best, have = r, true
		}
	}
	return best, have
}

// findMine looks whether the disk has what this node has written, and nobody else writes in its name.
func (s *Session) findMine(area []byte) (trouble string) {
	best, have := newest(area, s.id, s.index)
	s.stands = have && best == s.mine
	s.legacy = have && best.Life < s.life && best.State == Held
	switch {
	case s.seq == 0 || s.stands:
		return ""
	case have && (best.Life > s.life || best.Life == s.life && best.Seq > s.seq):
		return fmt.Sprintf("somebody else writes as %s: another machine with this name, or a human with heartbeat disklock release; if it was the latter, restart heartbeat here", s.Node)
	case s.sure:
		return "what was written does not stand on the disk: it is not shared, or it loses data"
	}
	return ""
}

// Snapshot is what stands in an area.
type Snapshot struct {
	Header Header
	Nodes  [2]struct {
		Written bool
		Record  Record
		Damaged int // blocks that are no records
	}
}

// Read reads a whole area.
func Read(area []byte) (v Snapshot, err error) {
	if len(area) < Size {
		return v, ErrNoArea
	}
	if v.Header, err = DecodeHeader(area[:Block]); err != nil {
		return v, err
	}
	for n := range v.Nodes {
		v.Nodes[n].Record, v.Nodes[n].Written = newest(area, v.Header.ID, n)
		for i := range places {
			b := area[offset(n, i):][:Block]
			if _, ok := decodeRecord(b, v.Header.ID, n); !ok && !untouched(b) {
				v.Nodes[n].Damaged++
			}
		}
	}
	return v, nil
}

// Freed is the block that says in the name of a node that it has no lease, and where it stands: for a human who knows that the node is down.
func (v Snapshot) Freed(node string) (block []byte, at int, err error) {
	i := v.Header.index(node)
	if i < 0 {
		return nil, 0, fmt.Errorf("the disk lock is that of %s, not of %s", strings.Join(v.Header.Nodes[:], " and "), node)
	}
	old := v.Nodes[i].Record
	r := Record{State: Free, Life: old.Life + 1, Seq: 1, Wall: old.Wall}
	return r.encode(v.Header.ID, i), offset(i, int(r.Life%places)), nil
}
