package vnet

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// buildNetwork makes the bridge of network n in the caller's namespace.
func buildNetwork(n int, net Network) error {
	off := false
	attrs := netlink.NewLinkAttrs()
	attrs.Name = bridgeName(n)
	attrs.HardwareAddr = hardwareAddr(253, n, 1) // fixed, or it would change with the ports
	br := &netlink.Bridge{LinkAttrs: attrs, MulticastSnooping: &off}
	if err := netlink.LinkAdd(br); err != nil {
		if errors.Is(err, syscall.EOPNOTSUPP) {
			return fmt.Errorf("making switch %s: %w; this kernel has no bridges: sudo modprobe bridge", net.Name, err)
		}
		return fmt.Errorf("making switch %s: %w", net.Name, err)
	}
	if err := netlink.LinkSetUp(br); err != nil {
		return fmt.Errorf("switching %s on: %w", net.Name, err)
	}
	for _, p := range net.Gateway {
		if err := addAddr(br, p.String()); err != nil {
			return fmt.Errorf("switch %s: address %s: %w", net.Name, p, err)
		}
	}
	return nil
}

// plug lays the cable of link l of machine m, whose PID 1 is pid, and plugs it in.
func plug(m, l, pid int, link Link) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.HardwareAddr = port(m, l), hardwareAddr(m, l, 1)
	veth := &netlink.Veth{
		LinkAttrs: attrs,
		PeerName:  nic(l), PeerHardwareAddr: hardwareAddr(m, l, 0), PeerNamespace: netlink.NsPid(pid),
	}
	if err := netlink.LinkAdd(veth); err != nil {
		if errors.Is(err, syscall.EOPNOTSUPP) {
			return fmt.Errorf("laying cable %s: %w; this kernel has no virtual cables: sudo modprobe veth", nic(l), err)
		}
		return fmt.Errorf("laying cable %s: %w", nic(l), err)
	}
	return connect(m, l, link)
}

// connect makes the port forward, whatever was done to it before.
func connect(m, l int, link Link) error {
	p, err := netlink.LinkByName(port(m, l))
	if err != nil {
		return fmt.Errorf("port of %s: %w", nic(l), err)
	}
	br, err := netlink.LinkByName(bridgeName(link.Network))
	if err != nil {
		return fmt.Errorf("switch of %s: %w", nic(l), err)
	}
	if p.Attrs().MasterIndex != br.Attrs().Index {
		if err := netlink.LinkSetMaster(p, br); err != nil {
			return fmt.Errorf("plugging %s in: %w", nic(l), err)
		}
	}
	if err := passAll(port(m, l)); err != nil {
		return err
	}
	return netlink.LinkSetUp(p)
}

// unplug takes the carrier away: the machine's card sees a dead cable.
func unplug(m, l int) error {
	p, err := netlink.LinkByName(port(m, l))
	if err != nil {
		return fmt.Errorf("port of %s: %w", nic(l), err)
	}
	return netlink.LinkSetDown(p)
}

// mute keeps the carrier and loses every frame, as a mis-set switch does.
func mute(m, l int) error {
	p, err := netlink.LinkByName(port(m, l))
	if err != nil {
		return fmt.Errorf("port of %s: %w", nic(l), err)
	}
	return netlink.LinkSetNoMaster(p)
}

// removePort destroys the cable, with the machine's end of it.
func removePort(m, l int) error {
	p, err := netlink.LinkByName(port(m, l))
	var gone netlink.LinkNotFoundError
	if errors.As(err, &gone) {
		return nil
	}
	if err != nil {
		return err
	}
	err = netlink.LinkDel(p)
	if errors.Is(err, syscall.ENODEV) { // the machine's namespace took it along just now
		return nil
	}
	return err
}

// dropAll makes an interface of the caller's namespace lose everything it should
// send: a queue of one byte, into which no frame fits. Every kernel has that
// queue, while netem and packet filters are modules that may be missing.
func dropAll(name string) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	req := nl.NewNetlinkRequest(unix.RTM_NEWQDISC, unix.NLM_F_CREATE|unix.NLM_F_REPLACE|unix.NLM_F_ACK)
	req.AddData(&nl.TcMsg{Family: nl.FAMILY_ALL, Ifindex: int32(link.Attrs().Index), Parent: netlink.HANDLE_ROOT, Handle: netlink.MakeHandle(1, 0)})
	req.AddData(nl.NewRtAttr(nl.TCA_KIND, nl.ZeroTerminated("bfifo")))
	req.AddData(nl.NewRtAttr(nl.TCA_OPTIONS, nl.Uint32Attr(1)))
	if _, err := req.Execute(unix.NETLINK_ROUTE, 0); err != nil {
		return fmt.Errorf("stopping what %s sends: %w", name, err)
	}
	return nil
}

// passAll undoes dropAll; undoing nothing is fine.
func passAll(name string) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	qdiscs, err := netlink.QdiscList(link)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, q := range qdiscs {
		if q.Type() == "bfifo" && q.Attrs().Parent == netlink.HANDLE_ROOT {
			return netlink.QdiscDel(q)
		}
	}
	return nil
}

// addAddr gives an interface an address with its broadcast address.
func addAddr(link netlink.Link, prefix string) error {
	a, err := netlink.ParseAddr(prefix)
	if err != nil {
		return err
	}
	if ip := a.IP.To4(); ip == nil {
		a.Flags = unix.IFA_F_NODAD // usable at once: nobody else is on this network
	}
	err = netlink.AddrAdd(link, a)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	return err
}

// loopbackUp switches lo on in the caller's namespace.
func loopbackUp() error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	return netlink.LinkSetUp(lo)
}
