package lease

import (
	"slices"
	"strings"
	"time"

	"heartbeat/internal/arbiter"
)

// maxPairs is how many pairs of nodes one cluster key may bring: a bound for memory.
const maxPairs = 256

// A Desk grants the leases of many clusters. It is not safe for concurrent use.
type Desk struct {
	boot  time.Time
	pairs map[pairName]*pair
}

// pairName is two nodes of a cluster, the lower name first.
type pairName struct{ cluster, low, high string }

type pair struct {
	holder  *member // nil: nobody
	until   time.Time
	members [2]*member // low, high
}

// member is one node of a pair.
type member struct {
	name   string
	ticket uint64    // of its next request; 0: it has never asked this desk
	free   time.Time // since when it certainly holds no lease; zero: it may hold one that a former desk granted
	seen   time.Time
	asks   uint64
}

// NewDesk begins a life without memory.
func NewDesk(now time.Time) *Desk { return &Desk{boot: now, pairs: map[pairName]*pair{}} }

// Handle answers one request of a verified node of cluster. fresh is a new random number.
func (d *Desk) Handle(now time.Time, cluster string, r Request, fresh uint64) Reply {
	p := d.pair(cluster, r.Node, r.Peer)
	if p == nil {
		return Reply{Nonce: r.Nonce, Result: Full}
	}
	me, other := p.members[0], p.members[1]
	if me.name != r.Node {
		me, other = other, me
	}
	p.expire(now)
	if me.ticket == 0 {
		me.ticket = max(fresh, 1)
	} else if r.Ticket == me.ticket {
		me.ticket, me.seen = max(me.ticket+1, 1), now
		reply := d.serve(now, p, me, other, r)
		reply.Nonce, reply.Ticket = r.Nonce, me.ticket
		return reply
	}
	return Reply{Nonce: r.Nonce, Ticket: me.ticket, Result: Retry}
}

func (d *Desk) pair(cluster, a, b string) *pair {
	key := pairName{cluster, min(a, b), max(a, b)}
	if p := d.pairs[key]; p != nil {
		return p
	}
	n := 0
	for k := range d.pairs {
		if k.cluster == cluster {
			n++
		}
	}
	if n >= maxPairs {
		return nil
	}
	p := &pair{members: [2]*member{{name: key.low}, {name: key.high}}}
	d.pairs[key] = p
	return p
}

func (p *pair) expire(now time.Time) {
	if p.holder != nil && !p.until.After(now) {
		p.holder.free, p.holder = p.until, nil
	}
}

func (d *Desk) serve(now time.Time, p *pair, me, other *member, r Request) Reply {
	if r.Op != arbiter.Ask {
		if p.holder == me {
			p.holder, me.free = nil, now
		}
		if me.free.IsZero() {
			me.free = now
		}
		return Reply{Result: Noted}
	}
	me.asks++
	if p.holder == other {
		return Reply{Result: Denied, Holder: other.name, Left: p.until.Sub(now)}
	}
	forgotten := d.boot.Add(arbiter.MaxLease) // what a former desk granted is over then
	if other.free.IsZero() && !now.Before(forgotten) {
		other.free = forgotten
	}
	if p.holder == nil && other.free.IsZero() && !r.Claim {
		return Reply{Result: Denied, Left: forgotten.Sub(now)}
	}
	p.holder, p.until, me.free = me, now.Add(min(r.Lease, arbiter.MaxLease)), time.Time{}
	reply := Reply{Result: Granted, Lease: p.until.Sub(now)}
	if !other.free.IsZero() {
		reply.Free = now.Sub(other.free)
	}
	return reply
}

// A Pair is what a desk knows about two nodes.
type Pair struct {
	Cluster string
	Holder  string // empty: nobody
	Until   time.Time
	Nodes   [2]Node
}

// A Node is one of them.
type Node struct {
	Name string
	Seen time.Time // last request that was taken in; zero: none
	Asks uint64    // for the lease
}

// Pairs lists them, sorted.
func (d *Desk) Pairs(now time.Time) []Pair {
	var out []Pair
	for k, p := range d.pairs {
		p.expire(now)
		v := Pair{Cluster: k.cluster}
		if p.holder != nil {
			v.Holder, v.Until = p.holder.name, p.until
		}
		for i, m := range p.members {
			v.Nodes[i] = Node{m.name, m.seen, m.asks}
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b Pair) int {
		return strings.Compare(a.Cluster+" "+a.Nodes[0].Name+" "+a.Nodes[1].Name, b.Cluster+" "+b.Nodes[0].Name+" "+b.Nodes[1].Name)
	})
	return out
}

// Alone says until when this desk grants only to nodes whose partner has reported; zero: that time is over.
func (d *Desk) Alone(now time.Time) time.Time {
	if end := d.boot.Add(arbiter.MaxLease); end.After(now) {
		return end
	}
	return time.Time{}
}
