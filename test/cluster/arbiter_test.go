package cluster

import (
	"fmt"
	"testing"
	"time"

	"heartbeat/internal/lab"
	"heartbeat/internal/node"
	"heartbeat/internal/vnet"
)

// witnessAt is the client machine of the lab, which plays the third machine.
const witnessAt = "10.77.1.250"

// startWitness starts one on the client machine.
func (cl *cluster) startWitness(t *testing.T) (pid int) {
	t.Helper()
	script := fmt.Sprintf("umask 077; mkdir -p /tmp/keys && printf 'auth 1\\n1 sha1 %s\\n' >/tmp/keys/web && exec %s witness --run /tmp/witness --keys /tmp/keys", secret, program)
	pid, err := cl.Spawn("client", vnet.Command{Argv: []string{"sh", "-c", script}})
	must(t, err)
	return pid
}

// arbitrated makes a cluster under take_over arbiter and waits until the witness answers both nodes.
func arbitrated(t *testing.T, media string) (cl *cluster, witness int) {
	t.Helper()
	cl = newCluster(t, setup{failback: "off", media: media, more: "#!hb take_over arbiter witness " + witnessAt + "\n",
		groups: "node1 " + addrOne + "/24/eth0\nnode2 " + addrTwo + "/24/eth0\n"})
	witness = cl.startWitness(t)
	cl.startBoth(t)
	cl.awaitRest(t, one, two)
	cl.awaitOwner(t, addrOne, one)
	cl.awaitOwner(t, addrTwo, two)
	for _, name := range cl.Nodes {
		cl.awaitStatus(t, name, "an answer of the witness", func(s node.Status) bool {
			return s.Arbiter != nil && s.Arbiter.Entitled && len(s.Arbiter.References) == 1 && s.Arbiter.References[0].Answers
		})
	}
	return cl, witness
}

// change is when an address came to a machine, or left it; zero: it did not.
func change(list []vnet.AddrChange, addr string, added bool) time.Time {
	for _, c := range list {
		if c.Added == added && c.Prefix.Addr().String() == addr {
			return c.At
		}
	}
	return time.Time{}
}

// wantHandedOver says that addr left the loser before it came to the winner, and that the winner lost nothing.
func wantHandedOver(t *testing.T, addr string, loser, winner []vnet.AddrChange) {
	t.Helper()
	left, came := change(loser, addr, false), change(winner, addr, true)
	if left.IsZero() || came.IsZero() || !left.Before(came) {
		t.Errorf("%s left the loser at %v and came to the winner at %v", addr, left, came)
	}
	for _, own := range []string{addrOne, addrTwo} {
		if at := change(winner, own, false); !at.IsZero() {
			t.Errorf("the winner lost %s at %v", own, at)
		}
	}
}

func TestWithAWitnessTheCutOffNodeStopsBeforeTheOtherOneStarts(t *testing.T) {
	t.Parallel()
	cl, _ := arbitrated(t, "")
	onOne, onTwo := cl.watch(t, one), cl.watch(t, two)
	must(t, cl.Cut(one, vnet.AllLinks, vnet.Mute))
	cl.awaitOwner(t, addrOne, two)
	cl.awaitOwner(t, addrTwo, two)
	cl.awaitEvent(t, one, 0, "entitlement.lost", "")
	cl.awaitEvent(t, two, 0, "arbiter.granted", "")
	must(t, cl.Heal(one, vnet.AllLinks))
	cl.awaitEvent(t, one, 0, "entitlement.gained", "")
	cl.awaitRest(t, one, two)
	cl.awaitOwner(t, addrOne, two)
	wantHandedOver(t, addrOne, onOne(), onTwo())
	cl.awaitStatus(t, two, "the lease given back", func(s node.Status) bool { return !s.Arbiter.Lease && s.Arbiter.Entitled })
}

func TestWithAWitnessOneOfTwoConnectedNodesGoesOn(t *testing.T) {
	t.Parallel()
	cl, _ := arbitrated(t, "bcast eth1\n") // the witness is on the other network
	onOne, onTwo := cl.watch(t, one), cl.watch(t, two)
	must(t, cl.Cut(one, lab.LinkSecond, vnet.Mute))
	cl.awaitOwner(t, addrTwo, one)
	cl.awaitOwner(t, addrOne, one)
	cl.awaitStatus(t, two, "the reason", func(s node.Status) bool {
		return !s.Arbiter.Entitled && s.Arbiter.References[0].HeldBy == one
	})
	must(t, cl.Heal(one, lab.LinkSecond))
	cl.awaitEvent(t, two, 0, "entitlement.gained", "")
	cl.awaitRest(t, one, two)
	cl.awaitOwner(t, addrOne, one)
	cl.awaitOwner(t, addrTwo, one)
	wantHandedOver(t, addrTwo, onTwo(), onOne())
}

func TestADeadWitnessStopsNothing(t *testing.T) {
	t.Parallel()
	cl, w := arbitrated(t, "")
	onOne, onTwo := cl.watch(t, one), cl.watch(t, two)
	mark := map[string]uint64{}
	for _, name := range cl.Nodes {
		mark[name] = cl.last(t, name)
	}
	cl.mustRun(t, "client", "sh", "-c", fmt.Sprintf("kill -9 %d", w))
	for _, name := range cl.Nodes {
		mark[name] = cl.awaitEvent(t, name, mark[name], "arbiter.silent", "").ID
	}
	cl.startWitness(t)
	for _, name := range cl.Nodes {
		cl.awaitEvent(t, name, mark[name], "arbiter.answers", "")
	}
	before := onOne()
	must(t, cl.PowerOff(one))
	cl.awaitOwner(t, addrOne, two) // the fresh witness knows from both that nobody holds a lease
	for name, list := range map[string][]vnet.AddrChange{one: before, two: onTwo()} {
		for _, addr := range []string{addrOne, addrTwo} {
			if at := change(list, addr, false); !at.IsZero() {
				t.Errorf("%s lost %s at %v", name, addr, at)
			}
		}
	}
}

// A new life has heard no acknowledgement yet; what the old one was entitled to still holds.
func TestAReloadUnderAnArbiterStopsNothing(t *testing.T) {
	t.Parallel()
	cl, _ := arbitrated(t, "")
	onOne, onTwo := cl.watch(t, one), cl.watch(t, two)
	for _, name := range cl.Nodes {
		cl.rewrite(t, name, "ha.cf", "warntime 600ms", "warntime 700ms")
		cl.mustRun(t, name, program, "reload")
		cl.awaitRest(t, one, two)
	}
	for name, list := range map[string][]vnet.AddrChange{one: onOne(), two: onTwo()} {
		for _, addr := range []string{addrOne, addrTwo} {
			if at := change(list, addr, false); !at.IsZero() {
				t.Errorf("%s lost %s at %v", name, addr, at)
			}
		}
	}
}
