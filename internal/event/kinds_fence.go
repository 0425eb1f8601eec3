package event

// What is reported about deaths that must be proven before anything is taken over.
var (
	TakeoverWaits     = &Kind{"takeover.waits", Error, "A take-over waits", "A node is silent, and nothing of it is started here before it is known to be down: by fencing, an arbiter, a human, or when takeover_delay is over, as the text says.", "heartbeat status tells what is awaited; if you have made sure that the node is down: heartbeat confirm NODE"}
	TakeoverCancelled = &Kind{"takeover.cancelled", Info, "A waiting take-over is cancelled", "The silent node is heard again, so nothing is taken over from it.", "look for the reason of the silence: links, load, pauses"}
	NodeDown          = &Kind{"node.down", Warn, "A node is known to be down", "The death of the node is proven, by what the text names. Its groups may be started elsewhere.", "find out why it fell silent before it is started again"}
	NodeConfirmed     = &Kind{"node.confirmed", Warn, "A human confirmed a node down", "An administrator said that the node is down. Nothing else proves it.", "keep the node off until it can rejoin cleanly"}
	FencedAlive       = &Kind{"fence.contradicted", Error, "A node lives that was proven down", "The node was said to be down, and speaks again with the identity it had before: the proof was wrong, and groups may have run twice.", "mend the fencing device, or the habit, that gave the wrong proof; check the data of the groups named"}
	FenceBegun        = &Kind{"fence.begun", Warn, "A node is being fenced", "A fencing device is asked to switch a node off, so that nothing of it can run any more.", "none"}
	FenceDone         = &Kind{"fence.done", Warn, "A node was fenced", "The fencing device reports success.", "find out why the node fell silent"}
	FenceFailed       = &Kind{"fence.failed", Error, "Fencing failed", "The fencing device did not switch the node. The next device is tried, then all of them again; nothing is taken over meanwhile.", "heartbeat fence test NODE; if you have made sure that the node is down: heartbeat confirm NODE"}
	FenceYields       = &Kind{"fence.yields", Info, "Fencing waits for the other side", "Both nodes may want to fence each other; this one lets the other one go first, so that not both go down.", "none"}
	FenceBraked       = &Kind{"fence.braked", Error, "Fencing is held back", "The node was fenced as often within an hour as fence_brake allows. It may be healthy while only the links between the nodes are broken: then the nodes would reset each other for ever. Nothing of it is taken over meanwhile.", "mend the links; heartbeat fence release NODE lets it be fenced again; if it is down for sure: heartbeat confirm NODE"}
	FenceReleased     = &Kind{"fence.released", Info, "A node may be fenced again", "An administrator said so, or fenced it by command.", "none"}
	FenceHuman        = &Kind{"fence.human", Error, "A human must fence a node", "The fencing device is meatware: an operator has to switch the node off and to say so.", "switch the node off, then: heartbeat confirm NODE"}
	SelfFence         = &Kind{"self.fence", Error, "A machine resets itself", "A group would not stop, and stop_failure is fence-self: the machine is reset, by its watchdog or a reboot, so that the group can be started elsewhere.", "read the output of the resource that would not stop; #!hb stop_failure block leaves the machine alone"}
	FenceUnverified   = &Kind{"fence.unverified", Error, "A fencing device does not answer", "The status check of a fencing device failed. It may fail when it is needed, and then nothing is taken over.", "heartbeat fence test; mend the device or its parameters in ha.cf"}
	FenceVerified     = &Kind{"fence.verified", Info, "A fencing device answers again", "Its status check succeeds.", "none"}
)

var fenceKinds = []*Kind{TakeoverWaits, TakeoverCancelled, NodeDown, NodeConfirmed, FencedAlive,
	FenceBegun, FenceDone, FenceFailed, FenceYields, FenceBraked, FenceReleased, FenceHuman, FenceUnverified, FenceVerified, SelfFence}
