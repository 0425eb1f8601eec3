package event

// What resource management, the executor and the agents report.
var (
	GroupAcquire     = &Kind{"group.acquire", Info, "A group is being started here", "This node decided to run the group.", "none"}
	GroupAcquired    = &Kind{"group.acquired", Info, "A group runs here", "Every resource of the group is started.", "none"}
	GroupRelease     = &Kind{"group.release", Info, "A group is being stopped here", "This node decided to give the group up.", "none"}
	GroupReleased    = &Kind{"group.released", Info, "A group is stopped here", "Every resource of the group is stopped.", "none"}
	GroupFailed      = &Kind{"group.failed", Error, "A group could not be started", "A resource of the group failed to start; the started members were stopped again.", "read the output of the resource in heartbeat status, mend it, then heartbeat takeover or restart"}
	GroupStuck       = &Kind{"group.stuck", Error, "A group could not be stopped", "A resource of the group failed to stop. The group stays blocked here and is not started elsewhere.", "stop the resource by hand, or power the node off"}
	GroupConflict    = &Kind{"group.conflict", Error, "Two nodes hold one group", "Both nodes claim the group. One of them keeps it by a fixed rule, the other releases first.", "give the cluster a second independent link, or fencing"}
	GroupKept        = &Kind{"group.kept", Warn, "This node keeps a disputed group", "After a partition this node keeps the group and announced its addresses again.", "none"}
	AgentStart       = &Kind{"agent.start", Info, "A resource was started", "The start operation of a resource ended.", "none"}
	AgentStop        = &Kind{"agent.stop", Info, "A resource was stopped", "The stop operation of a resource ended.", "none"}
	AgentFailed      = &Kind{"agent.failed", Error, "A resource operation failed", "The operation of a resource ended with an error or ran into its time limit.", "read the output that is part of this event"}
	AgentInterrupted = &Kind{"agent.interrupted", Info, "A start was broken off", "The group was ordered to stop, or the node, while one of its resources was starting; the start was killed, and the resource is stopped like the others.", "none"}
	ResourceFailed   = &Kind{"resource.failed", Error, "A running resource failed", "The status of a resource that was started says that it does not run any more, or gave no answer three times. It is restarted once in place; after a second failure its group goes to another node.", "read the output of the resource in heartbeat status and find out why it ended"}
	ResourceSlow     = &Kind{"resource.slow", Warn, "A status gave no answer in time", "The status of a running resource ran into its time limit. That is no failure yet: the machine may be busy.", "look at the load of the machine; a larger status_timeout may be right"}
	AddressConflict  = &Kind{"address.conflict", Error, "Another machine uses the address", "An ARP probe for a service address was answered by another machine.", "find the machine with the MAC address given and take the address away from it"}
	AddressRestored  = &Kind{"address.restored", Warn, "A service address was put back", "Something outside the cluster removed a service address; it was added and announced again.", "keep network managers away from this interface or address"}
	TakeoverWithheld = &Kind{"takeover.withheld", Error, "A take-over is held back", "A node is believed dead, but packets that prove nothing still arrive from it (it has other keys, or does not encrypt where that is required), so it may run its groups: they are not started here.", "do what the text says; only if that node runs nothing: hb_takeover"}
	Unprotected      = &Kind{"takeover.unprotected", Warn, "Taken over without fencing", "No STONITH device is configured, so a node believed dead may still run its resources: shared disks are not protected.", "configure a stonith device or accept the risk"}
	StandbyBegun     = &Kind{"standby.begun", Info, "A hand-over began", "A node asked to give up resources.", "none"}
	StandbyDone      = &Kind{"standby.done", Info, "A hand-over is complete", "The other node runs the resources now.", "none"}
	StandbyRefused   = &Kind{"standby.refused", Warn, "A hand-over was refused", "The request could not be carried out now; the reason is in the text.", "ask again when the reason is gone"}
	FailbackBegun    = &Kind{"failback.begun", Info, "Resources go home", "auto_failback is on and the preferred node is back.", "none"}
	ShutdownBegun    = &Kind{"shutdown.begun", Info, "This node leaves", "A graceful stop was asked for; resources are handed over first.", "none"}
	ShutdownDone     = &Kind{"shutdown.done", Info, "This node has left", "All resources are released and the peers were told.", "none"}
)

var groupKinds = []*Kind{
	GroupAcquire, GroupAcquired, GroupRelease, GroupReleased, GroupFailed, GroupStuck, GroupConflict, GroupKept,
	AgentStart, AgentStop, AgentFailed, AgentInterrupted, ResourceFailed, ResourceSlow, AddressConflict, AddressRestored, Unprotected, TakeoverWithheld,
	StandbyBegun, StandbyDone, StandbyRefused, FailbackBegun, ShutdownBegun, ShutdownDone,
}
