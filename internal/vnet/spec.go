package vnet

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// A Spec is everything a lab consists of.
type Spec struct {
	Networks []Network
	Machines []Machine
}

// A Network is one switch.
type Network struct {
	Name    string         // for messages: "service", "link1"
	Gateway []netip.Prefix // addresses of the switch itself, something to ping; may be empty
}

// A Machine is one virtual machine.
type Machine struct {
	Name     string // host name: lower-case letters, digits, dash; at most 32
	Links    []Link // eth0, eth1, … in this order
	Binds    []Bind // mounted after the private root stands, in this order
	Etc      map[string]string
	Env      []string   // added to the environment of everything started in the machine
	Names    []string   // further names of the program in BinDir
	Services [][]string // started at every power-on, output to /var/log/boot.log
}

// A Link is one network card of a machine.
type Link struct {
	Network int // index into Spec.Networks
	Addrs   []netip.Prefix
}

// A Bind shows a file or directory of the host inside a machine.
type Bind struct {
	From     string // on the host; must exist
	To       string // absolute, in the machine; made when missing
	ReadOnly bool
}

var machineName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`) })

// limits keep interface names below the kernel's 15 bytes and addresses in one byte.
const (
	maxMachines = 200
	maxLinks    = 8
)

// check finds what could not be built, before anything is.
func (s Spec) check() error {
	if len(s.Machines) > maxMachines {
		return fmt.Errorf("lab: %d machines are asked for; %d is the most", len(s.Machines), maxMachines)
	}
	seen := map[string]bool{}
	for _, m := range s.Machines {
		switch {
		case !machineName().MatchString(m.Name):
			return fmt.Errorf("lab: machine name %q: use lower-case letters, digits and dashes, at most 32", m.Name)
		case seen[m.Name]:
			return fmt.Errorf("lab: machine %s is listed twice", m.Name)
		case len(m.Links) > maxLinks:
			return fmt.Errorf("lab: machine %s has %d links; %d is the most", m.Name, len(m.Links), maxLinks)
		}
		seen[m.Name] = true
		for i, l := range m.Links {
			if l.Network < 0 || l.Network >= len(s.Networks) {
				return fmt.Errorf("lab: machine %s: eth%d is on network %d, but there are only %d networks", m.Name, i, l.Network, len(s.Networks))
			}
		}
		for _, b := range m.Binds {
			if !filepath.IsAbs(b.From) || !filepath.IsAbs(b.To) || strings.Contains(b.To, "..") {
				return fmt.Errorf("lab: machine %s: bind %s to %s: both must be absolute paths", m.Name, b.From, b.To)
			}
		}
	}
	return nil
}

// index finds a machine by name.
func (s Spec) index(name string) (int, error) {
	for i, m := range s.Machines {
		if m.Name == name {
			return i, nil
		}
	}
	names := make([]string, len(s.Machines))
	for i, m := range s.Machines {
		names[i] = m.Name
	}
	return 0, fmt.Errorf("there is no machine %q in this lab; there are: %s", name, strings.Join(names, ", "))
}

// port is the name of the switch's end of the cable to link l of machine m.
func port(m, l int) string { return fmt.Sprintf("p%d.%d", m, l) }

// bridgeName is the name of network n's bridge in the switchboard's namespace.
func bridgeName(n int) string { return fmt.Sprintf("br%d", n) }

// nic is the name a machine sees.
func nic(l int) string { return fmt.Sprintf("eth%d", l) }

// hardwareAddr makes the MAC address of link l of machine m. It is the same after
// every power-on, as that of a real card is; end 0 is the machine's, 1 the switch's.
func hardwareAddr(m, l, end int) net.HardwareAddr {
	return net.HardwareAddr{0x02, 'H', 'B', byte(end), byte(l), byte(m + 1)}
}
