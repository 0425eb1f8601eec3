package many

import "time"

// A Plan is everything that a run is made of.
type Plan struct {
	Seed      uint64
	Nodes     int
	Links     int
	Keepalive time.Duration
	Deadtime  time.Duration
	Loss      float64       // probability that a receiver misses a packet on a link
	DelayMin  time.Duration // of a packet, drawn for each receiver
	DelayMax  time.Duration
	Length    time.Duration // how long the cluster is watched after its start
	Every     time.Duration // something happens to nodes so often on average; 0: nothing

	// Progress is told now and then; nil: nobody listens.
	Progress func(Result)

	sabotage sabotage // tests of the checks break a promise on purpose
}

// sabotage is a deliberate bug.
type sabotage uint8

const (
	honest  sabotage = iota
	mutes            // a node that lives is not heard by one other
	hears            // a node that lost power goes on being heard by one other
	hasty            // a node announces half of the deadtime
	deafens          // a node that comes back is not heard by one other
)

// A Result is what a run came to.
type Result struct {
	Violation string
	Virtual   time.Duration
	Sent      uint64 // datagrams, each link counted
	Arrived   uint64
	Missed    uint64 // lost on the way
	Bytes     uint64 // sent
	Cuts      int    // nodes that lost power
	Leaves    int
	Returns   int
	Verdicts  uint64        // nodes declared dead by a node, all of them rightly
	Agreed    int           // times at which all nodes were found to agree
	Slowest   time.Duration // from the last event to agreement

	Kinds map[string]uint64 // datagrams by type of message, each link counted

	steps uint64
}

// settled is how long after an event all must agree: who is dead is silent for a deadtime and the verdict needs no more;
// who comes is heard within a few heartbeats even if some are lost.
func (p *Plan) settled() time.Duration {
	return p.Deadtime + 3*p.Keepalive + 2*p.DelayMax + time.Second
}
