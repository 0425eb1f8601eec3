package sim

import (
	"math/rand/v2"
	"time"

	"heartbeat/internal/sim/virtual"
)

// A wire is one direction of one link between two machines.
type wireKey struct{ link, from, to int }

// A network carries packets between machines with the manners of its links.
type network struct {
	clock   *virtual.Clock
	rng     *rand.Rand
	manners Manners
	extra   float64          // loss during a lossy spell
	cut     map[wireKey]bool // directions that carry nothing
	deliver func(link, from, to int, packet []byte)
}

// send puts a packet on a link; every machine but the sender may get it.
func (n *network) send(link, from, machines int, packet []byte) {
	for to := range machines {
		if to == from || n.cut[wireKey{link, from, to}] {
			continue
		}
		copies := 1
		if n.rng.Float64() < n.manners.Dup {
			copies = 2
		}
		for range copies {
			if n.rng.Float64() < n.manners.Loss+n.extra {
				continue
			}
			d := n.manners.DelayMin + time.Duration(n.rng.Int64N(int64(n.manners.DelayMax-n.manners.DelayMin)+1))
			n.clock.After(d, func() {
				// A cut also swallows what is under way, as a pulled cable does.
				if !n.cut[wireKey{link, from, to}] {
					n.deliver(link, from, to, packet)
				}
			})
		}
	}
}

// setCut cuts or mends one direction on every link (link < 0) or on one.
func (n *network) setCut(link, links, from, to int, cut bool) {
	for l := range links {
		if link < 0 || l == link {
			n.cut[wireKey{l, from, to}] = cut
		}
	}
}
