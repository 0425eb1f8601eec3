package address

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"

	"heartbeat/internal/fsutil"
	"heartbeat/internal/netif"
)

// A Leftover is an address that a process of ours added and did not remove.
type Leftover struct {
	Resource  string     `json:"resource"` // word of haresources
	IP        netip.Addr `json:"ip"`
	Bits      int        `json:"bits"`
	Interface string     `json:"interface"`
	Label     string     `json:"label,omitempty"`
	LoCopy    bool       `json:"loopback_copy,omitempty"` // a copy on the loopback interface waits to be put back
}

// ledger remembers held addresses in a file of the run directory. It is cleared
// by a reboot, and so are the addresses: nothing waits for the disk.
type ledger struct {
	path    string
	entries []Leftover
	stale   bool // the file has an entry that is struck
}

// openLedger takes over what a former process wrote; a file that cannot be read counts as empty, ReadLedger reports it.
func openLedger(path string) ledger {
	entries, _ := ReadLedger(path)
	return ledger{path: path, entries: entries}
}

// ReadLedger reads the file of held addresses; none, or no file: none held.
func ReadLedger(path string) ([]Leftover, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading which addresses were held: %w", err)
	}
	var out []Leftover
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, fmt.Errorf("reading which addresses were held: %s: %w; look with `ip addr` for left addresses and remove the file", path, err)
	}
	return out, nil
}

func (h *hold) entry() Leftover {
	return Leftover{Resource: h.name, IP: h.addr.IP, Bits: h.addr.Bits, Interface: h.link.Name, Label: h.addr.Label}
}

func (l *ledger) add(e Leftover) error {
	i := slices.IndexFunc(l.entries, func(o Leftover) bool { return o.Resource == e.Resource })
	if i < 0 {
		l.entries = append(l.entries, e)
	} else {
		e.LoCopy = l.entries[i].LoCopy
		if l.entries[i] == e {
			return nil
		}
		l.entries[i] = e
	}
	return l.write()
}

func (l *ledger) remove(resource string) {
	n := len(l.entries)
	l.entries = slices.DeleteFunc(l.entries, func(o Leftover) bool { return o.Resource == resource })
	if len(l.entries) != n {
		_ = l.write() // an entry too many is harmless: its address is looked for and not found
	}
}

// strike is remove without waiting for the file: flush writes it. Until then an entry too many stands there.
func (l *ledger) strike(resource string) {
	n := len(l.entries)
	l.entries = slices.DeleteFunc(l.entries, func(o Leftover) bool { return o.Resource == resource })
	l.stale = l.stale || len(l.entries) != n
}

// flush writes what strike left unwritten.
func (l *ledger) flush() {
	if l.stale {
		_ = l.write() // as in remove
	}
}

func (l *ledger) setCopyOnLoopback(resource string) {
	for i := range l.entries {
		if l.entries[i].Resource == resource {
			l.entries[i].LoCopy = true
			_ = l.write() // this process knows it; only a crash would forget the copy
		}
	}
}

func (l *ledger) copyOnLoopback(resource string) bool {
	return slices.ContainsFunc(l.entries, func(o Leftover) bool { return o.Resource == resource && o.LoCopy })
}

func (l *ledger) write() error {
	if l.path == "" {
		return nil
	}
	data, err := json.MarshalIndent(l.entries, "", "  ")
	if err != nil {
		return fmt.Errorf("noting held addresses: %w", err)
	}
	if len(l.entries) == 0 {
		data = []byte("[]")
	}
	l.stale = false
	return fsutil.Swap(l.path, append(data, '\n'), 0o644)
}

// Leftovers are the noted addresses that this keeper does not hold.
func (k *Keeper) Leftovers() []Leftover {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []Leftover
	for _, e := range k.ledger.entries {
		if k.held(e.Resource) == nil {
			out = append(out, e)
		}
	}
	return out
}

// DropLeftovers removes the noted addresses that this keeper does not hold and
// that keep does not want, and returns which were still there.
func (k *Keeper) DropLeftovers(keep func(Leftover) bool) ([]Leftover, error) {
	var gone []Leftover
	var errs []error
	for _, e := range k.Leftovers() {
		if keep != nil && keep(e) {
			continue
		}
		was, err := k.dropLeftover(e)
		if err != nil {
			errs = append(errs, err)
		}
		if was {
			gone = append(gone, e)
		}
	}
	return gone, errors.Join(errs...)
}

func (k *Keeper) dropLeftover(e Leftover) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	n, err := read(k.cfg.Kernel, false)
	if err != nil {
		return false, err
	}
	link, ok := netif.LinkNamed(n.links, e.Interface)
	a := netif.Address{Link: link.Index, IP: e.IP, Bits: e.Bits}
	there := ok && contains(n.addrs, a)
	if there {
		err = k.remove(a, link, n)
	}
	if err == nil && e.LoCopy {
		err = k.showLoopbackCopy(e.IP, n.links)
	}
	if err == nil {
		k.ledger.remove(e.Resource)
	}
	return there, err
}
