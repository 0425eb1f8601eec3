package vnet

import (
	"net/netip"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// watcherPriority is above that of a node (1), so that a change is dated before the node can tell another machine of it: with a later date
// a hand-over would look as if two machines had had the address for a moment.
const watcherPriority = 10

// watch sends every change of the machine's addresses to ln until that is closed; those that are there come first.
func watch(ln *line) {
	defer ln.close()
	s, err := nl.Subscribe(unix.NETLINK_ROUTE, unix.RTNLGRP_IPV4_IFADDR, unix.RTNLGRP_IPV6_IFADDR)
	if err != nil {
		return
	}
	defer s.Close()
	gone, leave, err := os.Pipe()
	if err != nil {
		return
	}
	defer gone.Close()
	there, err := listAddrs() // after the subscription: what comes in between is told twice, not never
	if err != nil {
		return
	}
	changes := make(chan AddrChange, 64)
	var both sync.WaitGroup
	both.Go(func() {
		var nothing order
		_, _ = ln.receive(&nothing) // returns when the watcher goes away
		leave.Close()
	})
	both.Go(func() { dateChanges(s, int(gone.Fd()), changes) })
	for _, a := range there {
		_ = ln.send(AddrChange{time.Now(), true, a}) // a line that fails is noticed by receive
	}
	for c := range changes {
		if err := ln.send(c); err != nil {
			ln.close()
		}
	}
	ln.close()
	both.Wait()
}

// dateChanges reads the news of the kernel until the other end of gone is closed. It has a thread of its own, a real-time one where that
// is allowed; as an ordinary user's its dates may be late by as long as the processors are busy.
func dateChanges(s *nl.NetlinkSocket, gone int, out chan<- AddrChange) {
	defer close(out)
	runtime.LockOSThread() // and never unlocked: the thread ends with this function, and its priority with it
	_ = unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: watcherPriority}, 0)
	names := map[int]string{}
	if links, err := netlink.LinkList(); err == nil { // so that no question stands between two dates
		for _, l := range links {
			names[l.Attrs().Index] = l.Attrs().Name
		}
	}
	for {
		fds := []unix.PollFd{{Fd: int32(s.GetFd()), Events: unix.POLLIN}, {Fd: int32(gone), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, -1); err == unix.EINTR {
			continue
		} else if err != nil || fds[1].Revents != 0 {
			return
		}
		at := time.Now()
		messages, _, err := s.Receive()
		if err != nil {
			return
		}
		for _, m := range messages {
			if m.Header.Type != unix.RTM_NEWADDR && m.Header.Type != unix.RTM_DELADDR {
				continue
			}
			if a, ok := addrOf(m.Data, names); ok {
				out <- AddrChange{at, m.Header.Type == unix.RTM_NEWADDR, a}
			}
		}
	}
}

// addrOf reads the address of a message; those of lo are left out. The names of cards are remembered: a card may be gone when its address goes.
func addrOf(data []byte, names map[int]string) (Addr, bool) {
	if len(data) < unix.SizeofIfAddrmsg {
		return Addr{}, false
	}
	head := nl.DeserializeIfAddrmsg(data)
	attrs, err := nl.ParseRouteAttr(data[head.Len():])
	if err != nil {
		return Addr{}, false
	}
	var ip netip.Addr
	for _, a := range attrs {
		// With a peer IFA_ADDRESS is the peer's and IFA_LOCAL the machine's; IPv6 without one has no IFA_LOCAL.
		if a.Attr.Type == unix.IFA_LOCAL || a.Attr.Type == unix.IFA_ADDRESS && !ip.IsValid() {
			if got, ok := netip.AddrFromSlice(a.Value); ok {
				ip = got.Unmap()
			}
		}
	}
	card := int(head.Index)
	if _, known := names[card]; !known {
		if link, err := netlink.LinkByIndex(card); err == nil {
			names[card] = link.Attrs().Name
		}
	}
	return Addr{names[card], netip.PrefixFrom(ip, int(head.Prefixlen))}, ip.IsValid() && names[card] != "lo"
}
