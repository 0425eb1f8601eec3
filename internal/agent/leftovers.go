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

// DropLeftovers removes from the interfaces every noted address that no agent of
// this resolver holds, except those that keep wants (nil: none), and returns what it removed.
func (r *Resolver) DropLeftovers(keep func(Leftover) bool) ([]Leftover, error) {
	if r.addresses == nil {
		return nil, nil
	}
	return r.addresses.DropLeftovers(keep)
}
