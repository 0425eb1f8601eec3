package netif

import (
	"bytes"
	"net/netip"
	"testing"
)

func TestARPFrameIsTheOneOfTheStandard(t *testing.T) {
	mac, ip := MAC{2, 0, 0, 0, 0, 7}, netip.MustParseAddr("10.0.0.1")
	want := []byte{
		0, 1, 8, 0, 6, 4, 0, 2,
		2, 0, 0, 0, 0, 7, 10, 0, 0, 1,
		2, 0, 0, 0, 0, 7, 10, 0, 0, 1,
	}
	got := arpFrame(arpReply, mac, ip, mac, ip)
	if !bytes.Equal(got, want) {
		t.Errorf("\n got %x\nwant %x", got, want)
	}
	// A receiver sees the padding of short frames too.
	if c, ok := parseARP(append(got, make([]byte, 18)...)); !ok || c != (Claim{ip, mac}) {
		t.Errorf("parsed %v, %v", c, ok)
	}
}

func TestProbeClaimsNothing(t *testing.T) {
	ip := netip.MustParseAddr("10.0.0.1")
	if c, ok := parseARP(arpFrame(arpRequest, MAC{2}, netip.IPv4Unspecified(), MAC{}, ip)); ok {
		t.Errorf("an ARP probe claims %v", c)
	}
	six, to := solicitation(netip.MustParseAddr("fd00::a:1234:5678"))
	if c, ok := parseAdvertisement(six); ok {
		t.Errorf("a solicitation claims %v", c)
	}
	if to.String() != "ff02::1:ff34:5678" || multicastMAC(to).String() != "33:33:ff:34:56:78" {
		t.Errorf("a solicitation goes to %v, %v", to, multicastMAC(to))
	}
}

func TestAdvertisementIsUnderstood(t *testing.T) {
	mac, ip := MAC{2, 0, 0, 0, 0, 9}, netip.MustParseAddr("fd00::1")
	p := advertisement(ip, mac)
	if len(p) != ipv6Len+ndLen || p[7] != 255 || p[ipv6Len+4] != 0x20 {
		t.Errorf("%x: want hop limit 255 and the flag override only", p)
	}
	if c, ok := parseAdvertisement(append(p, 0, 0)); !ok || c != (Claim{ip, mac}) {
		t.Errorf("parsed %v, %v", c, ok)
	}
	p[len(p)-1]++
	if c, ok := parseAdvertisement(p); ok {
		t.Errorf("a damaged advertisement claims %v", c)
	}
}

func FuzzAddressFrames(f *testing.F) {
	ip := netip.MustParseAddr("10.0.0.1")
	f.Add(arpFrame(arpReply, MAC{2}, ip, MAC{2}, ip))
	f.Add(advertisement(netip.MustParseAddr("fd00::1"), MAC{2}))
	f.Add(append(advertisement(netip.MustParseAddr("fd00::1"), MAC{2}), 2, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, ok := parseARP(b); ok && (!c.IP.Is4() || c.IP.IsUnspecified() || c.MAC.IsZero()) {
			t.Errorf("%x claims %v", b, c)
		}
		if c, ok := parseAdvertisement(b); ok && (!c.IP.Is6() || c.IP.IsMulticast() || c.IP.IsUnspecified()) {
			t.Errorf("%x claims %v", b, c)
		}
	})
}
