package address

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/netif"
)

// Check says what to do about another machine that has the address.
type Check string

const (
	CheckOff    Check = "off"    // do not ask
	CheckWarn   Check = "warn"   // ask while taking the address; it costs no time
	CheckRefuse Check = "refuse" // ask first, 200 ms, and do not take it
)

// Config is what a Keeper needs.
type Config struct {
	Kernel    netif.Kernel
	Record    func(event.Event) // may be called from the keeper's goroutine; nil: nobody listens
	Refresh   time.Duration     // between announcements of a held address after the burst; 0: burst only
	Check     Check             // empty: warn
	StateFile string            // where held addresses are remembered; empty: nowhere
}

// A Keeper holds addresses. It is safe for concurrent use.
type Keeper struct {
	cfg    Config
	claims chan netif.Claim
	wake   chan struct{}
	quit   chan struct{}
	done   chan struct{}

	mu     sync.Mutex // guards all below
	watch  *netif.Watch
	holds  []*hold // in the order they were taken
	ports  map[int]*sharedPort
	ready  map[int]bool // interfaces whose port stays open although nothing is held there
	ledger ledger
	closed bool

	silenced int // how often Silence was called
}

// A hold is one address in service.
type hold struct {
	name   string // resource word
	spec   Spec
	addr   netif.Address
	link   netif.Link
	copy   *netif.Address // on the loopback interface, to be set aside; nil: none
	port   netif.Port     // nil: nothing to announce on
	deaf   func()         // ends listening for claims
	burst  burst
	asked  int         // Keeper.silenced when the address was asked for
	mended []time.Time // when it was put back, the last minute only
	told   map[netif.MAC]time.Time
}

// NewKeeper returns a keeper that holds nothing yet. What a former process left is in Leftovers.
func NewKeeper(cfg Config) *Keeper {
	if cfg.Record == nil {
		cfg.Record = func(event.Event) {}
	}
	if cfg.Check == "" {
		cfg.Check = CheckWarn
	}
	return &Keeper{
		cfg: cfg, claims: make(chan netif.Claim, 64), wake: make(chan struct{}, 1),
		quit: make(chan struct{}), done: make(chan struct{}),
		ports: map[int]*sharedPort{}, ready: map[int]bool{}, ledger: openLedger(cfg.StateFile),
	}
}

// Close stops watching and announcing; the addresses stay where they are.
func (k *Keeper) Close() {
	k.mu.Lock()
	if k.closed {
		k.mu.Unlock()
		return
	}
	k.closed = true
	started := k.watch != nil
	close(k.quit)
	k.mu.Unlock()
	if started {
		<-k.done
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, h := range slices.Clone(k.holds) {
		k.forget(h)
	}
	k.unready()
	k.ledger.flush()
}

// Serves says whether the address is on this machine now.
func (k *Keeper) Serves(s Spec) (bool, error) {
	n, err := read(k.cfg.Kernel, true)
	if err != nil {
		return false, err
	}
	_, _, ok := s.served(n)
	return ok, nil
}

// Resolve says where the address would go on this machine now.
func (k *Keeper) Resolve(s Spec) (netif.Address, netif.Link, error) {
	n, err := read(k.cfg.Kernel, true)
	if err != nil {
		return netif.Address{}, netif.Link{}, err
	}
	return s.resolve(n)
}

// Take puts the address on this machine, announces it once and keeps it from
// then on. It returns what happened in a sentence. Taking a held address
// verifies it and repeats the announcements.
func (k *Keeper) Take(ctx context.Context, name string, s Spec) (string, error) {
	h, text, err := k.prepare(name, s)
	if err != nil || h == nil {
		return text, err
	}
	if k.cfg.Check == CheckRefuse && h.port != nil {
		if err := k.ask(ctx, h); err != nil {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.forget(h)
			return "", err
		}
	}
	return k.add(h)
}

// prepare resolves the address, opens what it needs and begins to listen. Without
// a hold it is done: the address is here already.
func (k *Keeper) prepare(name string, s Spec) (*hold, string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.start(); err != nil {
		return nil, "", err
	}
	n, err := read(k.cfg.Kernel, true)
	if err != nil {
		return nil, "", err
	}
	if a, link, ok := s.served(n); ok {
		k.adopt(name, s, a, link)
		return nil, fmt.Sprintf("%s is on %s already; announced again", a, link.Name), nil
	}
	a, link, err := s.resolve(n)
	if err != nil {
		return nil, "", err
	}
	if !link.Up {
		if err := k.cfg.Kernel.SetUp(link.Index); err != nil {
			return nil, "", err
		}
	}
	h := &hold{name: name, spec: s, addr: a, link: link, copy: loopbackCopy(s, a, n), asked: k.silenced}
	if err := k.listen(h); err != nil {
		return nil, "", err
	}
	return h, "", nil
}

// add is the moment of taking.
func (k *Keeper) add(h *hold) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		k.forget(h)
		return "", errors.New("the node is stopping; the address is not taken")
	}
	if h.asked != k.silenced {
		k.forget(h)
		return "", errors.New("this node was paused meanwhile, and another one may serve the address; it is not taken")
	}
	noted := k.ledger.add(h.entry())
	lo, err := k.hideLoopbackCopy(h)
	if err == nil {
		err = k.cfg.Kernel.AddAddress(h.addr)
	}
	if err != nil && !errors.Is(err, netif.ErrExists) {
		k.ledger.remove(h.name)
		k.forget(h)
		return "", err
	}
	k.holds = append(k.holds, h)
	text := fmt.Sprintf("%s added to %s", h.addr, h.link.Name)
	if lo {
		text += "; its copy on the loopback interface is set aside"
	}
	if h.port != nil {
		if k.cfg.Check == CheckWarn {
			// The answer comes as a claim; a link that cannot send yet cannot ask.
			_ = h.port.Probe(h.addr.IP)
		}
		if err := h.announceNow(time.Now()); err != nil {
			text += "; " + err.Error() + "; it is announced again when the link works"
		}
		k.poke()
	}
	if noted != nil {
		text += "; " + noted.Error()
	}
	return text, nil
}

// adopt keeps an address that is here already. The lock is held.
func (k *Keeper) adopt(name string, s Spec, a netif.Address, link netif.Link) {
	h := k.held(name)
	if h == nil {
		h = &hold{name: name, spec: s, addr: a, link: link}
		if k.listen(h) != nil {
			h.port = nil // held without announcements is better than not held
		}
		k.holds = append(k.holds, h)
		_ = k.ledger.add(h.entry()) // it is in the ledger of its first taking, or was there before us
	}
	if h.port != nil {
		_ = h.announceNow(time.Now()) // the burst goes on, and again when the carrier returns
		k.poke()
	}
}

// Announce repeats the announcements of an address, and keeps it from now on if it is here.
func (k *Keeper) Announce(name string, s Spec) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.start() != nil {
		return // without a watch nothing can be kept; Take reports it
	}
	if n, err := read(k.cfg.Kernel, true); err == nil {
		if a, link, ok := s.served(n); ok {
			k.adopt(name, s, a, link)
		}
	}
}

func (k *Keeper) held(name string) *hold {
	for _, h := range k.holds {
		if h.name == name {
			return h
		}
	}
	return nil
}

// start begins the keeper's goroutine with the first address. The lock is held.
func (k *Keeper) start() error {
	if k.closed {
		return errors.New("the node is stopping; no address is taken any more")
	}
	if k.watch != nil {
		return nil
	}
	w, err := k.cfg.Kernel.Watch()
	if err != nil {
		return fmt.Errorf("watching the network: %w", err)
	}
	k.watch = w
	go k.run(w)
	return nil
}

// forget ends what a hold needs. The lock is held.
func (k *Keeper) forget(h *hold) {
	k.holds = slices.DeleteFunc(k.holds, func(o *hold) bool { return o == h })
	if h.deaf != nil {
		h.deaf()
		h.deaf = nil
	}
	if h.port != nil {
		k.closePort(h.link.Index)
		h.port = nil
	}
}

func (k *Keeper) poke() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}
