// Package native is the contract of the agents that are built in: what one is
// (Kind), what it may use of the machine (Place), how it runs (Agent), and how it
// fails (Failure, with the exit code that the classic script would have ended with).
//
// One Kind serves three callers: a group of haresources, with positional
// arguments; the command `heartbeat agent TYPE ARGS ACTION`, with the same; and
// Pacemaker, with OCF_RESKEY_ variables (Metadata is what it asks for first).
//
// Rules for every agent: Start and Stop are idempotent, Status changes nothing
// and takes less than 100 ms, and everything ends soon after its context is done.
package native
