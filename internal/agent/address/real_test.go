package address

import (
	"context"
	"net/netip"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"heartbeat/internal/event"
	"heartbeat/internal/netif"
	"heartbeat/internal/testenv"
)

// bench is a keeper on the real kernel of a namespace, with the events it recorded.
type bench struct {
	*Keeper
	kernel netif.Kernel
	events chan event.Event
}

func realKeeper(t *testing.T, cfg Config) bench {
	t.Helper()
	wire(t)
	kernel, err := netif.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(kernel.Close)
	b := bench{kernel: kernel, events: make(chan event.Event, 100)}
	cfg.Kernel = kernel
	cfg.Record = func(e event.Event) { b.events <- e }
	b.Keeper = NewKeeper(cfg)
	t.Cleanup(b.Close)
	return b
}

func spec(t *testing.T, style Style, arg string) Spec {
	t.Helper()
	s, err := Parse(style, arg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b bench) take(t *testing.T, s Spec) string {
	t.Helper()
	text, err := b.Take(context.Background(), s.Style.String()+"::"+s.IP.String(), s)
	if err != nil {
		t.Fatalf("taking %v: %v", s.IP, err)
	}
	return text
}

func (b bench) drop(t *testing.T, s Spec) {
	t.Helper()
	if _, err := b.Drop(s.Style.String()+"::"+s.IP.String(), s); err != nil {
		t.Fatalf("dropping %v: %v", s.IP, err)
	}
}

func TestAddressIsAddedAsTheScriptsDo(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	b := realKeeper(t, Config{Check: CheckOff})
	tests := []struct {
		style      Style
		arg, shown string
	}{
		{IPaddr, "10.77.0.50", "inet 10.77.0.50/24 brd 10.77.0.255 scope global secondary eth7:0"},
		{IPaddr, "10.77.0.51/24/eth7", "inet 10.77.0.51/24 brd 10.77.0.255 scope global secondary eth7:1"},
		{IPaddr2, "10.77.0.52", "inet 10.77.0.52/24 brd 10.77.0.255 scope global secondary eth7"},
		{IPaddr2, "10.77.0.53/24/eth7:web", "inet 10.77.0.53/24 brd 10.77.0.255 scope global secondary eth7:web"},
		{IPaddr2, "192.168.9.1/24/eth7", "inet 192.168.9.1/24 scope global eth7"},
		{IPaddr2, "10.77.0.54/24/eth7/10.77.0.200", "inet 10.77.0.54/24 brd 10.77.0.200 scope global secondary eth7"},
		{IPv6addr, "fd77::50", "inet6 fd77::50/64 scope global nodad noprefixroute"},
	}
	for _, tt := range tests {
		s := spec(t, tt.style, tt.arg)
		for range 2 { // a second start of the same is a success
			b.take(t, s)
		}
		if ok, err := b.Serves(s); !ok || err != nil {
			t.Errorf("%s: not served after the start: %v", tt.arg, err)
		}
		if got := ip(t, "addr show dev eth7"); !strings.Contains(strings.Join(strings.Fields(got), " "), tt.shown) {
			t.Errorf("%s: want %q in\n%s", tt.arg, tt.shown, got)
		}
	}
	for _, tt := range tests {
		s := spec(t, tt.style, tt.arg)
		for range 2 { // a stop of what is stopped is a success
			b.drop(t, s)
		}
		if ok, _ := b.Serves(s); ok {
			t.Errorf("%s: still served after the stop", tt.arg)
		}
	}
	if got := ip(t, "addr show dev eth7"); !strings.Contains(got, "10.77.0.1/24") || !strings.Contains(got, "fd77::1/64") {
		t.Errorf("the interface lost its own addresses:\n%s", got)
	}
}

func TestOtherAddressesOutliveTheFirstOfTheirSubnet(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	b := realKeeper(t, Config{Check: CheckOff})
	first := spec(t, IPaddr2, "10.88.0.1/24/eth7")
	b.take(t, first)
	ip(t, "addr add 10.88.0.2/24 dev eth7")
	ip(t, "addr add 10.88.0.3/24 dev eth7")
	b.drop(t, first)
	got := ip(t, "addr show dev eth7")
	if strings.Contains(got, "10.88.0.1/") || !strings.Contains(got, "10.88.0.2/24") || !strings.Contains(got, "10.88.0.3/24") {
		t.Errorf("after the stop of the first address of the subnet:\n%s", got)
	}
}

func TestRemovedAddressIsPutBack(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	b := realKeeper(t, Config{Check: CheckOff})
	for _, arg := range []string{"10.77.0.60", "fd77::60"} {
		s := spec(t, IPaddr2, arg)
		b.take(t, s)
		ip(t, "addr del "+arg+map[bool]string{true: "/64", false: "/24"}[s.IP.Is6()]+" dev eth7")
		e := <-b.events
		if e.Kind != event.AddressRestored || !strings.Contains(e.Text, arg) {
			t.Fatalf("got event %s %q", e.Kind.Name, e.Text)
		}
		if ok, _ := b.Serves(s); !ok {
			t.Errorf("%s is not back", arg)
		}
	}
}

func TestAddressMovesToAnInterfaceMadeAnew(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	b := realKeeper(t, Config{Check: CheckOff})
	s := spec(t, IPaddr2, "10.77.0.61/24/eth7")
	b.take(t, s)
	ip(t, "link del eth7")
	ip(t, "link add eth7 type veth peer name peer7")
	ip(t, "link set peer7 up")
	ip(t, "link set eth7 up")
	if e := <-b.events; e.Kind != event.AddressRestored {
		t.Fatalf("got event %s %q", e.Kind.Name, e.Text)
	}
	if ok, _ := b.Serves(s); !ok {
		t.Error("the address is not on the new interface")
	}
}

// listenPeer collects what the network at the other end of the cable hears about an address.
func listenPeer(t *testing.T, b bench, addr string) (netif.Port, <-chan netif.Claim) {
	t.Helper()
	links, err := b.kernel.Links()
	if err != nil {
		t.Fatal(err)
	}
	peer, ok := netif.LinkNamed(links, "peer7")
	if !ok {
		t.Fatal("no interface peer7")
	}
	port, err := b.kernel.OpenPort(peer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { port.Close() })
	heard := make(chan netif.Claim, 100)
	port.Listen(netip.MustParseAddr(addr), func(c netif.Claim) { heard <- c })
	return port, heard
}

func TestNetworkHearsTheWholeBurst(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	b := realKeeper(t, Config{Check: CheckOff})
	links, _ := b.kernel.Links()
	ours, _ := netif.LinkNamed(links, "eth7")
	for arg, frames := range map[string]int{"10.77.0.70": 2 * 6, "fd77::70": 6} {
		_, heard := listenPeer(t, b, arg)
		b.take(t, spec(t, IPaddr2, arg))
		for range frames {
			if c := <-heard; c.MAC != ours.MAC || c.IP.String() != arg {
				t.Errorf("heard %v, want %s at %s", c, arg, ours.MAC)
			}
		}
	}
}

func TestReturnOfTheCarrierRepeatsTheAnnouncement(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	b := realKeeper(t, Config{Check: CheckOff})
	b.take(t, spec(t, IPaddr2, "10.77.0.71"))
	_, heard := listenPeer(t, b, "10.77.0.71")
	for range 2 * 5 { // the rest of the first burst
		<-heard
	}
	ip(t, "link set peer7 down")
	ip(t, "link set peer7 up")
	<-heard
}

// rival makes the other end of the cable answer for an address from now on.
func rival(t *testing.T, b bench, addr string) netif.MAC {
	t.Helper()
	port, _ := listenPeer(t, b, addr)
	links, _ := b.kernel.Links()
	peer, _ := netif.LinkNamed(links, "peer7")
	done := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				_ = port.Announce(netip.MustParseAddr(addr))
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-done })
	return peer.MAC
}

func TestOwnInterfaceOnTheSameNetworkIsNoConflict(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	b := realKeeper(t, Config{Check: CheckRefuse})
	rival(t, b, "10.77.0.80") // peer7 is an interface of this machine
	b.take(t, spec(t, IPaddr2, "10.77.0.80"))
}

// stranger is another machine at the end of the cable that has the address.
func stranger(t *testing.T, addr string) {
	t.Helper()
	testenv.NeedProgram(t, "nsenter", "util-linux")
	other := exec.Command("cat")
	hold, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	other.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hold.Close(); other.Wait() })
	pid := strconv.Itoa(other.Process.Pid)
	ip(t, "link set peer7 netns "+pid)
	for _, args := range []string{"addr add " + addr + " dev peer7", "link set peer7 address 02:00:00:00:00:77", "link set peer7 up"} {
		cmd := exec.Command("nsenter", append([]string{"-t", pid, "-n", "ip"}, strings.Fields(args)...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", args, err, out)
		}
	}
}

func TestStrangerWithTheAddressIsReported(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	b := realKeeper(t, Config{Check: CheckWarn})
	stranger(t, "10.77.0.81/24")
	b.take(t, spec(t, IPaddr2, "10.77.0.81/24/eth7"))
	e := <-b.events
	if e.Kind != event.AddressConflict || !strings.Contains(e.Text, "02:00:00:00:00:77") {
		t.Errorf("got event %s %q", e.Kind.Name, e.Text)
	}
}

func TestAddressOfAStrangerIsRefused(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for _, arg := range []string{"10.77.0.82/24", "fd77::82/64"} {
		t.Run(arg, func(t *testing.T) {
			ipQuiet("link del eth7")
			b := realKeeper(t, Config{Check: CheckRefuse})
			stranger(t, strings.Replace(arg, "/64", "/64 nodad", 1))
			s := spec(t, IPaddr2, arg+"/eth7")
			_, err := b.Take(context.Background(), "web", s)
			if err == nil || !strings.Contains(err.Error(), "02:00:00:00:00:77") {
				t.Errorf("got error %v", err)
			}
			if ok, _ := b.Serves(s); ok {
				t.Error("the address was taken")
			}
		})
	}
}

func TestLedgerNamesWhatACrashLeaves(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	file := t.TempDir() + "/addresses"
	b := realKeeper(t, Config{Check: CheckOff, StateFile: file})
	for _, arg := range []string{"10.77.0.90", "10.77.0.91"} {
		b.take(t, spec(t, IPaddr, arg))
	}
	b.Close() // the process is gone, the addresses stay
	next := NewKeeper(Config{Kernel: b.kernel, StateFile: file})
	defer next.Close()
	if got := next.Leftovers(); len(got) != 2 {
		t.Fatalf("leftovers: %v", got)
	}
	gone, err := next.DropLeftovers(func(l Leftover) bool { return l.IP.String() == "10.77.0.91" })
	if err != nil || len(gone) != 1 || gone[0].IP.String() != "10.77.0.90" {
		t.Fatalf("dropped %v: %v", gone, err)
	}
	shown := ip(t, "addr show dev eth7")
	if strings.Contains(shown, "10.77.0.90") || !strings.Contains(shown, "10.77.0.91") {
		t.Error(shown)
	}
	left, err := ReadLedger(file)
	if err != nil || len(left) != 1 || !slices.ContainsFunc(left, func(l Leftover) bool { return l.Interface == "eth7" }) {
		t.Errorf("ledger: %v, %v", left, err)
	}
}

func TestLoopbackCopyComesBackWithTheStop(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	b := realKeeper(t, Config{Check: CheckOff})
	ip(t, "addr add 10.77.0.95/32 dev lo")
	s := spec(t, IPaddr2, "10.77.0.95")
	b.take(t, s)
	if strings.Contains(ip(t, "addr show dev lo"), "10.77.0.95") {
		t.Error("the copy is still on the loopback interface")
	}
	b.drop(t, s)
	if !strings.Contains(ip(t, "addr show dev lo"), "10.77.0.95/32") {
		t.Error("the copy did not come back")
	}
}
