package wire

import "encoding/binary"

// A large datagram travels between nodes of our kind in segments that no common link has to cut: the kernel cuts datagrams
// too, but takes each piece through the whole of the network code, and some networks drop such pieces. A segment is a mark, which is
// none of C Heartbeat's, four bytes that tell the datagrams of a sender apart, the length of the datagram and which
// segment of it this is, two bytes each, most significant first, and a piece of the datagram. Nothing protects it but the signatures inside the datagram.
const segmentStart = "~~~\n"

const (
	// SegmentSize is the length of every segment but the last of a datagram, in bytes.
	SegmentSize = 1400

	segmentHeader = len(segmentStart) + 4 + 2 + 2
	// SegmentPayload is how much of the datagram is in it.
	SegmentPayload = SegmentSize - segmentHeader
	// MaxSegments is how many segments a datagram can have.
	MaxSegments = (1<<16-1)/SegmentPayload + 1
)

// A Segment is a piece of a datagram.
type Segment struct {
	ID    uint32 // of the datagram
	Total int    // bytes of the datagram
	Index int    // of the segment, below Count
	Data  []byte // the piece; it stands at Index * SegmentPayload
}

// Count is how many segments the datagram has.
func (s *Segment) Count() int { return (s.Total + SegmentPayload - 1) / SegmentPayload }

// IsSegment says whether a datagram is a segment of another, or several of them in a row.
func IsSegment(data []byte) bool { return startsWith(data, segmentStart) }

// AppendSegments appends all segments of a datagram of at most 65535 bytes.
func AppendSegments(dst []byte, id uint32, datagram []byte) []byte {
	for i, rest := 0, datagram; len(rest) > 0; i++ {
		n := min(len(rest), SegmentPayload)
		dst = append(dst, segmentStart...)
		dst = binary.BigEndian.AppendUint32(dst, id)
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(datagram)))
		dst = binary.BigEndian.AppendUint16(dst, uint16(i))
		dst = append(dst, rest[:n]...)
		rest = rest[n:]
	}
	return dst
}

// ReadSegment reads one segment; ok is false when it is none. The piece shares the memory of data.
func ReadSegment(data []byte) (s Segment, ok bool) {
	if len(data) <= segmentHeader || !IsSegment(data) {
		return s, false
	}
	b := data[len(segmentStart):]
	s = Segment{ID: binary.BigEndian.Uint32(b), Total: int(binary.BigEndian.Uint16(b[4:])), Index: int(binary.BigEndian.Uint16(b[6:])), Data: data[segmentHeader:]}
	at := s.Index * SegmentPayload
	return s, at < s.Total && len(s.Data) == min(SegmentPayload, s.Total-at)
}
