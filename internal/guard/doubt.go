package guard

import "time"

// The time in which a silent node may prove that it lives is cut in slices.
const (
	confirmed = 5             // in a row: the node hangs
	patient   = 8 * confirmed // slices after which the doubt ends however long they were
)

// A doubt is whether a silent node hangs, or did not get to run any more than its guard. The guard of a machine that stands still (an
// overbooked host, a snapshot) wakes up together with the node; time in which it did not run itself says nothing about the node.
type doubt struct {
	slice       time.Duration
	good, taken int
}

// over takes note of a slice of silence that was as long as it took. It is true when the node was silent for all of them in a row while
// this process ran; or for so many that waiting longer would leave an address on a node that does hang.
func (d *doubt) over(took time.Duration) bool {
	d.taken++
	if d.good++; took > 2*d.slice+10*time.Millisecond {
		d.good = 0 // the next ones are its chance
	}
	return d.good == confirmed || d.taken == patient
}
