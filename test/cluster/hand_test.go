package cluster

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/api"
	"heartbeat/internal/lab"
	"heartbeat/internal/netif"
	"heartbeat/internal/vnet"
)

// hand is this test program as the machines see it: with handword as its first
// argument it does in a machine what no installed program is needed for then.
const (
	hand     = "/lab/hand"
	handword = "hand"
)

func handMain(args []string) int {
	acts := map[string]func([]string) error{
		"capture": capture, "send": send, "flood": flood, "signon": signOn,
		"add": addAddress, "remove": removeAddress, "mac": showMAC, "disk": smallDisk, "fill": fillDisk, "readonly": readOnly,
	}
	if len(args) == 0 || acts[args[0]] == nil {
		fmt.Fprintln(os.Stderr, "hand: no such act")
		return 2
	}
	if err := acts[args[0]](args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "hand %s: %v\n", args[0], err)
		return 1
	}
	return 0
}

// signOn is a program that is signed on under a name.
func signOn(args []string) error {
	return api.NewClient("/run/heartbeat").Subscribe(context.Background(), args[0], func(api.News) error { return nil })
}

// hand makes a machine act.
func (cl *cluster) hand(t *testing.T, machine string, args ...string) string {
	t.Helper()
	cl.lendHand(t, machine)
	return cl.mustRun(t, machine, append([]string{hand, handword}, args...)...)
}

// lendHand brings this program to the client machine; the nodes have it by a bind.
func (cl *cluster) lendHand(t *testing.T, machine string) {
	t.Helper()
	if machine != lab.ClientName || cl.lent {
		return
	}
	self, err := os.Open("/proc/self/exe")
	must(t, err)
	defer self.Close()
	code, err := cl.Run(within(t, soon), machine, vnet.Command{
		Argv:  []string{"sh", "-c", "mkdir -p " + filepath.Dir(hand) + " && cat >" + hand + " && chmod 755 " + hand},
		Stdin: self, Stderr: os.Stderr,
	})
	must(t, err)
	if code != 0 {
		t.Fatalf("copying the hand to the client: exit %d", code)
	}
	cl.lent = true
}

// pipe runs an act whose input or output are packets, each after its length in four bytes.
func (cl *cluster) pipe(t *testing.T, machine string, in [][]byte, args ...string) [][]byte {
	t.Helper()
	cl.lendHand(t, machine)
	dir := t.TempDir()
	input, err := os.Create(filepath.Join(dir, "in"))
	must(t, err)
	defer input.Close()
	for _, p := range in {
		must(t, writePacket(input, p))
	}
	_, err = input.Seek(0, io.SeekStart)
	must(t, err)
	output, err := os.Create(filepath.Join(dir, "out"))
	must(t, err)
	defer output.Close()
	code, err := cl.Run(within(t, soon), machine, vnet.Command{
		Argv: append([]string{hand, handword}, args...), Stdin: input, Stdout: output, Stderr: os.Stderr,
	})
	must(t, err)
	if code != 0 {
		t.Fatalf("hand %v on %s: exit %d", args, machine, code)
	}
	_, err = output.Seek(0, io.SeekStart)
	must(t, err)
	out, err := readPackets(output)
	must(t, err)
	return out
}

func writePacket(w io.Writer, p []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(p))), p...))
	return err
}

func readPackets(r io.Reader) (out [][]byte, err error) {
	var length [4]byte
	for {
		if _, err := io.ReadFull(r, length[:]); err != nil {
			if errors.Is(err, io.EOF) {
				return out, nil
			}
			return out, err
		}
		p := make([]byte, binary.BigEndian.Uint32(length[:]))
		if _, err := io.ReadFull(r, p); err != nil {
			return out, err
		}
		out = append(out, p)
	}
}

// capture HOST COUNT writes the next packets that a host sends to port 694 of everybody.
func capture(args []string) error {
	var count int
	if _, err := fmt.Sscan(args[1], &count); err != nil {
		return err
	}
	conn, err := net.ListenPacket("udp4", ":694")
	if err != nil {
		return err
	}
	defer conn.Close()
	buf := make([]byte, 1<<16)
	for count > 0 {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return err
		}
		if host, _, _ := net.SplitHostPort(from.String()); host != args[0] {
			continue
		}
		if err := writePacket(os.Stdout, buf[:n]); err != nil {
			return err
		}
		count--
	}
	return nil
}

// send HOST... sends packets to port 694 of each host.
func send(args []string) error {
	packets, err := readPackets(os.Stdin)
	if err != nil {
		return err
	}
	for _, host := range args {
		conn, err := net.Dial("udp4", net.JoinHostPort(host, "694"))
		if err != nil {
			return err
		}
		for _, p := range packets {
			if _, err := conn.Write(p); err != nil {
				return err
			}
		}
		conn.Close()
	}
	return nil
}

// How much a flood is. It ends with whichever comes first.
const (
	floodTime    = 3 * time.Second
	floodPackets = 60000
)

// flood HOST... sends noise of all sizes and damaged copies of the packets given,
// and says how many.
func flood(args []string) error {
	seeds, err := readPackets(os.Stdin)
	if err != nil {
		return err
	}
	var conns []net.Conn
	for _, host := range args {
		conn, err := net.Dial("udp4", net.JoinHostPort(host, "694"))
		if err != nil {
			return err
		}
		defer conn.Close()
		conns = append(conns, conn)
	}
	random := rand.New(rand.NewPCG(694, 1))
	noise := make([]byte, 65507)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	sent := uint64(0)
	for end := time.Now().Add(floodTime); time.Now().Before(end) && sent < floodPackets; sent++ {
		_, err := conns[random.IntN(len(conns))].Write(nuisance(random, noise, seeds))
		if err != nil && !errors.Is(err, unix.ECONNREFUSED) && !errors.Is(err, unix.ENOBUFS) {
			return err
		}
	}
	return writePacket(os.Stdout, binary.BigEndian.AppendUint64(nil, sent))
}

// nuisance is one packet of a flood.
func nuisance(random *rand.Rand, noise []byte, seeds [][]byte) []byte {
	cut := func(size int) []byte {
		at := random.IntN(len(noise) - size + 1)
		return noise[at : at+size]
	}
	switch kind := random.IntN(200); {
	case kind == 0:
		return cut(65507 - random.IntN(64)) // as large as a datagram can be
	case kind < 4:
		return cut(random.IntN(9000))
	case kind < 80:
		return cut(random.IntN(600)) // 0 bytes too
	}
	p := append([]byte(nil), seeds[random.IntN(len(seeds))]...)
	switch random.IntN(4) {
	case 0:
		return p[:random.IntN(len(p))]
	case 1:
		return append(p, cut(random.IntN(64))...)
	case 2:
		copy(p[random.IntN(len(p)):], cut(1+random.IntN(8)))
	}
	p[random.IntN(len(p))] ^= 1 << random.IntN(8)
	return p
}

// addAddress ADDRESS/BITS gives eth0 an address.
func addAddress(args []string) error { return changeAddress(args[0], netif.Kernel.AddAddress) }

// removeAddress ADDRESS/BITS takes one from eth0.
func removeAddress(args []string) error { return changeAddress(args[0], netif.Kernel.DeleteAddress) }

func changeAddress(text string, change func(netif.Kernel, netif.Address) error) error {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return err
	}
	k, err := netif.Open()
	if err != nil {
		return err
	}
	defer k.Close()
	links, err := k.Links()
	if err != nil {
		return err
	}
	l, ok := netif.LinkNamed(links, "eth0")
	if !ok {
		return errors.New("no eth0")
	}
	return change(k, netif.Address{Link: l.Index, IP: prefix.Addr(), Bits: prefix.Bits()})
}

// showMAC prints the MAC address of eth0.
func showMAC([]string) error {
	i, err := net.InterfaceByName("eth0")
	if err == nil {
		fmt.Print(i.HardwareAddr)
	}
	return err
}

// smallDisk DIR puts a file system on it that has room for some pages.
func smallDisk(args []string) error {
	return unix.Mount("small", args[0], "tmpfs", 0, "size=64k,mode=755")
}

// fillDisk DIR leaves no room in it.
func fillDisk(args []string) error {
	f, err := os.Create(filepath.Join(args[0], "filler"))
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(make([]byte, 1<<20)); !errors.Is(err, unix.ENOSPC) {
		return fmt.Errorf("the disk is not full: %v", err)
	}
	return nil
}

// readOnly DIR makes nothing below it writable.
func readOnly(args []string) error {
	if err := unix.Mount(args[0], args[0], "", unix.MS_BIND, ""); err != nil {
		return err
	}
	return unix.Mount("", args[0], "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
}
