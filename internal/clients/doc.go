// Package clients is the door for programs that use the messaging layer: the classic client API of
// libheartbeat on the socket "register", the FIFO of the classic scripts, and subscriptions for the
// modern API (messaging spec, sections 11 and 17; docs/clients.md).
//
// Package session decides, this package only moves bytes: a goroutine reads each
// connection and steps the core itself, one at a time, and what a client is sent is written at once if the socket
// takes it and else waits in the client's own bounded queue. Nobody ever waits for a client:
//
//   - A client that does not read is disconnected when its queue is full.
//   - A client that writes too fast is not read: its messages to the cluster go through a line of its own,
//     which makes the client's reader wait while peers have not acknowledged what was sent.
//   - The heartbeat loop hands news over through a channel that never blocks it. Should the channel ever
//     be full, all clients are disconnected, because they would go on with a hole in what they know.
package clients

// SocketName and FIFOName are the classic names in the run and in the state directory.
const (
	SocketName = "register"
	FIFOName   = "fifo"
)
