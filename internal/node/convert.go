package node

import (
	"slices"

	"heartbeat/internal/conf"
	"heartbeat/internal/membership"
	"heartbeat/internal/node/bridge"
	"heartbeat/internal/propagate"
	"heartbeat/internal/takeover"
	"heartbeat/internal/wire"
)

// keyring turns authkeys into what signs and verifies.
func keyring(a conf.AuthKeys) wire.Keyring {
	ring := wire.Keyring{Sign: a.Sign}
	for _, k := range a.Keys {
		ring.Keys = append(ring.Keys, wire.Key{Slot: k.Slot, Method: wire.Method(k.Method), Secret: k.Secret})
	}
	return ring
}

// links are the names of the cluster links, and pings those of the ping nodes, each once, in file order.
func linksAndPings(media []conf.Medium) (links, pings []string) {
	for _, m := range media {
		list := &links
		switch m.Kind {
		case "ping", "ping6", "ping_group":
			list = &pings
		}
		if !slices.Contains(*list, m.Name) {
			*list = append(*list, m.Name)
		}
	}
	return links, pings
}

// pingKinds are the media of the ping nodes.
func pingKinds(media []conf.Medium) map[string]string {
	kinds := map[string]string{}
	for _, m := range media {
		switch m.Kind {
		case "ping", "ping6", "ping_group":
			kinds[m.Name] = m.Kind
		}
	}
	return kinds
}

func dialect(msgfmt string) wire.Dialect {
	if msgfmt == "netstring" {
		return wire.Netstring
	}
	return wire.Hybrid // what C calls classic
}

// compression is what ha.cf says about it: single fields that their sender marked, or whole messages from a size on.
func compression(h conf.HaCf) wire.Compression {
	return wire.Compression{Algorithm: wire.Algorithm(h.Compression), Whole: h.TraditionalCompression, Threshold: h.CompressionThreshold}
}

func failback(f conf.Failback) takeover.Failback {
	switch f {
	case conf.FailbackOn:
		return takeover.FailbackOn
	case conf.FailbackOff:
		return takeover.FailbackOff
	case conf.FailbackLegacy:
	}
	return takeover.FailbackLegacy
}

// capabilities is what we say about ourselves in status messages. That it is there at all tells a peer that
// we read announcements; C ignores it.
const capabilities = "announce,sha256," + membership.CapParts + "," + membership.CapBundle + "," + membership.CapSegments + "," + membership.CapAcks + "," + propagate.Cap + "," + propagate.CapCompare

func capabilitiesOf(h conf.HaCf) string {
	caps := capabilities
	if h.RunsConsensus() {
		caps += "," + bridge.CapConsensus
	}
	if h.Settings.TakeOver == takeover.Arbiter.String() {
		caps += "," + takeover.CapArbiter
	}
	return caps
}

func (n *Node) membershipConfig(cfg conf.Config, seed uint64) membership.Config {
	h := cfg.HaCf
	links, pings := linksAndPings(h.Media)
	m := membership.Config{
		Self: n.self, UUID: n.uuid, Generation: n.generation, Nodes: h.Nodes, PingNodes: pings, PingKinds: pingKinds(h.Media),
		Links: links, Ring: h.SerialLines(),
		Keepalive: h.Keepalive, Warntime: h.Warntime, Deadtime: h.Deadtime, Initdead: n.initdead(h.Initdead), Deadping: h.Deadping,
		MaxRexmitDelay: h.MaxRexmitDelay, Hopfudge: h.Hopfudge,
		Keys: keyring(cfg.AuthKeys), Dialect: dialect(h.MsgFmt), Compression: compression(h), Seed: seed, Caps: capabilitiesOf(h), Version: n.opts.Version,
		Known: n.knownPeers(), Encryption: encryption(h.Settings.Encryption), SealSalt: sealSalt(),
	}
	m.Listen, m.Acknowledge = n.listen, h.Settings.TakeOver == takeover.Arbiter.String()
	n.knownNodes(cfg, &m)
	return m
}

func (n *Node) takeoverConfig(cfg conf.Config, holding []string) takeover.Config {
	h := cfg.HaCf
	t := takeover.Config{
		Self: n.self, Nodes: h.Nodes, Digest: cfg.Resources.Digest, Failback: failback(h.AutoFailback),
		Connectivity: connectivityConfig(h), Ipfail: runsIpfail(h), Keepalive: h.Keepalive, Deadtime: h.Deadtime, StartRetries: h.Settings.StartRetries, RestartedHolding: holding,
		BlockFailed: h.Settings.StartFailure == "block", GroupFailback: groupFailback(h.Settings),
	}
	t.FenceSelf = h.Settings.StopFailure == "fence-self"
	t.TakeOver, t.TakeoverDelay = policy(h.Settings.TakeOver), h.Settings.TakeoverDelay
	if x, ok := n.exec.(interface{ CannotRun() map[string]string }); ok {
		t.Unable = x.CannotRun()
	}
	for _, g := range n.groups(cfg) {
		t.Groups = append(t.Groups, takeover.Group{Key: g.Key(), Home: g.Node})
	}
	return t
}

// policy is the setting take_over.
func policy(word string) takeover.Policy {
	switch word {
	case "fenced":
		return takeover.Fenced
	case "manual":
		return takeover.Manual
	case "arbiter":
		return takeover.Arbiter
	}
	return takeover.Unsafe
}

// groups are the groups that this node manages.
func (n *Node) groups(cfg conf.Config) []conf.Group {
	if n.opts.MessagesOnly {
		return nil
	}
	return cfg.Resources.Groups
}
