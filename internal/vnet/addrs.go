package vnet

import (
	"context"
	"fmt"
	"net/netip"
	"path/filepath"
	"time"

	"github.com/vishvananda/netlink"
)

// An Addr is an address of a machine, as its kernel has it.
type Addr struct {
	Card   string
	Prefix netip.Prefix
}

// An AddrChange is one address that came or went.
type AddrChange struct {
	At    time.Time // when the machine's PID 1 was told
	Added bool
	Addr
}

// Addrs lists the addresses of a machine; those of a frozen one too.
func (l *Lab) Addrs(machine string) ([]Addr, error) {
	if _, err := l.Spec.index(machine); err != nil {
		return nil, err
	}
	r, err := askMachine(machineDir(l.dir, machine), order{Verb: "addresses"})
	if err != nil {
		return nil, fmt.Errorf("addresses of %s: %w", machine, err)
	}
	return r.Addrs, nil
}

// WatchAddrs reports every change of a machine's addresses, until ctx is done or
// the machine goes off; then the channel is closed. The addresses that are there
// already come first, as added.
func (l *Lab) WatchAddrs(ctx context.Context, machine string) (<-chan AddrChange, error) {
	if _, err := l.Spec.index(machine); err != nil {
		return nil, err
	}
	ln, err := dial(filepath.Join(machineDir(l.dir, machine), "ctl.sock"))
	if err != nil {
		return nil, fmt.Errorf("%s is off: %w", machine, err)
	}
	if err := ln.send(order{Verb: "watch"}); err != nil {
		ln.close()
		return nil, err
	}
	stop := context.AfterFunc(ctx, ln.close)
	changes := make(chan AddrChange)
	go func() {
		defer close(changes)
		defer ln.close()
		defer stop()
		for {
			var c AddrChange
			if _, err := ln.receive(&c); err != nil {
				return
			}
			select {
			case changes <- c:
			case <-ctx.Done():
				return
			}
		}
	}()
	return changes, nil
}

// listAddrs reads the addresses of the caller's namespace, loopback left out.
func listAddrs() ([]Addr, error) {
	links, err := netlink.LinkList()
	if err != nil {
		return nil, err
	}
	var out []Addr
	for _, link := range links {
		if link.Attrs().Name == "lo" {
			continue
		}
		addrs, err := netlink.AddrList(link, netlink.FAMILY_ALL)
		if err != nil {
			return nil, err
		}
		for _, a := range addrs {
			if p, ok := prefixOf(a.IPNet.IP, a.IPNet.Mask); ok {
				out = append(out, Addr{link.Attrs().Name, p})
			}
		}
	}
	return out, nil
}

func prefixOf(ip, mask []byte) (netip.Prefix, bool) {
	a, ok := netip.AddrFromSlice(ip)
	ones := 0
	for _, b := range mask {
		for ; b != 0; b <<= 1 {
			ones++
		}
	}
	return netip.PrefixFrom(a.Unmap(), ones), ok
}
