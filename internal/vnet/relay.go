package vnet

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Lossy is a link that loses that many of a hundred frames, each way.
func Lossy(percent int) Cut { return Cut(fmt.Sprintf("loss=%d", percent)) }

// Loss is the percentage of a Lossy cut; ok is false for other cuts.
func (c Cut) Loss() (percent int, ok bool) {
	word, found := strings.CutPrefix(string(c), "loss=")
	percent, err := strconv.Atoi(word)
	return percent, found && err == nil && percent >= 1 && percent <= 99
}

// A relay stands between a port and its bridge and loses frames. It is used
// because netem, which could do it, is a module that many kernels lack.
type relay struct {
	port, stub *os.File // packet sockets on the port and on our end of the cable to the bridge
	cable      netlink.Link
	done       chan struct{} // each of the two pumps sends one word at its end
}

// vnetHeader is the size of struct virtio_net_hdr, which comes before each frame
// and carries what the kernel left undone (checksums, segmentation).
const vnetHeader = 10

// startRelay takes link l of machine m off its bridge and carries its frames by hand.
func startRelay(m, l int, link Link, percent int) (*relay, error) {
	if err := mute(m, l); err != nil {
		return nil, err
	}
	br, err := netlink.LinkByName(bridgeName(link.Network))
	if err != nil {
		return nil, fmt.Errorf("switch of %s: %w", nic(l), err)
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MasterIndex = fmt.Sprintf("r%d.%d", m, l), br.Attrs().Index
	stub := fmt.Sprintf("q%d.%d", m, l)
	r := &relay{cable: &netlink.Veth{LinkAttrs: attrs, PeerName: stub}, done: make(chan struct{}, 2)}
	if err := netlink.LinkAdd(r.cable); err != nil {
		return nil, fmt.Errorf("cable of the relay: %w", err)
	}
	if err := r.open(m, l, stub); err != nil {
		r.stop()
		return nil, err
	}
	go r.pump(r.port, r.stub, percent)
	go r.pump(r.stub, r.port, percent)
	return r, nil
}

func (r *relay) open(m, l int, stub string) error {
	for _, name := range []string{r.cable.Attrs().Name, stub} {
		link, err := netlink.LinkByName(name)
		if err == nil {
			err = netlink.LinkSetUp(link)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	var err error
	if r.port, err = packetSocket(port(m, l)); err != nil {
		return err
	}
	r.stub, err = packetSocket(stub)
	return err
}

// packetSocket opens a socket for every frame that an interface receives.
func packetSocket(name string) (*os.File, error) {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	everything := uint16(unix.ETH_P_ALL)<<8 | uint16(unix.ETH_P_ALL)>>8 // in network order
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("packet socket: %w", err)
	}
	for _, option := range []int{unix.PACKET_VNET_HDR, unix.PACKET_IGNORE_OUTGOING} {
		if err == nil {
			err = unix.SetsockoptInt(fd, unix.SOL_PACKET, option, 1)
		}
	}
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: everything, Ifindex: link.Attrs().Index})
	}
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("packet socket on %s: %w", name, err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// pump carries frames one way until a socket is closed.
func (r *relay) pump(from, to *os.File, percent int) {
	defer func() { r.done <- struct{}{} }()
	frame := make([]byte, vnetHeader+65536)
	for {
		n, err := from.Read(frame)
		if err != nil {
			if !errors.Is(err, syscall.ENETDOWN) {
				return
			}
			continue // told once when the interface goes down; the socket works on when it is up again
		}
		if rand.IntN(100) >= percent {
			to.Write(frame[:n]) // a frame that cannot be sent is lost, as on any cable
		}
	}
}

// stop takes the relay out; the port then stands alone.
func (r *relay) stop() error {
	for _, f := range []*os.File{r.port, r.stub} {
		if f != nil {
			f.Close()
		}
	}
	if r.port != nil && r.stub != nil {
		<-r.done
		<-r.done
	}
	return netlink.LinkDel(r.cable)
}
