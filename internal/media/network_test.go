package media

import (
	"errors"
	"net/netip"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
	"heartbeat/internal/netif"
)

// kernelOf is the real network of this process.
func kernelOf(t *testing.T) Network {
	t.Helper()
	k, err := netif.Open()
	must(t, err)
	t.Cleanup(k.Close)
	return k
}

// wait lets a set work, without sending, until something came true. Its own timers cannot be what does it.
func wait(t *testing.T, s *Set, what string, ok func() bool) {
	t.Helper()
	give := time.AfterFunc(20*time.Second, s.Wake)
	defer give.Stop()
	for began := time.Now(); !ok(); {
		if time.Since(began) > 20*time.Second {
			t.Fatalf("%s: never came true: %+v", what, s.Stats())
		}
		must(t, s.Wait(-1))
		for _, more := s.Next(); more; _, more = s.Next() {
		}
	}
}

func TestLostCarrierIsReportedAtOnceAndOncePerLink(t *testing.T) {
	if !inNewNetwork(t) {
		return
	}
	pair(t, "va", "vb")
	pair(t, "vc", "vd")
	ip(t, "addr add 10.1.1.1/24 dev va")
	ip(t, "addr add 10.1.2.1/24 dev vc")
	ucast := func(peer string) conf.Medium {
		return conf.Medium{Kind: "ucast", Interface: "va", Name: "va", Port: 6940, Peer: peer, Addr: netip.MustParseAddr(peer)}
	}
	var troubles []Trouble
	s := newSet(t, Config{Network: kernelOf(t), Report: func(tr Trouble) { troubles = append(troubles, tr) },
		Media: []conf.Medium{ucast("10.1.1.2"), ucast("10.1.1.3"), {Kind: "bcast", Interface: "vc", Name: "vc", Port: 6940}}})
	s.Send([]byte("all is well"))
	if len(troubles) > 0 {
		t.Fatalf("before: %v", troubles)
	}
	ip(t, "link set vb down")
	wait(t, s, "lost carrier", func() bool { return len(troubles) > 0 })
	if tr := troubles[0]; !errors.Is(tr.Err, errNoCarrier) || tr.Partial || tr.Link != "va" {
		t.Errorf("reported: %+v", tr)
	}
	for range 3 {
		s.Send([]byte("into the void"))
	}
	if st := s.Stats()[0]; len(troubles) != 1 || st.Failure == "" || st.SendErrors == 0 || !st.Open {
		t.Errorf("reported %v; %+v", troubles, st)
	}
	if st := s.Stats()[2]; st.Failure != "" || st.Sent != 4 {
		t.Errorf("the other link: %+v", st)
	}
	ip(t, "link set vb up")
	wait(t, s, "carrier", func() bool { return s.lines[0].cut == nil && s.lines[1].cut == nil })
	s.Send([]byte("again"))
	if len(troubles) != 2 || troubles[1].Err != nil || troubles[1].Link != "va" {
		t.Errorf("reported: %v", troubles)
	}
}

func TestReturningInterfaceIsUsedAtOnce(t *testing.T) {
	if !inNewNetwork(t) {
		return
	}
	var troubles []Trouble
	m := conf.Medium{Kind: "mcast", Interface: "va", Name: "va", Port: 6940, TTL: 1, Addr: netip.MustParseAddr("239.7.7.7")}
	s := newSet(t, Config{Network: kernelOf(t), Report: func(tr Trouble) { troubles = append(troubles, tr) }, Media: []conf.Medium{m}})
	never := func() { s.lines[0].retryAt = time.Now().Add(time.Hour) }
	for range 2 {
		never()
		pair(t, "va", "vb")
		wait(t, s, "link", func() bool { return errors.Is(s.lines[0].err, unix.EADDRNOTAVAIL) })
		never()
		ip(t, "addr add 10.1.1.1/24 dev va")
		wait(t, s, "address", func() bool { return s.Stats()[0].Open })
		s.Send([]byte("sent"))
		if last := troubles[len(troubles)-1]; last.Err != nil {
			t.Errorf("not reported as working: %v", last)
		}
		told := len(troubles)
		ip(t, "link del va")
		wait(t, s, "gone", func() bool { return len(troubles) > told })
		if !errors.Is(troubles[told].Err, unix.ENODEV) || s.Stats()[0].Open {
			t.Errorf("reported: %v; %+v", troubles[told], s.Stats()[0])
		}
	}
}

func TestBroadcastFollowsTheAddressOfItsInterface(t *testing.T) {
	if !inNewNetwork(t) {
		return
	}
	pair(t, "va", "vb")
	ip(t, "addr add 10.1.1.1/24 dev va")
	ip(t, "addr add 10.2.2.2/24 brd + dev vb")
	// Both ends are one machine here, which distrusts a packet from an address of its own.
	must(t, exec.Command("sh", "-c", "echo 1 >/proc/sys/net/ipv4/conf/vb/accept_local; echo 0 >/proc/sys/net/ipv4/conf/vb/rp_filter").Run())
	bcast := func(card string) conf.Medium {
		return conf.Medium{Kind: "bcast", Interface: card, Name: card, Port: 6940}
	}
	a := newSet(t, Config{Network: kernelOf(t), Media: []conf.Medium{bcast("va")}, Report: func(Trouble) {}})
	b := newSet(t, Config{Media: []conf.Medium{bcast("vb")}})
	ip(t, "addr add 10.2.2.1/24 brd + dev va")
	ip(t, "addr del 10.1.1.1/24 dev va")
	wait(t, a, "new address", func() bool { return a.Stats()[0].Reopened > 0 && a.Stats()[0].Open })
	a.Send([]byte("to the new subnet"))
	if p := next(t, b); string(p.Data) != "to the new subnet" {
		t.Errorf("got %q", p.Data)
	}
}
