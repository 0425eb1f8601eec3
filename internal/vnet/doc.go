// Package vnet makes machines and networks out of Linux namespaces on one host,
// as an ordinary user or as root, and takes them away without a trace.
//
// A lab is one process tree:
//
//	caller ── switchboard (PID 1 of a PID namespace; owns the bridges)
//	             ├── machine node1 (PID 1 of its own PID namespace) ── its processes
//	             ├── machine node2 …
//	             └── machine client …
//
// Everything hangs on the switchboard: when it dies, however it dies, the kernel
// kills every process below it, and with the last process of a namespace its
// interfaces and mounts are gone. Nothing is ever created in the host's own
// network or mount namespace, so addresses cannot collide and no cleaning up can
// be forgotten. Only files below the lab's directory outlive a crash; Remove
// takes them away.
//
// A machine has network, mount, PID, UTS and IPC namespaces of its own. It sees
// the host's root file system read-only, with private places where a cluster
// node writes (/etc, /var, /run, /tmp, /dev) and binds given in its Spec. Its
// PID 1 is this same program: it reaps orphans and starts programs on request.
//
// Two programs are involved besides the caller, both the caller's own binary
// started again with the arguments "lab inside switchboard|machine"; main (or
// TestMain) hands these to Inside.
//
// What vnet does not do: it knows nothing of clusters. Package lab does.
package vnet
