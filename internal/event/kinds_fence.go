package event

// What is reported about deaths that must be proven before anything is taken over.
var (
	TakeoverWaits     = &Kind{"takeover.waits", Error, "A take-over waits", "A node is silent, and nothing of it is started here before it is known to be down: by fencing, an arbiter, a human, or when takeover_delay is over, as the text says.", "heartbeat status tells what is awaited; if you have made sure that the node is down: heartbeat confirm NODE"}
	TakeoverCancelled = &Kind{"takeover.cancelled", Info, "A waiting take-over is cancelled", "The silent node is heard again, so nothing is taken over from it.", "look for the reason of the silence: links, load, pauses"}
	NodeDown          = &Kind{"node.down", Warn, "A node is known to be down", "The death of the node is proven, by what the text names. Its groups may be started elsewhere.", "find out why it fell silent before it is started again"}
	NodeConfirmed     = &Kind{"node.confirmed", Warn, "A human confirmed a node down", "An administrator said that the node is down. Nothing else proves it.", "keep the node off until it can rejoin cleanly"}
	FencedAlive       = &Kind{"fence.contradicted", Error, "A node lives that was proven down", "The node was said to be down, and speaks again with the identity it had before: the proof was wrong, and groups may have run twice.", "mend the fencing device, or the habit, that gave the wrong proof; check the data of the groups named"}
)

var fenceKinds = []*Kind{TakeoverWaits, TakeoverCancelled, NodeDown, NodeConfirmed, FencedAlive}
