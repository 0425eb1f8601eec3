// Package rawcall makes system calls that cannot block without telling the Go scheduler about them.
//
// Every ordinary system call of a process that was idle wakes the runtime's monitor thread, which then looks at the process
// every 20 µs until all is quiet again. For a daemon that wakes a few times a second to receive and to send one datagram
// this costs more than all its work: half of its processor time. A call that returns within microseconds needs no
// monitor. Nothing here may wait: descriptors are in non-blocking mode or the flags of the call say so.
package rawcall
