package node

import (
	"path/filepath"

	"heartbeat/internal/event"
	"heartbeat/internal/membership"
	"heartbeat/internal/node/identity"
)

// newPeerMemory writes what membership wants remembered about the other nodes.
func newPeerMemory(dir string, told func(error)) *newest[[]membership.KnownPeer] {
	return newNewest(told, func(list []membership.KnownPeer) error {
		out := make([]identity.Peer, len(list))
		for i, p := range list {
			out[i] = identity.Peer{Name: p.Node, UUID: p.UUID, Generation: p.Generation, Seq: p.Seq}
		}
		return identity.StorePeers(dir, out)
	})
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
