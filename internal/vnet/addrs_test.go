package vnet

import (
	"net/netip"
	"testing"
)

func TestAddressesAreSeenComingAndGoing(t *testing.T) {
	lab := newLab(t)
	service := Addr{"eth0", netip.MustParsePrefix("10.77.1.100/24")}
	changes, err := lab.WatchAddrs(t.Context(), "node1")
	must(t, err)
	if out, code := run(t, lab, "node1", "helper-address", "eth0", "10.77.1.100/24"); code != 0 {
		t.Fatal(out)
	}
	var seen []bool
	for c := range changes {
		if c.Addr == service {
			seen = append(seen, c.Added)
			if len(seen) == 2 {
				break
			}
		}
	}
	if len(seen) != 2 || !seen[0] || seen[1] {
		t.Errorf("saw %v, want the address come and go", seen)
	}
	addrs, err := lab.Addrs("node1")
	must(t, err)
	own := false
	for _, a := range addrs {
		own = own || a == Addr{"eth1", netip.MustParsePrefix("10.77.2.1/24")}
	}
	if !own {
		t.Errorf("addresses are %v; 10.77.2.1/24 on eth1 is missing", addrs)
	}
	must(t, lab.PowerOff("node1"))
	for range changes { // closed by the power cut, or this test hangs
	}
}
