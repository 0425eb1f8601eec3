package event

// What the verbs of administrators leave behind: drain, hold, pin, and the memory of failures.
var (
	OrderGiven       = &Kind{"order.given", Info, "An administrator gave a standing order", "A node is drained, or a group is held or pinned, until the order is taken back or its time is over; the text says who, why and until when. Every node knows it, also after a restart.", "heartbeat resume takes it back"}
	OrderOver        = &Kind{"order.over", Info, "A standing order is over", "A drain, hold or pin was taken back, or its time is over.", "none"}
	FailureForgotten = &Kind{"failure.forgotten", Info, "A failed start counts no longer", "A group failed to start on this node some time ago. That no longer keeps it away from here.", "none; heartbeat retry forgets earlier"}
)

var orderKinds = []*Kind{OrderGiven, OrderOver, FailureForgotten}
