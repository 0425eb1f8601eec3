package wire

import (
	"iter"
	"strconv"
)

// A bundle is one datagram with several packets, each complete and signed for itself, between nodes
// of our kind:
//
//	+++\nLEN:packet,LEN:packet,
//
// Its mark is none of C Heartbeat's, which drops such a datagram as noise; it is sent only while
// no C node is alive. Nothing but its signatures makes a packet trustworthy, so the frame has none.
const bundleStart = "+++\n"

// BundleSize is how large a bundle becomes, in bytes: a datagram that no common link has to cut.
const BundleSize = 1400

// LargeBundle is how large one becomes between nodes that put segments together.
const LargeBundle = 8 << 10

// IsBundle says whether a datagram is a bundle.
func IsBundle(data []byte) bool { return startsWith(data, bundleStart) }

// AppendBundled appends a packet to a bundle; an empty one begins with it.
func AppendBundled(bundle, packet []byte) []byte {
	if len(bundle) == 0 {
		bundle = append(bundle, bundleStart...)
	}
	bundle = strconv.AppendInt(bundle, int64(len(packet)), 10)
	bundle = append(bundle, ':')
	bundle = append(bundle, packet...)
	return append(bundle, ',')
}

// FitsBundle says whether a packet finds room in a bundle of so many bytes at the most.
func FitsBundle(most int, bundle, packet []byte) bool {
	return max(len(bundle), len(bundleStart))+decimalLen(len(packet))+len(":")+len(packet)+len(",") <= most
}

// Bundled yields the packets of a bundle up to the first that is broken, for which it yields nil. What is no bundle has none.
func Bundled(data []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if !IsBundle(data) {
			return
		}
		rest := data[len(bundleStart):]
		for len(rest) > 0 {
			n, after, ok := leadingDecimal(rest, 6)
			if !ok || len(after) < n+2 || after[0] != ':' || after[n+1] != ',' {
				yield(nil)
				return
			}
			if !yield(after[1 : n+1]) {
				return
			}
			rest = after[n+2:]
		}
	}
}
