package executor

import (
	"time"

	"heartbeat/internal/agent"
)

// Finished is the end of a StartGroup or StopGroup, sent on the results channel in the order of the ends. With
// Op Status it says that a member of a running group failed; that is repeated until something is ordered.
type Finished struct {
	Key    string
	Op     agent.Op // Start, Stop or Status
	Failed string   // resource word that failed; empty on success
	Output string   // what that resource said
	Stuck  bool     // Start: undoing the failed start did not succeed either
}

// ResourceView is one resource of a group, for status displays.
type ResourceView struct {
	Word, Class, Path string
	State             string // stopped, starting, running, stopping, failed
	Since             time.Time
	Took              time.Duration // of the last operation
	Output            string        // of the last operation that failed; empty: none
}
