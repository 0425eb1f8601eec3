package netif

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
)

// Fake is a network in memory: a Kernel for tests, and the outside world's hands on it.
// The zero value has no interface. Fields are set before it is used.
type Fake struct {
	Interfaces []Link
	Table      []Route
	// PromoteOff makes the fake drop later addresses of a subnet with its first one, as Linux does by default.
	PromoteOff bool
	// FailAdd is what AddAddress answers; nil: it adds.
	FailAdd error

	mu      sync.Mutex // guards all below
	addrs   []Address
	sent    []Frame
	ears    map[int]fakeEar
	lastEar int
	watches watches
}

// A Frame is what a port of the fake sent.
type Frame struct {
	Link  int
	Probe bool // else an announcement
	IP    netip.Addr
}

type fakeEar struct {
	link  int
	ip    netip.Addr
	heard func(Claim)
}

func (f *Fake) Links() ([]Link, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.Interfaces), nil
}

func (f *Fake) Addresses() ([]Address, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.addrs), nil
}

func (f *Fake) Routes() ([]Route, error) { return slices.Clone(f.Table), nil }

func (f *Fake) AddAddress(a Address) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.FailAdd != nil {
		return fmt.Errorf("adding address %s: %w", a, f.FailAdd)
	}
	if slices.ContainsFunc(f.addrs, a.Same) {
		return fmt.Errorf("adding address %s: %w", a, ErrExists)
	}
	if a.IP.Is4() {
		a.Secondary = slices.ContainsFunc(f.addrs, func(o Address) bool { return o.Link == a.Link && o.Prefix() == a.Prefix() })
	}
	f.addrs = append(f.addrs, a)
	f.watches.tell(Change{Addresses: true})
	return nil
}

func (f *Fake) DeleteAddress(a Address) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.addrs, a.Same)
	if i < 0 {
		return fmt.Errorf("deleting address %s: %w", a, ErrNotFound)
	}
	gone := f.addrs[i]
	f.addrs = slices.Delete(f.addrs, i, i+1)
	if f.PromoteOff && gone.IP.Is4() && !gone.Secondary {
		f.addrs = slices.DeleteFunc(f.addrs, func(o Address) bool { return o.Link == gone.Link && o.Prefix() == gone.Prefix() })
	}
	f.watches.tell(Change{Addresses: true})
	return nil
}

func (f *Fake) SetUp(link int) error {
	f.change(link, func(l *Link) { l.Up, l.Carrier = true, true })
	return nil
}

func (f *Fake) PromoteSecondaries(Link) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.PromoteOff = false
	return nil
}

func (f *Fake) Watch() (*Watch, error) { return f.watches.add(), nil }

// SetCarrier pulls a cable or puts it in again.
func (f *Fake) SetCarrier(link int, on bool) {
	f.change(link, func(l *Link) { l.Carrier = on })
	if on {
		f.watches.tell(Change{Returned: []int{link}})
	}
}

func (f *Fake) change(link int, how func(*Link)) {
	f.mu.Lock()
	for i := range f.Interfaces {
		if f.Interfaces[i].Index == link {
			how(&f.Interfaces[i])
		}
	}
	f.mu.Unlock()
	f.watches.tell(Change{Addresses: true, Links: true})
}

// Sent returns the frames sent so far, oldest first.
func (f *Fake) Sent() []Frame {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sent)
}

// Hear lets another station of the link claim an address.
func (f *Fake) Hear(link int, c Claim) {
	f.mu.Lock()
	var heard []func(Claim)
	for _, e := range f.ears {
		if e.link == link && e.ip == c.IP {
			heard = append(heard, e.heard)
		}
	}
	f.mu.Unlock()
	for _, h := range heard {
		h(c)
	}
}

func (f *Fake) OpenPort(link Link) (Port, error) {
	if link.Loopback || link.MAC.IsZero() {
		return nil, ErrNoEthernet
	}
	return &fakePort{f, link.Index}, nil
}

type fakePort struct {
	f    *Fake
	link int
}

func (p *fakePort) Announce(ip netip.Addr) error { return p.send(Frame{p.link, false, ip}) }
func (p *fakePort) Probe(ip netip.Addr) error    { return p.send(Frame{p.link, true, ip}) }

func (p *fakePort) send(frame Frame) error {
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	p.f.sent = append(p.f.sent, frame)
	return nil
}

func (p *fakePort) Listen(ip netip.Addr, heard func(Claim)) (stop func()) {
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	if p.f.ears == nil {
		p.f.ears = map[int]fakeEar{}
	}
	p.f.lastEar++
	id := p.f.lastEar
	p.f.ears[id] = fakeEar{p.link, ip, heard}
	return func() {
		p.f.mu.Lock()
		defer p.f.mu.Unlock()
		delete(p.f.ears, id)
	}
}

func (p *fakePort) Close() error { return nil }
