package address

import "slices"

// Silence takes every held address off this machine at once and ends its announcements; it returns how many there were. It is for a node
// that was paused for so long that another one serves them by now. What is being taken at this moment
// is not added any more. The file of held addresses follows later: an entry too many is harmless.
func (k *Keeper) Silence() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.silenced++
	if len(k.holds) == 0 {
		return 0
	}
	n, err := read(k.cfg.Kernel, false)
	if err != nil {
		n = network{} // then nothing is known of the other addresses of a subnet; these must go all the same
	}
	held := slices.Clone(k.holds)
	for _, h := range held {
		k.forget(h) // first, or the keeper would put it back
		if k.remove(h.addr, h.link, n) == nil {
			k.ledger.strike(h.name)
		}
	}
	k.poke()
	return len(held)
}
