package media

import (
	"net/netip"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"heartbeat/internal/conf"
)

// pair makes a cable between two cards of this network, both with IPv6 that is usable at once.
func pair(t *testing.T, a, b string) {
	t.Helper()
	ip(t, "link add "+a+" type veth peer name "+b)
	for _, name := range []string{a, b} {
		must(t, exec.Command("sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/"+name+"/accept_dad").Run())
		ip(t, "link set "+name+" up")
	}
}

// linkLocal is the address that a card gave itself.
func linkLocal(t *testing.T, card string) netip.Addr {
	t.Helper()
	for give := time.Now().Add(20 * time.Second); ; { // the kernel gives it a moment after the carrier is there
		out, err := exec.Command("ip", "-6", "-o", "addr", "show", "dev", card, "scope", "link", "-tentative").Output()
		must(t, err)
		if found := regexp.MustCompile(`inet6 (fe80::[0-9a-f:]+)/`).FindSubmatch(out); found != nil {
			return netip.MustParseAddr(string(found[1]))
		}
		if time.Now().After(give) {
			t.Fatalf("%s has no link-local address: %s", card, out)
		}
	}
}

func TestLinkLocalPeersAreReachedOnTheirInterface(t *testing.T) {
	if !inNewNetwork(t) {
		return
	}
	pair(t, "va", "vb")
	pair(t, "vc", "vd")
	to := func(card, peer string) conf.Medium {
		addr := linkLocal(t, peer)
		return conf.Medium{Kind: "ucast6", Interface: card, Name: card, Port: 6940, Peer: addr.String(), Addr: addr}
	}
	a := newSet(t, Config{Media: []conf.Medium{to("va", "vb"), to("vc", "vd")}})
	b := newSet(t, Config{Media: []conf.Medium{to("vb", "va"), to("vd", "vc")}})
	a.Send([]byte("hello"))
	seen := map[string]bool{}
	for range 2 {
		p := next(t, b)
		seen[p.Link] = true
		if want := map[string]string{"vb": "va", "vd": "vc"}[p.Link]; p.Source != linkLocal(t, want) {
			t.Errorf("on %s from %s", p.Link, p.Source)
		}
	}
	if len(seen) != 2 {
		t.Errorf("heard on %v", seen)
	}
}

func TestMcast6StaysOnItsInterfaceAndItsPort(t *testing.T) {
	if !inNewNetwork(t) {
		return
	}
	pair(t, "va", "vb")
	pair(t, "vc", "vd")
	group := func(card string, port int, loop bool) conf.Medium {
		return conf.Medium{Kind: "mcast6", Interface: card, Name: card, Port: port, TTL: 1, Loop: loop, Addr: netip.MustParseAddr("ff05::694:42")}
	}
	quiet := newSet(t, Config{Media: []conf.Medium{group("va", 6940, false)}})
	loud := newSet(t, Config{Media: []conf.Medium{group("va", 6940, true), group("vc", 6940, true), group("va", 6941, true)}})
	far := newSet(t, Config{Media: []conf.Medium{group("vb", 6940, true)}})
	quiet.Send([]byte("quiet"))
	if p := next(t, far); string(p.Data) != "quiet" || p.Link != "vb" {
		t.Errorf("over the cable came %q on %s", p.Data, p.Link)
	}
	far.Send([]byte("far"))
	for _, s := range []*Set{quiet, loud, far} { // nothing of what had loop 0 is heard at home
		if p := next(t, s); string(p.Data) != "far" {
			t.Errorf("heard %q on %s", p.Data, p.Link)
		}
		if p, ok := s.Next(); ok {
			t.Errorf("heard %q on %s too", p.Data, p.Link)
		}
	}
}

func TestPing6AndGroupsBringThePayloadBack(t *testing.T) {
	if !inNewNetwork(t) {
		return
	}
	pair(t, "va", "vb")
	router := linkLocal(t, "vb").WithZone("va")
	s := newSet(t, Config{Media: []conf.Medium{
		{Kind: "ping6", Name: "::1", Peer: "::1", Addr: netip.IPv6Loopback()},
		{Kind: "ping6", Name: "router", Peer: router.String(), Addr: router},
		{Kind: "ping_group", Name: "any", Targets: []string{"127.0.0.1", "127.0.0.9", "::1"},
			TargetAddrs: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.9"), netip.IPv6Loopback()}},
	}, Options: Options{EchoID: 4711}, Report: func(tr Trouble) { t.Errorf("%v", tr.Err) }})
	foreign := newSet(t, Config{Media: []conf.Medium{{Kind: "ping6", Name: "::1", Addr: netip.IPv6Loopback()}}, Options: Options{EchoID: 4712}})
	foreign.Ping("::1", []byte("of another process"))
	s.Ping("::1", []byte("loop"))
	s.Ping("router", []byte("local"))
	s.Ping("any", []byte("group"))
	s.Send([]byte("cluster packets do not go to ping nodes"))
	got := map[string]int{}
	for range 5 {
		p := next(t, s)
		got[p.Link+" "+string(p.Data)]++
	}
	if got["::1 loop"] != 1 || got["router local"] != 1 || got["any group"] != 3 {
		t.Errorf("replies: %v", got)
	}
}

func TestAGroupHostThatCannotBeReachedIsNoFailureOfTheGroup(t *testing.T) {
	if !inNewNetwork(t) {
		return
	}
	var troubles []Trouble
	s := newSet(t, Config{Media: []conf.Medium{{Kind: "ping_group", Name: "any", Targets: []string{"127.0.0.1", "10.9.9.9"},
		TargetAddrs: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("10.9.9.9")}}},
		Options: Options{EchoID: 4711}, Report: func(tr Trouble) { troubles = append(troubles, tr) }})
	s.Ping("any", []byte("group"))
	if p := next(t, s); p.Link != "any" || string(p.Data) != "group" {
		t.Errorf("got %q on %s", p.Data, p.Link)
	}
	if len(troubles) != 1 || !troubles[0].Partial || troubles[0].Link != "any" {
		t.Errorf("reported: %v", troubles)
	}
	ip(t, "addr add 10.9.9.9/32 dev lo")
	s.Ping("any", []byte("group"))
	if len(troubles) != 2 || troubles[1].Err != nil {
		t.Errorf("reported: %v", troubles)
	}
}
