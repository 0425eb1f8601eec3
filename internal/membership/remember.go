package membership

import (
	"time"

	"heartbeat/internal/messaging"
)

// A KnownPeer is what an earlier life of this node learned about a peer. With it a recording of a former
// life of the peer, or of what it said before it died, is refused from our first packet on.
type KnownPeer struct {
	Node       string
	UUID       [16]byte // zero: it never told one
	Generation uint64   // its newest
	Seq        uint64   // its newest message of that generation that we know of; later ones may have come
}

// RememberPeers asks to store all of it for the next life of this node, some time soon. It comes when a peer begins a life, dies or
// changes its identity, when this node stops, and now and then; never for every packet.
type RememberPeers struct{ Peers []KnownPeer }

func (RememberPeers) isEffect() {}

// rememberEvery is how old the stored sequence numbers may become.
const rememberEvery = 10 * time.Minute

// recall gives the nodes what is known of them. What is unknown, or about nodes that are not configured, changes nothing.
func (c *Core) recall(known []KnownPeer) {
	for _, k := range known {
		n := c.find(k.Node)
		if n == nil || n == c.self || n.ping || k.Generation == 0 || k.Seq > messaging.MaxSeq {
			continue
		}
		n.uuid = k.UUID
		n.rx.Resume(k.Generation, k.Seq)
	}
}

// lifeOf compares the generation of a message with what is known. A peer that was not heard in our own life yet begins one for us,
// if it is not older than what we remember.
func (c *Core) lifeOf(n *node, generation uint64) messaging.Life {
	life := n.rx.Life(generation)
	if !n.ever && life != messaging.OlderLife {
		return messaging.FirstLife
	}
	return life
}

// recorded says whether the first status of a peer is one that our former life may have seen already.
func (n *node) recorded(a *arrival) bool {
	return a.generation == n.rx.Generation() && a.seq <= n.rx.Last()
}

// remember asks for the peers to be stored when something of weight changed, or the last time is long ago.
func (c *Core) remember() {
	if !c.rememberNow && c.now.Sub(c.rememberedAt) < rememberEvery {
		return
	}
	c.rememberNow, c.rememberedAt = false, c.now
	c.forgetConflicts()
	var list []KnownPeer
	for n := range c.peers {
		if g := n.rx.Generation(); g != 0 {
			list = append(list, KnownPeer{Node: n.name, UUID: n.uuid, Generation: g, Seq: n.rx.Last()})
		}
	}
	if list != nil {
		c.emit(RememberPeers{Peers: list})
	}
}
