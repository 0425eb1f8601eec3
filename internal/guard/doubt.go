package guard

import "time"

// The time in which a silent node may prove that it lives is cut in slices.
const (
	confirmed = 5 // slices in a row: the node hangs
	patience  = 3 // stalls of this machine that are forgiven
)

// A doubt is whether a silent node hangs, or did not get to run any more than its guard. The guard of a machine that stands still (an
// overbooked host, a snapshot) wakes up together with the node; time in which it did not run itself says nothing about the node.
type doubt struct {
	slice        time.Duration
	good, stalls int
}

// over takes note of a slice of silence that was as long as it took. It is true when the node was silent for all of them in a row while
// this process ran; or after so many stalls that waiting longer would leave an address on a node that does hang.
func (d *doubt) over(took time.Duration) bool {
	if took > 2*d.slice+10*time.Millisecond {
		d.stalls++
		d.good = 0 // the next ones are its chance
		return d.stalls > patience
	}
	d.good++
	return d.good == confirmed
}
