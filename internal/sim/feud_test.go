package sim

import (
	"testing"
	"time"

	"heartbeat/internal/takeover"
)

// feud is a story of two machines that never hear each other, are reset by each other, and start again.
func feud(seed uint64, brake int) Plan {
	p := Plan{Seed: seed, Keepalive: time.Second, Deadtime: 5 * time.Second, Links: 1, Failback: takeover.FailbackOn,
		Groups: []takeover.Group{{Key: "IPaddr::10.0.0.100/24/eth0", Home: "node1"}, {Key: "IPaddr::10.0.0.101/24/eth0", Home: "node2"}},
		Length: 130 * time.Minute, Manners: Manners{DelayMin: time.Millisecond, DelayMax: 2 * time.Millisecond}}
	p.Fencing = Fencing{On: true, Devices: 1, Slowest: 2 * time.Second, Brake: brake}
	p.Faults = []Fault{{At: time.Minute, Kind: CutAll}}
	return p
}

// Two nodes that shoot each other after every start come to rest, and the promise of one owner holds.
func TestTwoMachinesThatShootEachOtherAreHeldBack(t *testing.T) {
	for seed := range uint64(3) {
		r := Run(feud(seed, 3))
		if r.Violation != "" || r.MostShots != 3 || r.Fenced > 2*3*3 {
			t.Errorf("seed %d: %d machines fenced, %d times the same within an hour: %s", seed, r.Fenced, r.MostShots, r.Violation)
		}
	}
	if r := Run(feud(1, 0)); r.MostShots < 20 {
		t.Errorf("without a brake only %d times within an hour: the story shows nothing", r.MostShots)
	}
}
