package event

// What is told about the guard, the second process of a node.
var (
	NodeRevived  = &Kind{"self.revived", Error, "The guard started this node's process again", "The process of the node died or fell silent. Its guard started it again, and what runs here went on.", "look before this event in the log for why; report a crash with the output of the process"}
	GuardLost    = &Kind{"guard.lost", Warn, "The guard was replaced", "The second process of this node, which starts the first one again, ended; the node started a new one.", "find out who killed it"}
	GuardMissing = &Kind{"guard.missing", Error, "The node has no guard", "The second process of this node ended and could not be started again: a crash of the node would go unanswered on this machine.", "restart heartbeat on this node when convenient"}
)

var guardKinds = []*Kind{NodeRevived, GuardLost, GuardMissing}
