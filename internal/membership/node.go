package membership

import (
	"slices"
	"time"

	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// A node is what is known about one configured node.
type node struct {
	name   string
	ping   bool
	late   bool // ping: half of its dead time passed since its last answer
	status Status
	ever   bool      // heard in our life
	heard  time.Time // last evidence of life; our start when there was none
	proven time.Time // last message that cannot be a copy of an older one

	deadtime time.Duration // after which it is dead
	uuid     messaging.UUID
	weight   int
	site     string
	joined   bool // not in ha.cf
	leaving  bool // it said shutdone in its present life
	speaks   bool // it acknowledges and answers reqnodes; Heartbeat 1.x does not (section 10)

	digest   string  // of its terms; empty: it did not tell
	drift    []Drift // what it has otherwise
	unproven unproven
	borrowed messaging.UUID // another node\'s, with which it was believed
	source   string         // address of its last status
	outdated time.Time      // when it last came with an older generation than its newest

	statusSeq uint64    // of the newest status
	statusAt  time.Time // when it came; zero: none in this life
	statusTS  uint64    // its time stamp, seconds of the peer's clock
	caps      string
	keys      string       // as it announces them
	signs     int          // slot of its newest status
	seals     bool         // it can open sealed datagrams
	sealOnly  bool         // it refuses all others
	fields    []wire.Field // announcement
	hearsUs   bool
	announced bool // PeerAnnounced was emitted for this life

	silence Gaps // while it lived, on all links together

	slot  slot
	links []link
	rx    messaging.Receiver
	debt  messaging.Debt

	parts    bool // it puts messages in parts together
	bundles  bool // it opens bundles
	segments bool // it puts segments together
	whole    messaging.Assembler
	ackDue   uint64 // acknowledge up to here when the turn ends
	acks     acking
}

// A link is one way on which a node may be heard.
type link struct {
	name  string
	up    bool
	heard time.Time
	since time.Time

	silence Gaps // while it worked
}

func newNode(name string, links []string, deadtime time.Duration) *node {
	n := &node{name: name, status: Init, deadtime: deadtime, weight: defaultWeight}
	for _, l := range links {
		n.links = append(n.links, link{name: l})
	}
	return n
}

// live says whether the node is believed to run.
func (n *node) live() bool {
	return n.status == Up || n.status == Active || n.status == Ping || (n.status == Init && n.ever)
}

// link finds a link by name, or nil.
func (n *node) link(name string) *link {
	i := slices.IndexFunc(n.links, func(l link) bool { return l.name == name })
	if i < 0 {
		return nil
	}
	return &n.links[i]
}

// linkNames are for texts.
func (n *node) linkNames() []string {
	var names []string
	for _, l := range n.links {
		names = append(names, l.name)
	}
	return names
}

// peers walks the normal nodes other than ourselves.
func (c *Core) peers(yield func(*node) bool) {
	for _, n := range c.nodes {
		if n != c.self && !n.ping && !yield(n) {
			return
		}
	}
}

// others walks every node but ourselves, ping nodes included.
func (c *Core) others(yield func(*node) bool) {
	for _, n := range c.nodes {
		if n != c.self && !yield(n) {
			return
		}
	}
}
