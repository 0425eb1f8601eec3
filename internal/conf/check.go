package conf

import (
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
)

// PathFact is what the machine says about one file or directory.
type PathFact struct {
	Path      string
	Exists    bool
	IsDir     bool
	Mode      fs.FileMode
	UID       int
	WantDir   bool
	WantUID   int         // negative: any
	WantMode  fs.FileMode // 0: any; else the permissions it should have
	CanCreate bool        // missing is fine: it is made at start
}

// PeerFact is what another node says about its files.
type PeerFact struct {
	Node   string
	Digest string // HaResources.Digest
	Drift  []DriftFact
}

// DriftFact is a directive of ha.cf that another running node has otherwise than the one that runs here.
type DriftFact struct {
	Directive, Here, There string
}

// PortFact is a UDP port that another program holds.
type PortFact struct {
	Port  int
	Owner string // program and pid, as far as known
}

// Facts is what `heartbeat check` found on the machine. What is left empty is not judged.
type Facts struct {
	NodeName     string // uname -n, or nodeinfo
	Interfaces   []Interface
	UserExists   func(string) bool
	GroupExists  func(string) bool
	ScriptExists func(string) (path string, ok bool)
	PathExists   func(string) bool          // for the watchdog device and serial lines
	IsCharDevice func(string) bool          // for serial lines
	Resolves     func(host string) bool     // for ping hosts
	EnabledUnit  func(script string) string // the enabled systemd unit that starts this script at boot, or empty
	Paths        []PathFact                 // directories and files of the daemon
	PortsInUse   []PortFact
	Peers        []PeerFact
	SameIdentity []string // identities that two machines use, each in a sentence with the mend after a semicolon
}

// Check finds what would keep this configuration from working on this machine, beyond what Parse found.
func Check(c Config, f Facts) Problems {
	k := &checker{c: c, f: f}
	k.accounts()
	k.paths()
	k.identity()
	k.interfaces()
	k.devices()
	k.resources()
	k.peers()
	return k.list.Sorted()
}

type checker struct {
	c    Config
	f    Facts
	list Problems
}

func (k *checker) add(file string, line int, s Severity, fix, format string, args ...any) {
	k.list = append(k.list, Problem{file, line, s, fmt.Sprintf(format, args...), fix})
}

func (k *checker) accounts() {
	if k.f.UserExists != nil && !k.f.UserExists("hacluster") {
		k.add("", 0, Warning, "run: useradd -r -g haclient hacluster", "Invalid user id name [hacluster]: there is no user hacluster")
	}
	if k.f.GroupExists != nil && !k.f.GroupExists("haclient") {
		k.add("", 0, Warning, "run: groupadd -r haclient", "Invalid group id name [haclient]: there is no group haclient")
	}
}

func (k *checker) paths() {
	for _, p := range k.f.Paths {
		switch {
		case !p.Exists && p.CanCreate:
		case !p.Exists && p.WantDir:
			k.add(p.Path, 0, Error, "run: mkdir -p "+p.Path, "the directory does not exist")
		case !p.Exists:
			k.add(p.Path, 0, Error, "create it", "the file does not exist")
		case p.IsDir != p.WantDir:
			k.add(p.Path, 0, Error, "move it away", "a directory is expected there, or a file: it is the other")
		default:
			if p.WantUID >= 0 && p.UID != p.WantUID {
				k.add(p.Path, 0, Error, fmt.Sprintf("run: chown %d %s", p.WantUID, p.Path), "it belongs to user %d instead of %d", p.UID, p.WantUID)
			}
			if p.WantMode != 0 && p.Mode.Perm() != p.WantMode {
				k.add(p.Path, 0, Warning, fmt.Sprintf("run: chmod %04o %s", p.WantMode, p.Path), "its mode is %04o instead of %04o", p.Mode.Perm(), p.WantMode)
			}
		}
	}
}

func (k *checker) identity() {
	h := &k.c.HaCf
	self := strings.ToLower(k.f.NodeName)
	if self != "" && !slices.Contains(h.Nodes, self) && h.AutoJoin != "any" {
		k.add(h.File, 0, Error, didYouMean(self, h.Nodes, "list it with node, or correct the host's name: uname -n prints "+self), "Current node [%s] not in configuration!", self)
	}
	for _, text := range k.f.SameIdentity {
		what, mend, _ := strings.Cut(text, "; ")
		k.add("", 0, Error, mend, "two machines use one identity: %s", what)
	}
}

func (k *checker) devices() {
	h := &k.c.HaCf
	if k.f.PathExists != nil {
		if h.Watchdog != "" && !k.f.PathExists(h.Watchdog) {
			k.add(h.File, 0, Error, "run: modprobe softdog, or remove the watchdog line", "Cannot open watchdog device: %s", h.Watchdog)
		}
	}
	k.serialPorts()
	for _, m := range h.Media {
		if k.f.Resolves == nil || m.Addr.IsValid() || m.Kind != "ping" && m.Kind != "ping_group" {
			continue
		}
		hosts := m.Targets
		if m.Kind == "ping" {
			hosts = []string{m.Peer}
		}
		for _, host := range hosts {
			if _, err := netip.ParseAddr(host); err != nil && !k.f.Resolves(host) {
				k.add(h.File, m.Line, Error, "write its address, or add it to /etc/hosts", "unknown host: %s", host)
			}
		}
	}
}

func (k *checker) resources() {
	r := k.c.Resources
	for _, g := range r.Groups {
		for _, res := range g.Resources {
			if k.f.ScriptExists != nil {
				if _, ok := k.f.ScriptExists(res.Script); !ok {
					k.add(r.File, res.Line, Error, "install it, put it into resource.d, or correct the name; this node cannot run group "+g.Key(), "Cannot locate resource script %s", res.Script)
				}
			}
			if k.f.EnabledUnit != nil && !res.IsAddress() {
				if unit := k.f.EnabledUnit(res.Script); unit != "" {
					k.add(r.File, res.Line, Warning, "run: systemctl disable "+unit, "%s starts at boot too: it would run on both nodes", unit)
				}
			}
			if res.IsAddress() && len(res.Args) == 1 {
				k.address(g, res)
			}
		}
	}
}

// address judges where an address would go on this machine.
func (k *checker) address(g Group, res Resource) {
	a, err := ParseAddress(res.Args[0])
	if err != nil || k.f.Interfaces == nil {
		return // Parse told what is wrong with the argument
	}
	file := k.c.Resources.File
	if a.Interface != "" {
		i, ok := Env{Interfaces: k.f.Interfaces}.interfaceNamed(a.Interface)
		switch {
		case !ok:
			k.add(file, res.Line, Error, "`ip link` lists the interfaces of this machine", "Invalid interface name [%s]: group %s cannot start on this node", a.Interface, g.Key())
		case !i.Up:
			k.add(file, res.Line, Error, "run: ip link set "+i.Name+" up", "interface %s is down: group %s cannot start on this node", i.Name, g.Key())
		case !onSubnet(a.IP, i) && a.Bits == 0:
			k.add(file, res.Line, Error, "write the mask: "+a.IP.String()+"/24/"+i.Name, "address %s is in no subnet of %s and has no mask", a.IP, i.Name)
		case !onSubnet(a.IP, i):
			k.add(file, res.Line, Warning, "compare it with `ip addr show "+i.Name+"`", "address %s is in no subnet of %s", a.IP, i.Name)
		}
		return
	}
	if !slices.ContainsFunc(k.f.Interfaces, func(i Interface) bool { return onSubnet(a.IP, i) }) {
		k.add(file, res.Line, Error, "name the interface, such as "+a.IP.String()+"/24/eth0, or correct the address", "Unable to find nic or netmask: address %s is in no subnet of this machine", a.IP)
	}
}

func onSubnet(ip netip.Addr, i Interface) bool {
	return slices.ContainsFunc(i.Prefixes, func(p netip.Prefix) bool { return p.Masked().Contains(ip) })
}

func (k *checker) peers() {
	for _, p := range k.f.Peers {
		for _, d := range p.Drift {
			k.add(k.c.HaCf.File, 0, Error, "write the same on all nodes, and restart heartbeat where it was wrong", "node %s has another %s in its ha.cf: %q there, %q on this node", p.Node, d.Directive, d.There, d.Here)
		}
		if p.Digest != "" && p.Digest != k.c.Resources.Digest && k.c.HaCf.CRM == "off" {
			k.add(k.c.Resources.File, 0, Error, "copy the right one to the other node, and run heartbeat reload on both", "node %s has another haresources (%s there, %s here)", p.Node, p.Digest, k.c.Resources.Digest)
		}
	}
}
