package vnet

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Files the switchboard hands to PID 1 of a machine.
const (
	fdControl = 3 // listening socket for orders
	fdPlan    = 4 // JSON plan, sent when the cables are laid
	fdUp      = 5 // one JSON answer: the machine stands, or why not
)

// plan is what a machine is told to be.
type plan struct {
	Dir     string // its directory on the host
	Machine Machine
}

// BinDir holds the caller's own program under the name heartbeat, in every machine.
const BinDir = "/lab/bin"

const searchPath = BinDir + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// runMachine is the whole life of a machine's PID 1.
func runMachine() int {
	for _, fd := range []int{fdControl, fdPlan, fdUp} {
		unix.CloseOnExec(fd)
	}
	up := os.NewFile(fdUp, "up")
	l, keeper, err := boot()
	if err != nil {
		json.NewEncoder(up).Encode(reply{Error: err.Error()})
		return 1
	}
	json.NewEncoder(up).Encode(reply{})
	up.Close()
	keeper.serve(l)
	return 0
}

func boot() (*net.UnixListener, *keeper, error) {
	control := os.NewFile(fdControl, "control")
	fl, err := net.FileListener(control)
	if err != nil {
		return nil, nil, fmt.Errorf("control socket: %w", err)
	}
	control.Close()
	var p plan
	source := os.NewFile(fdPlan, "plan")
	if err := json.NewDecoder(source).Decode(&p); err != nil {
		return nil, nil, fmt.Errorf("reading the plan: %w", err)
	}
	source.Close()
	if err := unix.Sethostname([]byte(p.Machine.Name)); err != nil {
		return nil, nil, fmt.Errorf("host name: %w", err)
	}
	if err := buildRoot(filepath.Join(p.Dir, "root"), p.Machine); err != nil {
		return nil, nil, err
	}
	if err := configureNetwork(p.Machine.Links); err != nil {
		return nil, nil, err
	}
	k := newKeeper(p.Machine.Env)
	for _, argv := range p.Machine.Services {
		if err := k.service(argv); err != nil {
			return nil, nil, err
		}
	}
	return fl.(*net.UnixListener), k, nil
}

// configureNetwork switches the cards on and gives them their addresses.
func configureNetwork(links []Link) error {
	// IPv6 addresses are usable at once; a kernel without IPv6 lacks the file.
	os.WriteFile("/proc/sys/net/ipv6/conf/default/accept_dad", []byte("0"), 0)
	os.WriteFile("/proc/sys/net/ipv6/conf/all/accept_dad", []byte("0"), 0)
	if err := loopbackUp(); err != nil {
		return fmt.Errorf("loopback: %w", err)
	}
	for i, l := range links {
		card, err := netlink.LinkByName(nic(i))
		if err != nil {
			return fmt.Errorf("%s: %w", nic(i), err)
		}
		if err := netlink.LinkSetUp(card); err != nil {
			return fmt.Errorf("%s: switching on: %w", nic(i), err)
		}
		for _, p := range l.Addrs {
			if err := addAddr(card, p.String()); err != nil {
				return fmt.Errorf("%s: address %s: %w", nic(i), p, err)
			}
		}
	}
	return nil
}
