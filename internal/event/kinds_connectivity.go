package event

// What is reported about the way to the outside world, and what follows from it.
var (
	CarrierLost      = &Kind{"carrier.lost", Warn, "A service interface lost its carrier", "The interface that carries service addresses has no carrier: cable, switch port or the interface itself. A group goes to the other node if that one is connected.", "check the cable and the switch port of this interface"}
	CarrierReturned  = &Kind{"carrier.returned", Info, "A service interface has a carrier again", "The interface works again. It counts as usable for groups of another node only when it has held for the time in the text, longer after each loss.", "none"}
	ConnectivityMove = &Kind{"connectivity.move", Warn, "A group goes to the better connected node", "The other node reaches clients or ping nodes that this node no longer reaches, so this node hands the group over.", "mend what the text names; with auto_failback on the group comes back by itself"}
	ConnectivityStay = &Kind{"connectivity.stay", Warn, "A badly connected group stays", "This node is badly connected, but no other node is known to be better, so nothing moves.", "mend the link that the text names"}
)

var connectivityKinds = []*Kind{CarrierLost, CarrierReturned, ConnectivityMove, ConnectivityStay}
