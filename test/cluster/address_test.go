package cluster

import (
	"fmt"
	"strings"
	"testing"

	"heartbeat/internal/lab"
	"heartbeat/internal/node"
)

func TestAddressThatSomethingElseRemovesIsPutBack(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{groups: "node1 " + addrOne + "/24/eth0 tally::a\n", scripts: []string{"tally"}})
	visitor := cl.visitor(t, addrOne, one)
	changes := cl.watch(t, one)
	for range 3 {
		mark := cl.last(t, one)
		cl.hand(t, one, "remove", addrOne+"/24")
		e := cl.awaitEvent(t, one, mark, "address.restored", addrOne)
		if e.Level != "warning" {
			t.Errorf("the event is of level %s", e.Level)
		}
		cl.awaitOwner(t, addrOne, one)
		must(t, visitor.WaitAnswers(within(t, soon), one, 3, e.At))
	}
	removed := 0
	for _, c := range changes() {
		if !c.Added && c.Prefix.Addr().String() == addrOne {
			removed++
		}
	}
	if removed != 3 {
		t.Errorf("the address went %d times, want the 3 times that it was removed", removed)
	}
	cl.wantCalls(t, one, 0, "a start")
	if s := cl.status(t, one); group(s).State != "running" {
		t.Errorf("the group is %+v", group(s))
	}
}

func TestAddressOfAnotherMachineIsReportedWithItsMAC(t *testing.T) {
	t.Parallel()
	cl := newCluster(t, setup{})
	cl.hand(t, lab.ClientName, "add", addrOne+"/24")
	mac := cl.hand(t, lab.ClientName, "mac")
	cl.startBoth(t)
	e := cl.awaitEvent(t, one, 0, "address.conflict", mac)
	if e.Attrs["mac"] != mac || e.Attrs["address"] != addrOne || e.Level != "error" {
		t.Errorf("the event is %+v, want the MAC address %s", e, mac)
	}
	cl.awaitRest(t, one, two) // told, and started all the same
	cl.awaitOwner(t, addrOne, one)
}

func TestRefusedAddressIsUndoneAndReported(t *testing.T) {
	t.Parallel()
	cl := newCluster(t, setup{
		groups:  "node1 tally::a " + addrOne + "/24/eth0 tally::b\n",
		scripts: []string{"tally"}, more: "#!hb ip_conflict_check refuse\n",
	})
	cl.hand(t, lab.ClientName, "add", addrOne+"/24")
	mac := cl.hand(t, lab.ClientName, "mac")
	cl.startBoth(t)
	for _, name := range cl.Nodes { // offered to the other node as well, in vain
		cl.awaitEvent(t, name, 0, "group.failed", "")
		cl.awaitEvent(t, name, 0, "agent.failed", mac)
		s := cl.awaitStatus(t, name, "to show the failure", func(s node.Status) bool {
			return group(s).State == "failed" && strings.Contains(group(s).Failure, mac)
		})
		if !strings.Contains(strings.Join(s.Attention, " "), mac) {
			t.Errorf("status of %s asks for attention only with %q", name, s.Attention)
		}
		calls := strings.Join(cl.calls(t, name), ", ")
		if strings.Contains(calls, "b ") || !strings.HasPrefix(calls, "a start, a stop") {
			t.Errorf("%s called %s: what stands before the address is undone, what stands after it never touched", name, calls)
		}
	}
	cl.awaitOwner(t, addrOne)
	// It is taken as soon as the other machine lets go of it.
	cl.hand(t, lab.ClientName, "remove", addrOne+"/24")
	until(t, "a node to take the address", func() (string, bool) {
		who, err := cl.Owners(addrOne)
		must(t, err)
		return fmt.Sprint(who), len(who) == 1
	})
	cl.awaitRest(t, one, two)
}
