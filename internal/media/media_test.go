package media

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
	"heartbeat/internal/testenv"
)

// freePort returns a UDP port that nobody uses at the moment.
func freePort(t testing.TB) int {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).Port
}

func newSet(t testing.TB, cfg Config) *Set {
	t.Helper()
	if cfg.Report == nil {
		cfg.Report = func(tr Trouble) { t.Errorf("trouble on %s: %v", tr.Link, tr.Err) }
	}
	s, err := NewSet(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// next waits for the next packet of a set.
func next(t testing.TB, s *Set) Packet {
	t.Helper()
	for give := time.Now().Add(10 * time.Second); time.Now().Before(give); {
		if p, ok := s.Next(); ok {
			return p
		}
		if err := s.Wait(time.Second); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("no packet arrived")
	return Packet{}
}

func line1(kind string, port int) conf.Medium {
	m := conf.Medium{Kind: kind, Interface: "lo", Name: "lo", Port: port, TTL: 1, Loop: true}
	switch kind {
	case "ucast":
		m.Addr = netip.MustParseAddr("127.0.0.1")
	case "ucast6":
		m.Addr = netip.IPv6Loopback()
	case "mcast":
		m.Addr = netip.MustParseAddr("239.7.7.7")
	}
	return m
}

func TestEveryUDPMediumReachesItsPeer(t *testing.T) {
	for _, kind := range []string{"ucast", "bcast", "mcast", "ucast6"} {
		t.Run(kind, func(t *testing.T) {
			m := line1(kind, freePort(t))
			a := newSet(t, Config{Media: []conf.Medium{m}})
			peers := []*Set{a}
			if !strings.HasPrefix(kind, "ucast") { // two nodes share a port only where every socket is given a copy
				peers = append(peers, newSet(t, Config{Media: []conf.Medium{m}}))
			}
			a.Send([]byte(">>>\nhello"))
			for _, s := range peers {
				p := next(t, s)
				if p.Link != "lo" || string(p.Data) != ">>>\nhello" || p.Source.Is4() == (kind == "ucast6") {
					t.Errorf("got link %s, source %s, data %q", p.Link, p.Source, p.Data)
				}
				if _, ok := s.Next(); ok {
					t.Error("one datagram arrived twice")
				}
			}
			if st := a.Stats()[0]; st.Sent != 1 || st.Received != 1 || !st.Open || st.Failure != "" {
				t.Errorf("counters: %+v", st)
			}
		})
	}
}

func TestPacketsOfAnySourcePortAreTaken(t *testing.T) {
	m := line1("ucast", freePort(t))
	s := newSet(t, Config{Media: []conf.Medium{m}})
	for range 3 {
		c, err := net.Dial("udp4", netip.AddrPortFrom(m.Addr, uint16(m.Port)).String())
		if err != nil {
			t.Fatal(err)
		}
		c.Write([]byte(c.LocalAddr().String()))
		if p := next(t, s); string(p.Data) != c.LocalAddr().String() {
			t.Errorf("got %q", p.Data)
		}
		c.Close()
	}
}

func TestUcastAsksForLowDelay(t *testing.T) {
	m, err := Open(line1("ucast", freePort(t)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if tos, _ := unix.GetsockoptInt(m.(*udp).out, unix.IPPROTO_IP, unix.IP_TOS); tos != iptosLowDelay {
		t.Errorf("IP_TOS %#x", tos)
	}
	for _, fd := range []int{m.(*udp).out, m.(*udp).in} {
		if dev, _ := unix.GetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE); dev != "lo" {
			t.Errorf("bound to %q", dev)
		}
	}
}

func TestPingBringsThePayloadBack(t *testing.T) {
	testenv.NeedRoot(t)
	host := func(name, addr string) conf.Medium {
		return conf.Medium{Kind: "ping", Name: name, Peer: addr, Addr: netip.MustParseAddr(addr)}
	}
	s := newSet(t, Config{Media: []conf.Medium{host("router", "127.0.0.1"), host("gate", "127.0.0.9")}, Options: Options{EchoID: 4711}})
	foreign := newSet(t, Config{Media: []conf.Medium{host("router", "127.0.0.1")}, Options: Options{EchoID: 4712}})
	foreign.Ping("router", []byte("of another process"))
	s.Ping("gate", []byte("odd"))
	s.Ping("router", []byte("even"))
	s.Send([]byte("cluster packets do not go to ping nodes"))
	got := map[string]string{}
	for range 2 {
		p := next(t, s)
		got[p.Link] = string(p.Data)
	}
	if got["gate"] != "odd" || got["router"] != "even" {
		t.Errorf("replies: %v", got)
	}
}

func TestFloodIsBoundedAndCounted(t *testing.T) {
	m := line1("ucast", freePort(t))
	s := newSet(t, Config{Media: []conf.Medium{m}, Options: Options{ReceiveBuffer: 16 << 10}})
	for range 500 {
		s.Send(make([]byte, 1000))
	}
	taken := 0
	drain := func() {
		if err := s.Wait(time.Second); err != nil {
			t.Fatal(err)
		}
		for _, ok := s.Next(); ok; _, ok = s.Next() {
			taken++
		}
	}
	drain()
	if taken == 0 || taken > 100 {
		t.Fatalf("%d of 500 datagrams were queued in 16 KiB", taken)
	}
	s.Send([]byte("one more carries the count"))
	drain()
	if got := s.Stats()[0].Overflows; got != uint64(500-taken+1) {
		t.Errorf("%d taken, %d counted as dropped", taken, got)
	}
}

func TestFloodedLinkDoesNotStarveTheOther(t *testing.T) {
	a, b := line1("ucast", freePort(t)), line1("ucast", freePort(t))
	b.Name = "second"
	s := newSet(t, Config{Media: []conf.Medium{a, b}})
	c, err := net.Dial("udp4", netip.AddrPortFrom(a.Addr, uint16(a.Port)).String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 200 {
		c.Write([]byte("garbage"))
	}
	s.Send([]byte("heartbeat"))
	if err := s.Wait(time.Second); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		if p, ok := s.Next(); ok && p.Link == "second" {
			return
		} else if i == 3 {
			t.Error("the flooded link was read four times before the other got a turn")
		}
	}
}

func TestWakeEndsWait(t *testing.T) {
	s := newSet(t, Config{})
	done := make(chan error)
	go func() { done <- s.Wait(-1) }()
	s.Wake()
	if err := <-done; err != nil {
		t.Error(err)
	}
	s.Wake()
	s.Wake()
	if err := s.Wait(-1); err != nil { // a Wake before Wait counts
		t.Error(err)
	}
}

func TestWaitEndsInTime(t *testing.T) {
	s := newSet(t, Config{})
	for _, d := range []time.Duration{3 * time.Millisecond, 0, time.Microsecond, -1} {
		before := time.Now()
		if d < 0 {
			s.Wake()
		}
		if err := s.Wait(d); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(before); took < d {
			t.Errorf("Wait(%v) ended after %v", d, took)
		}
	}
}

func TestUnknownMediaAreRefusedByName(t *testing.T) {
	_, err := NewSet(Config{Media: []conf.Medium{{Kind: "tipc", Name: "x"}}})
	var oe *OpenError
	if !errors.As(err, &oe) || oe.Waiting() || !strings.Contains(err.Error(), "tipc x: ") {
		t.Errorf("%v", err)
	}
}

func TestRefusalsNameTheWayOut(t *testing.T) {
	ucast, ping := conf.Medium{Kind: "ucast", Name: "eth0", Port: 694}, conf.Medium{Kind: "ping", Name: "r"}
	tests := []struct {
		m       conf.Medium
		err     error
		want    string
		waiting bool
	}{
		{ucast, unix.EPERM, "CAP_NET_RAW", false},
		{ucast, unix.EACCES, "port 694 is privileged", false},
		{ucast, unix.EADDRINUSE, "own udpport", true},
		{ucast, unix.ENODEV, "as soon as the interface appears", true},
		{ucast, unix.EADDRNOTAVAIL, "IPv4 address", true},
		{ping, unix.EPERM, "ping_group_range", false},
		{ping, unix.EACCES, "ping_group_range", false},
	}
	for _, tt := range tests {
		err := explain(tt.m, "opening", tt.err).(*OpenError)
		if !strings.Contains(err.Error(), tt.want) || err.Waiting() != tt.waiting {
			t.Errorf("%s, %v: %v (waiting %v)", tt.m.Kind, tt.err, err, err.Waiting())
		}
	}
}

func FuzzEcho(f *testing.F) {
	f.Add([]byte{8, 0, 0, 0, 1, 2, 3, 4, 5})
	f.Add(append([]byte{0x46, 19: 0, 23: 0}, 0, 0, 0, 0, 1, 2, 3, 4))
	f.Add(slices.Repeat([]byte{0x4f}, 60))
	f.Add([]byte{129, 0, 0, 0, 1, 2, 3, 4, 5})
	f.Fuzz(func(t *testing.T, b []byte) {
		if rest, ok := withoutIPHeader(b); ok && len(rest) > len(b)-20 {
			t.Fatal("an IP header is 20 bytes at least")
		}
		e, ok := decodeEcho(b)
		if !ok {
			return
		}
		again := e.encode(nil)
		if checksum(again) != 0 {
			t.Errorf("%x does not verify", again)
		}
		if back, ok := decodeEcho(again); !ok || back.id != e.id || back.seq != e.seq || string(back.payload) != string(e.payload) {
			t.Errorf("%+v became %+v", e, back)
		}
	})
}

func BenchmarkSendAndReceive(b *testing.B) {
	s := newSet(b, Config{Media: []conf.Medium{line1("ucast", freePort(b))}})
	packet := make([]byte, 300)
	b.ReportAllocs()
	for b.Loop() {
		s.Send(packet)
		next(b, s)
	}
}
