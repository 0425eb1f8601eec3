package media

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"heartbeat/internal/rawcall"
	"heartbeat/internal/wire"
)

// SendCut is Send for a datagram that every listener puts together again when it comes in segments (package wire). The kernel is given all
// segments at once and takes them through its network code as one as far as they go together, which costs a fraction of cutting
// a large datagram into IP fragments. Serial lines have no such limit.
func (s *Set) SendCut(packet []byte) {
	if len(packet) <= wire.SegmentSize || len(packet) >= largest {
		s.Send(packet)
		return
	}
	s.cutID++
	s.cut = wire.AppendSegments(s.cut[:0], s.cutID, packet)
	s.spread(packet, s.cut)
}

// sendCut sends segments that lie one behind the other.
func (u *udp) sendCut(segments []byte) error {
	if !u.byHand {
		err := rawcall.SendSegments(u.out, segments, wire.SegmentSize, &u.to)
		switch err {
		case unix.EINVAL, unix.EIO, unix.EOPNOTSUPP, unix.ENOPROTOOPT, unix.EMSGSIZE:
			u.byHand = true // this kernel, or this interface, cannot do it
		default:
			return err
		}
	}
	for len(segments) > 0 {
		n := min(len(segments), wire.SegmentSize)
		if err := rawcall.Send(u.out, segments[:n], &u.to); err != nil {
			return err
		}
		segments = segments[n:]
	}
	return nil
}

// A row is several datagrams of one sender that the kernel gave as one.
type row struct {
	Packet
	from   *line
	stride int // length of each but the last; 0: it is only one
}

// next takes the next datagram out of the row; segments are put together first.
func (r *row) next() (Packet, bool) {
	for len(r.Data) > 0 {
		p := r.Packet
		if r.stride > 0 {
			p.Data = r.Data[:min(r.stride, len(r.Data))]
		}
		r.Data = r.Data[len(p.Data):]
		if !wire.IsSegment(p.Data) {
			return p, true
		}
		if p.Data = r.from.pieces.add(p.Source, p.Data); p.Data != nil {
			return p, true
		}
	}
	return Packet{}, false
}

// openPiles bounds how many datagrams of one line may lack segments. Whoever forges segments can push those of others out;
// they are asked for again as if they were lost, and heartbeats never travel so.
const openPiles = 32

// pieces puts the segments of one line together.
type pieces struct {
	piles [openPiles]pile
	turn  uint64
}

// pile is a datagram of which segments are missing.
type pile struct {
	source  netip.Addr
	id      uint32
	total   int // bytes; 0: the pile is free
	have    uint64
	missing int
	touched uint64
	data    []byte
}

// add takes a segment and returns the datagram when it was the last one missing. The bytes are valid until the next call.
func (p *pieces) add(source netip.Addr, data []byte) []byte {
	s, ok := wire.ReadSegment(data)
	if !ok {
		return nil
	}
	p.turn++
	q := p.find(source, &s)
	q.touched = p.turn
	bit := uint64(1) << s.Index
	if q.have&bit != 0 {
		return nil
	}
	q.have |= bit
	q.missing--
	copy(q.data[s.Index*wire.SegmentPayload:], s.Data)
	if q.missing > 0 {
		return nil
	}
	q.total = 0
	return q.data
}

// find returns the pile of a segment; it begins one in the place of the one that waits for longest.
func (p *pieces) find(source netip.Addr, s *wire.Segment) *pile {
	oldest := &p.piles[0]
	for i := range p.piles {
		q := &p.piles[i]
		switch {
		case q.total == s.Total && q.id == s.ID && q.source == source:
			return q
		case q.total == 0 && oldest.total != 0, q.touched < oldest.touched && (q.total == 0) == (oldest.total == 0):
			oldest = q
		}
	}
	if cap(oldest.data) < s.Total {
		oldest.data = make([]byte, s.Total)
	}
	*oldest = pile{source: source, id: s.ID, total: s.Total, missing: s.Count(), data: oldest.data[:s.Total]}
	return oldest
}
