// Package guard is the second process of a node: the same program, almost without memory, that outlives the first.
//
// `heartbeat run` becomes the guard, which starts the node as its child and sleeps. When the node ends without having left
// the cluster (SIGKILL, a crash, or silence: a loop that hangs, a process that somebody stopped) the guard starts it again at once, and
// the new one finds what runs and goes on, before any peer misses it. Where that does not help (it crashes again and again, the
// configuration is broken by now) the guard takes the service addresses off the machine itself, in time for a peer to serve
// them alone, and says so. When the guard is killed, the node notices and starts a new one.
//
// Two things join the processes. A socket pair, whose end tells of the other's death; over it the node says what the
// guard needs to know (Charge) and that it left. And one kernel timer, which the node winds up as it beats and which wakes the guard when it
// runs down: a guard of a node that is well is never awake.
//
//	code, mine := guard.Main(os.Args, os.Stderr)    // in the guard's process
//	w, err := guard.Join(fd, args)                  // in the node's: its end of both
package guard
