package event

// What membership and messaging report: nodes, links, packets.
var (
	NodeUp           = &Kind{"node.up", Info, "A node was heard", "The first authentic packet of this node arrived, or its first after it was dead.", "none"}
	NodeActive       = &Kind{"node.active", Info, "A node takes part", "The node finished its start-up and can hold resources.", "none"}
	NodeDead         = &Kind{"node.dead", Warn, "A node is dead", "Nothing authentic was heard from the node on any link for its deadtime. Its resources are taken over.", "find out why the node died: its own log, power, kernel; if it did not die, look at the links and at deadtime"}
	NodeLeft         = &Kind{"node.left", Info, "A node left", "The node announced that it released everything, and then fell silent as announced.", "none"}
	NodeReturned     = &Kind{"node.returned", Error, "A node returned after a partition", "A node that was believed dead was alive all the time: both sides may have held the same resources.", "give the cluster a second, independent link or a larger deadtime; consider fencing"}
	NodeRestarted    = &Kind{"node.restarted", Warn, "A node restarted quickly", "The node came back with a new generation before its deadtime was over.", "look for a crash in the log of that node"}
	NodeUnknown      = &Kind{"node.unknown", Warn, "An unknown node speaks", "A correctly signed packet came from a node that ha.cf does not list.", "list the node in ha.cf on all nodes, or give the clusters different keys or ports"}
	NodeDuplicate    = &Kind{"node.duplicate", Error, "Two machines use one identity", "Packets of one node name arrive with two different identities.", "rename one machine, or remove its copy of hb_uuid and restart heartbeat there"}
	LinkUp           = &Kind{"link.up", Info, "A heartbeat link works", "Packets of that node arrive on that link.", "none"}
	LinkDead         = &Kind{"link.dead", Warn, "A heartbeat link is silent", "Nothing arrived on this link for the deadtime, while the node may still be heard elsewhere.", "check the cable, the switch and the firewall of this link; the last link gone means a partition"}
	HeartbeatLate    = &Kind{"heartbeat.late", Warn, "A heartbeat came late", "The gap between two heartbeats was longer than warntime.", "look for load on either node; raise deadtime if it happens often"}
	PacketDropped    = &Kind{"packet.dropped", Warn, "Packets are refused", "Packets arrived that are not authentic, not well formed, or replayed. They were dropped and counted; this line appears at most once a minute for a source and a reason.", "compare authkeys on all nodes; if the source is not yours, give your cluster its own port or key"}
	MessageLost      = &Kind{"message.lost", Error, "A message is lost for good", "A peer can no longer resend a message that never arrived here.", "look for packet loss on the links"}
	CommUp           = &Kind{"comm.up", Info, "Communication is up", "Every configured node was heard or declared dead; resource work may begin.", "none"}
	PeerSlow         = &Kind{"peer.slow", Warn, "A node does not acknowledge", "A live node lags more than the allowed number of messages behind.", "look at the load of that node"}
	SelfPaused       = &Kind{"self.paused", Warn, "This node was paused", "This node did not run for a while (suspended, overloaded or stopped); silence measured meanwhile is not held against its peers.", "find what stops this machine: snapshots, swapping, a debugger"}
	IdentityRenewed  = &Kind{"identity.renewed", Warn, "This node took a new uuid", "Another machine uses the uuid that this node had: one disk was copied from the other. This node took a new one before it joined.", "none; leave hb_uuid out of images that machines are cloned from"}
	GenerationRaised = &Kind{"generation.raised", Info, "This node took a higher generation", "The others could not accept the generation of this node, so it goes on with a higher one.", "none"}
	GenerationOld    = &Kind{"generation.old", Warn, "This node's generation is too old", "Others take the messages of this node for recordings, because they know a higher generation of it: the file hb_generation was lost and the clock stood wrong at the start.", "set the clock right; if the node stays out, restart heartbeat on the node named"}
	NodeUnproven     = &Kind{"node.unproven", Error, "A node has other keys", "Packets of a configured node arrive whose signature does not verify: it lives, with other keys than this node. While it is seen, nothing is taken over from it.", "make authkeys the same on all nodes and reload; only if that node runs nothing: hb_takeover"}
	NodeUnprovenOver = &Kind{"node.unproven.over", Info, "No packets with other keys", "Packets of a node that did not verify have not come for its deadtime.", "none"}
	NodeAdded        = &Kind{"node.added", Info, "A node joined the cluster", "A node that ha.cf does not list takes part from now on: by autojoin, by hb_addnode, or because another node listed it.", "none if you know it; otherwise delete it (hb_delnode) and change the keys"}
	NodeRemoved      = &Kind{"node.removed", Info, "A node no longer belongs", "A node was taken out of the list of nodes.", "none; hb_addnode brings it back"}
	NodeExpelled     = &Kind{"node.expelled", Error, "This node was deleted", "Another node deleted this one from the cluster while it ran. It stops, so that nothing runs twice.", "if it was deleted by mistake: hb_addnode on another node, then start heartbeat here"}
	RosterRefused    = &Kind{"node.list.refused", Warn, "A change of the node list is refused", "Another node wants to change the list of nodes in a way that is not possible here: the lists differ now.", "compare cl_status listnodes on all nodes, and repeat the command when the reason is gone"}
	RosterSet        = &Kind{"node.set", Info, "A property of a node changed", "Weight or site of a node was set by an administrator.", "none"}
	IdentityNew      = &Kind{"identity.new", Info, "A node has a new identity", "A configured node came with another uuid than before.", "none if the machine was reinstalled"}
)

var clusterKinds = []*Kind{
	NodeUp, NodeActive, NodeDead, NodeLeft, NodeReturned, NodeRestarted, NodeUnknown, NodeDuplicate,
	LinkUp, LinkDead, HeartbeatLate, PacketDropped, MessageLost, CommUp, PeerSlow, SelfPaused, IdentityNew,
	NodeUnproven, NodeUnprovenOver, IdentityRenewed, GenerationRaised, GenerationOld, NodeAdded, NodeRemoved, NodeExpelled, RosterRefused, RosterSet,
}
