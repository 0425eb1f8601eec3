package wire

import (
	"bytes"
	"testing"
)

func TestDatagramIsTheSumOfItsSegments(t *testing.T) {
	for _, size := range []int{1, SegmentPayload, SegmentPayload + 1, 5 * SegmentPayload, 1<<16 - 1} {
		datagram := bytes.Repeat([]byte("heartbeat"), size/9+1)[:size]
		cut := AppendSegments(nil, 0xfedcba98, datagram)
		var whole []byte
		count := 0
		for rest := cut; len(rest) > 0; count++ {
			n := min(len(rest), SegmentSize)
			s, ok := ReadSegment(rest[:n])
			if !ok || s.ID != 0xfedcba98 || s.Total != size || s.Index != count || s.Count() > MaxSegments {
				t.Fatalf("%d bytes, segment %d: %v, %+v", size, count, ok, s)
			}
			whole, rest = append(whole, s.Data...), rest[n:]
			if len(rest) == 0 && s.Count() != count+1 {
				t.Errorf("%d bytes: %d segments announced, %d came", size, s.Count(), count+1)
			}
		}
		if !bytes.Equal(whole, datagram) {
			t.Errorf("%d bytes: %d came out", size, len(whole))
		}
	}
}

func FuzzSegment(f *testing.F) {
	f.Add(AppendSegments(nil, 7, []byte("small")))
	f.Add(AppendSegments(nil, 7, make([]byte, 3000))[:SegmentSize])
	f.Add([]byte(segmentStart))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, ok := ReadSegment(data)
		if !ok {
			return
		}
		if s.Index >= s.Count() || s.Count() > MaxSegments || s.Index*SegmentPayload+len(s.Data) > s.Total {
			t.Fatalf("%+v does not fit into itself", s)
		}
	})
}
