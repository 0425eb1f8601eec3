package address

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/netif"
)

func fakeNetwork() *netif.Fake {
	return &netif.Fake{
		Interfaces: []netif.Link{
			{Index: 1, Name: "lo", Up: true, Carrier: true, Loopback: true},
			{Index: 2, Name: "eth0", Up: true, Carrier: true, MAC: netif.MAC{2, 0, 0, 0, 0, 1}},
			{Index: 3, Name: "eth1", Up: true, Carrier: true, MAC: netif.MAC{2, 0, 0, 0, 0, 2}},
		},
		Table: []netif.Route{
			{Dst: netip.MustParsePrefix("0.0.0.0/0"), Link: 2},
			{Dst: netip.MustParsePrefix("10.0.0.0/8"), Link: 3, OnLink: true},
			{Dst: netip.MustParsePrefix("10.0.0.0/24"), Link: 2, OnLink: true, Metric: 5},
			{Dst: netip.MustParsePrefix("172.16.0.0/12"), Link: 3},
		},
	}
}

// play runs f with a keeper on a fake network in virtual time.
func play(t *testing.T, cfg Config, f func(t *testing.T, net *netif.Fake, k *Keeper, events *[]event.Event)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		net := fakeNetwork()
		var events []event.Event
		cfg.Kernel, cfg.Record = net, func(e event.Event) { events = append(events, e) }
		k := NewKeeper(cfg)
		defer k.Close()
		f(t, net, k, &events)
	})
}

func mustTake(t *testing.T, k *Keeper, s Spec) {
	t.Helper()
	if _, err := k.Take(context.Background(), "web", s); err != nil {
		t.Fatal(err)
	}
}

func TestAnnouncementsComeInABurstAndThenSlowly(t *testing.T) {
	play(t, Config{Check: CheckOff, Refresh: time.Minute}, func(t *testing.T, net *netif.Fake, k *Keeper, _ *[]event.Event) {
		began := time.Now()
		mustTake(t, k, spec(t, IPaddr2, "10.0.0.9"))
		var at []time.Duration
		for n := 0; time.Since(began) < 3*time.Minute; time.Sleep(time.Millisecond) {
			synctest.Wait()
			if sent := len(net.Sent()); sent > n {
				n = sent
				at = append(at, time.Since(began))
			}
		}
		ms := time.Millisecond
		want := []time.Duration{0, 50 * ms, 150 * ms, 350 * ms, 750 * ms, 1550 * ms, 61550 * ms, 121550 * ms}
		if !slices.Equal(at, want) {
			t.Errorf("announced at %v, want %v", at, want)
		}
	})
}

func TestAnnounceRepeatsTheBurstAndDropEndsIt(t *testing.T) {
	play(t, Config{Check: CheckOff}, func(t *testing.T, net *netif.Fake, k *Keeper, _ *[]event.Event) {
		s := spec(t, IPaddr2, "10.0.0.9")
		mustTake(t, k, s)
		time.Sleep(time.Hour)
		if n := len(net.Sent()); n != 6 {
			t.Errorf("%d frames", n)
		}
		k.Announce("web", s)
		time.Sleep(100 * time.Millisecond)
		if n := len(net.Sent()); n != 8 {
			t.Errorf("%d frames after the second burst began", n)
		}
		if _, err := k.Drop("web", s); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if n := len(net.Sent()); n != 8 {
			t.Errorf("%d frames: a dropped address is announced", n)
		}
	})
}

func TestRivalIsToldOnceAMinute(t *testing.T) {
	play(t, Config{Check: CheckWarn}, func(t *testing.T, net *netif.Fake, k *Keeper, events *[]event.Event) {
		s := spec(t, IPaddr2, "10.0.0.9")
		mustTake(t, k, s)
		if sent := net.Sent(); !sent[0].Probe || sent[1].Probe {
			t.Errorf("frames %v: want a question, then announcements", sent)
		}
		claim := netif.Claim{IP: s.IP, MAC: netif.MAC{2, 9, 9, 9, 9, 9}}
		for range 100 {
			net.Hear(2, claim)
			net.Hear(2, netif.Claim{IP: s.IP, MAC: netif.MAC{2, 0, 0, 0, 0, 2}}) // our own eth1
			time.Sleep(100 * time.Millisecond)
		}
		if len(*events) != 1 || (*events)[0].Kind != event.AddressConflict || !strings.Contains((*events)[0].Text, "02:09:09:09:09:09") {
			t.Errorf("events %v", *events)
		}
		time.Sleep(time.Minute)
		net.Hear(2, claim)
		synctest.Wait()
		if len(*events) != 2 {
			t.Errorf("%d events after another minute", len(*events))
		}
	})
}

func TestQuarrelAboutAnAddressIsSlow(t *testing.T) {
	play(t, Config{Check: CheckOff}, func(t *testing.T, net *netif.Fake, k *Keeper, events *[]event.Event) {
		s := spec(t, IPaddr2, "10.0.0.9")
		mustTake(t, k, s)
		for range 1000 { // somebody looks every 10 ms
			if ok, _ := k.Serves(s); ok {
				if err := net.DeleteAddress(netif.Address{Link: 2, IP: s.IP, Bits: 24}); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(10 * time.Millisecond)
		}
		synctest.Wait()
		k.mu.Lock() // orders this look before what the keeper records next
		n := len(*events)
		k.mu.Unlock()
		if n < 10 || n > 120 {
			t.Errorf("put back %d times in 10 s", n)
		}
		time.Sleep(2 * time.Second)
		if ok, _ := k.Serves(s); !ok {
			t.Error("the address is gone for good")
		}
	})
}

func TestInterfaceAndMaskAreFoundByTheRulesOfTheScripts(t *testing.T) {
	net := fakeNetwork()
	tests := []struct {
		style     Style
		arg, want string
	}{
		{IPaddr2, "10.0.0.9", "10.0.0.9/24 eth0"},     // the longest prefix
		{IPaddr2, "10.9.0.9", "10.9.0.9/8 eth1"},      //
		{IPaddr2, "10.0.0.9/16", "10.0.0.9/16 eth1"},  // no shorter network than asked for
		{IPaddr, "10.0.0.9/28", "10.0.0.9/28 eth0"},   //
		{IPaddr, "172.16.0.9", "172.16.0.9/12 eth1"},  // the old program takes routes by gateways
		{IPaddr, "192.0.2.9/24", "192.0.2.9/24 eth0"}, // and the default route when the mask is given
		{IPaddr, "192.0.2.9", "Unable to find nic or netmask"},
		{IPaddr2, "172.16.0.9", "Unable to find nic or netmask"},
		{IPaddr2, "192.0.2.9/24", "Unable to find nic or netmask"},
		{IPaddr2, "192.0.2.9/24/eth1", "192.0.2.9/24 eth1"},
		{IPaddr2, "192.0.2.9/24/eth5", "Invalid interface name [eth5]"},
		{IPaddr, "192.0.2.9//eth1", ""},
		{IPaddr, "10.0.0.9/24/10.0.0.7", "does not fit"},
		{IPv6addr, "fd00::1", "Unable to find nic or netmask"},
		{IPv6addr, "fd00::1/64/eth1", "fd00::1/64 eth1"},
	}
	for _, tt := range tests {
		s, err := Parse(tt.style, tt.arg)
		got := ""
		if err == nil {
			n, _ := read(net, true)
			a, link, planErr := s.resolve(n)
			got, err = a.String()+" "+link.Name, planErr
		}
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s %s: got %q, want %q", tt.style, tt.arg, got, tt.want)
		}
	}
}

func TestTornLedgerIsReportedAndDoesNotStopTheNode(t *testing.T) {
	file := t.TempDir() + "/addresses"
	k := NewKeeper(Config{Kernel: fakeNetwork(), StateFile: file, Check: CheckOff})
	defer k.Close()
	mustTake(t, k, spec(t, IPaddr2, "10.0.0.9"))
	if got, err := ReadLedger(file); err != nil || len(got) != 1 || got[0].Interface != "eth0" {
		t.Fatalf("%v, %v", got, err)
	}
	if err := writeFile(file, `[{"resource":"we`); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadLedger(file); err == nil || !strings.Contains(err.Error(), "ip addr") {
		t.Error(err)
	}
	next := NewKeeper(Config{Kernel: fakeNetwork(), StateFile: file})
	defer next.Close()
	if got := next.Leftovers(); len(got) != 0 {
		t.Error(got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(uint8(0), "10.0.0.1/24/eth0:1/10.0.0.255")
	f.Add(uint8(2), "fd00::1/64/eth0")
	net := fakeNetwork()
	f.Fuzz(func(t *testing.T, style uint8, arg string) {
		s, err := Parse(Style(style%3), arg)
		if err != nil {
			return
		}
		n, _ := read(net, true)
		if a, _, err := s.resolve(n); err == nil && (a.Bits < 1 || a.Bits > a.IP.BitLen() || len(a.Label) > maxName) {
			t.Errorf("%q became %+v", arg, a)
		}
	})
}
