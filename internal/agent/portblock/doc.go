// Package portblock blocks or unblocks ports of this machine with nftables, in a
// table of its own, so no other rule is touched. A group begins with `block` and
// ends with `unblock`: clients wait while it moves instead of being refused.
//
// The rule itself is the state of `block`. `unblock` has no trace of its own: its
// state is a flag with the name that the classic script uses, so that either of them sees it.
package portblock
