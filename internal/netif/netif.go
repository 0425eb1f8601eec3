package netif

import (
	"errors"
	"fmt"
	"net/netip"
)

// ErrNotFound says that the address to be deleted is not there.
var ErrNotFound = errors.New("no such address")

// ErrExists says that the address to be added is there already.
var ErrExists = errors.New("address exists")

// Kernel is what the house asks of the network stack. It is safe for concurrent use.
type Kernel interface {
	Links() ([]Link, error)
	// Addresses of all interfaces, both families, in the kernel's order: on one
	// interface the first address of a subnet comes before its later ones.
	Addresses() ([]Address, error)
	// Routes of the main table, both families, in table order.
	Routes() ([]Route, error)
	// AddAddress adds exactly a. ErrExists when IP and Bits are on that link already.
	AddAddress(a Address) error
	// DeleteAddress removes the address with the Link, IP and Bits of a. ErrNotFound when there is none.
	DeleteAddress(a Address) error
	SetUp(link int) error
	// PromoteSecondaries makes later IPv4 addresses of a subnet outlive its first one.
	PromoteSecondaries(link Link) error
	// Watch tells about changes from now on.
	Watch() (*Watch, error)
	// OpenPort opens a socket for address frames. An interface without Ethernet has none: ErrNoEthernet.
	OpenPort(link Link) (Port, error)
}

// A Link is one network interface.
type Link struct {
	Index    int
	Name     string
	Up       bool // administratively
	Carrier  bool // it can send: the cable is in, the peer is there
	Loopback bool
	NoARP    bool
	MAC      MAC // zero: none
}

// A MAC is an Ethernet address.
type MAC [6]byte

func (m MAC) String() string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5])
}

// IsZero says that there is no address.
func (m MAC) IsZero() bool { return m == MAC{} }

// An Address is one address of an interface.
type Address struct {
	Link      int // index
	IP        netip.Addr
	Bits      int
	Broadcast netip.Addr // invalid: none
	Label     string     // IPv4: interface name or interface:label; empty: the interface name
	Secondary bool       // IPv4: not the first address of its subnet on its link
	NoPrefix  bool       // IPv6: bring no route for the prefix along
}

// Prefix is the subnet of the address.
func (a Address) Prefix() netip.Prefix { return netip.PrefixFrom(a.IP, a.Bits).Masked() }

// Same says that both are the same address on the same link; label and broadcast may differ.
func (a Address) Same(b Address) bool {
	return a.Link == b.Link && a.IP == b.IP && a.Bits == b.Bits
}

func (a Address) String() string { return netip.PrefixFrom(a.IP, a.Bits).String() }

// A Route is one route of the main table.
type Route struct {
	Dst    netip.Prefix // 0.0.0.0/0 or ::/0: the default route
	Link   int          // 0: none (blackhole and the like)
	Src    netip.Addr   // preferred source; invalid: none
	Metric int
	OnLink bool // the destination is reached without a gateway
}

// A Claim is a frame by which a machine said that an address is its own.
type Claim struct {
	IP  netip.Addr
	MAC MAC
}

// A Port sends and receives the address frames of one interface. It is safe for concurrent use.
type Port interface {
	// Announce says once that ip lives here: for IPv4 an ARP request and an ARP
	// reply, because switches and hosts differ in what they learn from; for IPv6
	// an unsolicited neighbour advertisement.
	Announce(ip netip.Addr) error
	// Probe asks who has ip without claiming it (RFC 5227; RFC 4862 for IPv6).
	Probe(ip netip.Addr) error
	// Listen calls heard for every claim of ip by another station until stop is
	// called. heard runs on the receiving goroutine and must not block.
	Listen(ip netip.Addr, heard func(Claim)) (stop func())
	Close() error
}

// ErrNoEthernet says that an interface has no Ethernet addresses to announce.
var ErrNoEthernet = errors.New("interface has no ethernet address")

// LinkNamed returns the link of that name.
func LinkNamed(links []Link, name string) (Link, bool) {
	for _, l := range links {
		if l.Name == name {
			return l, true
		}
	}
	return Link{}, false
}

// LinkAt returns the link of that index.
func LinkAt(links []Link, index int) (Link, bool) {
	for _, l := range links {
		if l.Index == index {
			return l, true
		}
	}
	return Link{}, false
}
