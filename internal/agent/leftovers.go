package agent

import "heartbeat/internal/agent/address"

// A Leftover is an address that a process of ours added and did not remove.
type Leftover = address.Leftover

// Leftovers reads which addresses the file notes as held. After a crash they are
// on the interfaces still, to be adopted (by a Start of their resource) or removed.
func Leftovers(stateFile string) ([]Leftover, error) { return address.ReadLedger(stateFile) }

// Leftovers are the noted addresses that no agent of this resolver holds.
func (r *Resolver) Leftovers() []Leftover {
	if r.addresses == nil {
		return nil
	}
	return r.addresses.Leftovers()
}

// Silence takes every native address that is held off this machine at once, and returns how many there were.
func (r *Resolver) Silence() int {
	if r.addresses == nil {
		return 0
	}
	return r.addresses.Silence()
}

// DropLeftovers removes from the interfaces every noted address that no agent of
// this resolver holds, except those that keep wants (nil: none), and returns what it removed.
func (r *Resolver) DropLeftovers(keep func(Leftover) bool) ([]Leftover, error) {
	if r.addresses == nil {
		return nil, nil
	}
	return r.addresses.DropLeftovers(keep)
}
