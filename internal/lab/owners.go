package lab

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"heartbeat/internal/vnet"
)

// Owners lists the nodes that carry an address, as their kernels say. A machine
// that is off carries nothing.
func (l *Lab) Owners(addr string) ([]string, error) {
	want, err := netip.ParseAddr(addr)
	if err != nil {
		return nil, err
	}
	states, err := l.States()
	if err != nil {
		return nil, err
	}
	var owners []string
	for _, s := range states {
		if s.Power == "off" || !slices.Contains(l.Nodes, s.Machine) {
			continue
		}
		addrs, err := l.Addrs(s.Machine)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(addrs, func(a vnet.Addr) bool { return a.Prefix.Addr() == want }) {
			owners = append(owners, s.Machine)
		}
	}
	return owners, nil
}

// WaitOwners waits until exactly these nodes, in this order of names, carry addr.
// It sleeps until an address of some running node changes.
func (l *Lab) WaitOwners(ctx context.Context, addr string, want ...string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changed := make(chan struct{}, 1)
	for _, node := range l.Nodes {
		changes, err := l.WatchAddrs(ctx, node)
		if err != nil {
			continue // off: it carries nothing
		}
		go func() {
			for range changes {
				select {
				case changed <- struct{}{}:
				default:
				}
			}
			select { // the machine went off
			case changed <- struct{}{}:
			default:
			}
		}()
	}
	for {
		owners, err := l.Owners(addr)
		if err != nil {
			return err
		}
		if slices.Equal(owners, want) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%s is carried by %v, not by %v: %w", addr, owners, want, context.Cause(ctx))
		}
	}
}
