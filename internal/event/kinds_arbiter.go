package event

// What is reported about arbiters: who may go on when the nodes lose sight of each other.
var (
	EntitlementLost   = &Kind{"entitlement.lost", Error, "This node must stop its resources", "The other node acknowledges nothing and the arbiter has not granted the lease to this node, so the other one may take over: what runs here is stopped first.", "mend the links between the nodes, and the way to the arbiter that the text names"}
	NodeDeaf          = &Kind{"node.deaf", Error, "A node is heard and hears nothing", "Heartbeats arrive from that node, which says that it hears none of this one. It has stopped what it ran, and the arbiter lets this node run it.", "mend the links in the direction towards that node (a cable, a switch port, a firewall rule there)"}
	NodeHears         = &Kind{"node.hears", Info, "A node hears this one again", "Heartbeats reach that node again in both directions; what it ran before goes back to it by the ordinary rules.", "none"}
	EntitlementGained = &Kind{"entitlement.gained", Info, "This node may run resources again", "The other node acknowledges heartbeats, or the arbiter has granted the lease and the other node has had its time to stop.", "none"}
	ArbiterGranted    = &Kind{"arbiter.granted", Warn, "The arbiter chose this node", "The nodes lost sight of each other, and this one got the lease: it goes on, the other one has to stop.", "look for the cause of the cut; without the arbiter this node goes on until its lease ends"}
	ArbiterSilent     = &Kind{"arbiter.silent", Warn, "The arbiter does not answer", "Three questions in a row got no answer. Nothing stops for that while the nodes see each other; after a cut neither could go on.", "see whether the witness runs, whether a firewall drops its UDP port, or whether the disk is there"}
	ArbiterAnswers    = &Kind{"arbiter.answers", Info, "The arbiter answers again", "An arbiter that had been silent answers.", "none"}
	EntitlementOver   = &Kind{"entitlement.overrun", Error, "Resources did not stop in time", "This node had to stop its resources because the other one may run them, and some still run: they may run twice.", "give the cluster a watchdog and stop_failure fence-self; raise stop_budget to what the scripts need"}
)

var arbiterKinds = []*Kind{EntitlementLost, EntitlementGained, ArbiterGranted, ArbiterSilent, ArbiterAnswers, EntitlementOver, NodeDeaf, NodeHears}
