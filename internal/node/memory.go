package node

import (
	"path/filepath"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/membership"
	"heartbeat/internal/node/identity"
)

// peerMemory writes what membership wants remembered about the other nodes. The pulse hands it over and goes on;
// only the newest list matters, so one that the disk was too slow for is replaced.
type peerMemory struct {
	dir    string
	failed func(error) // told when writing fails, and nil when it works again
	next   chan []membership.KnownPeer
	end    chan struct{}
	ended  chan struct{}
}

func newPeerMemory(dir string, failed func(error)) *peerMemory {
	return &peerMemory{dir: dir, failed: failed, next: make(chan []membership.KnownPeer, 1), end: make(chan struct{}), ended: make(chan struct{})}
}

// put takes a list to be stored; it never waits. Only the pulse calls it.
func (m *peerMemory) put(list []membership.KnownPeer) {
	select {
	case <-m.next: // outdated before it was written
	default:
	}
	m.next <- list
}

// run writes until close.
func (m *peerMemory) run() {
	defer close(m.ended)
	broken := false
	for {
		select {
		case list := <-m.next:
			m.store(list, &broken)
		case <-m.end:
			select {
			case list := <-m.next:
				m.store(list, &broken)
			default:
			}
			return
		}
	}
}

func (m *peerMemory) store(list []membership.KnownPeer, broken *bool) {
	out := make([]identity.Peer, len(list))
	for i, p := range list {
		out[i] = identity.Peer{Name: p.Node, UUID: p.UUID, Generation: p.Generation, Seq: p.Seq}
	}
	err := identity.StorePeers(m.dir, out)
	if err != nil || *broken {
		m.failed(err)
	}
	*broken = err != nil
}

// close writes what waits, for a limited time.
func (m *peerMemory) close(patience time.Duration) {
	close(m.end)
	give := time.NewTimer(patience)
	defer give.Stop()
	select {
	case <-m.ended:
	case <-give.C:
	}
}

// knownPeers reads what the last life of this node stored.
func (n *Node) knownPeers() (out []membership.KnownPeer) {
	list, notices := identity.Peers(n.opts.State)
	for _, notice := range notices {
		n.log.Warn(notice.Text, "file", notice.File, "error", notice.Err)
	}
	for _, p := range list {
		out = append(out, membership.KnownPeer{Node: p.Name, UUID: p.UUID, Generation: p.Generation, Seq: p.Seq})
	}
	return out
}

// peersUnwritten shows that the memory of peers cannot be stored, until it can.
func (n *Node) peersUnwritten(err error) {
	path := filepath.Join(n.opts.State, identity.PeersFile)
	if err == nil {
		n.trouble.set(path, "")
		return
	}
	text := "what is known of the other nodes is not stored: " + err.Error() + "; after a restart of this node, recordings of their packets could be taken for them"
	n.trouble.set(path, text)
	n.timeline.Add(event.Event{Kind: event.StateUnwritable, Subject: n.self, Text: text})
}
