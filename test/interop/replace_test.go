package interop

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"

	"heartbeat/internal/vnet"
)

// uuidFile is a node's identity; a replacement that lost it would be a stranger to its peer.
const uuidFile = "/var/lib/heartbeat/hb_uuid"

// TestLiveReplacement replaces the daemons of two C nodes one by one, under a
// client that never stops asking.
func TestLiveReplacement(t *testing.T) {
	need(t)
	t.Parallel()
	together(t,
		job{"auto_failback-on", func(t *testing.T) { liveReplacement(t, false) }},
		job{"auto_failback-off", func(t *testing.T) { liveReplacement(t, true) }})
}

func liveReplacement(t *testing.T, stay bool) {
	cl := newCluster(t, setup{medium: "bcast", method: "sha1", made: map[string]maker{one: c, two: c}, stay: stay})
	step := func(name string, do func(t *testing.T)) {
		t.Run(name, func(t *testing.T) { cl.watched(t, do) })
	}
	step("two-c-nodes", func(t *testing.T) { cl.awaitHome(t, soon) })
	step("replace-node2-by-go", func(t *testing.T) { cl.replace(t, two, golang, stay) })
	step("replace-node1-by-go", func(t *testing.T) { cl.replace(t, one, golang, stay) })
	if stay {
		return
	}
	step("two-go-nodes-take-over-and-fail-back", func(t *testing.T) {
		must(t, cl.PowerOff(one))
		cl.awaitAllOn(t, soon, two, false)
		cl.powerOn(t, one)
		cl.awaitHome(t, soon)
	})
	step("go-back-to-c-on-node2", func(t *testing.T) { cl.replace(t, two, c, stay) })
}

// TestReloadBesideC puts a new ha.cf into force on the Go node: the C node sees a restart, and nothing moves.
func TestReloadBesideC(t *testing.T) {
	need(t)
	t.Parallel()
	cl := newCluster(t, setup{medium: "bcast", method: "sha1", made: map[string]maker{one: golang, two: c}})
	cl.watched(t, func(t *testing.T) {
		cl.awaitHome(t, soon)
		cl.mark()
		began := time.Now()
		cl.mustRun(t, one, "sed", "-i", "s/^warntime .*/warntime 500ms/", "/etc/ha.d/ha.cf")
		cl.mustRun(t, one, vnet.BinDir+"/heartbeat", "reload")
		cl.awaitLog(t, two, "Heartbeat restart on node "+one)
		cl.awaitHome(t, soon)
		cl.neverLogged(t, "is dead")
		for _, addr := range []string{addrOne, addrTwo} {
			if n := cl.clients[addr].Switches(began); n != 0 {
				t.Errorf("the client at %s was switched %d times", addr, n)
			}
		}
	})
}

// replace stops a node gracefully, changes the program, and starts it on the same files.
func (cl *cluster) replace(t *testing.T, node string, by maker, stay bool) {
	t.Helper()
	peer := peerOf(node)
	before, err := os.ReadFile(cl.Place(node, uuidFile))
	must(t, err)
	held, err := cl.held(node)
	must(t, err)
	began := time.Now()
	cl.stop(t, node)
	cl.awaitAllOn(t, soon, peer, false)
	cl.awaitLog(t, peer, "Dead node "+node+" gave up resources.")
	cl.made[node] = by
	cl.start(t, node)
	switches := 1
	if stay {
		cl.awaitOwners(t, soon, allOn(peer))
		cl.awaitStatus(t, soon, map[string]string{node: "none", peer: "all"})
	} else {
		cl.awaitHome(t, soon)
		switches = 2 // away and home again
	}
	after, err := os.ReadFile(cl.Place(node, uuidFile))
	must(t, err)
	if !bytes.Equal(before, after) {
		t.Errorf("%s has the uuid %x, it was %x", node, after, before)
	}
	for _, addr := range []string{addrOne, addrTwo} {
		want := 0
		if held[addr] {
			want = switches
		}
		got := cl.clients[addr].Switches(began)
		t.Logf("client at %s: %d switches, longest silence %v", addr, got, cl.silence(addr, began))
		if got != want {
			t.Errorf("the client at %s was switched %d times, not %d", addr, got, want)
		}
	}
}

// held tells which service addresses a node carries.
func (cl *cluster) held(node string) (map[string]bool, error) {
	held := map[string]bool{}
	for _, addr := range []string{addrOne, addrTwo} {
		who, err := cl.Owners(addr)
		if err != nil {
			return nil, err
		}
		if len(who) != 1 {
			return nil, fmt.Errorf("%s is carried by %v", addr, who)
		}
		held[addr] = who[0] == node
	}
	return held, nil
}
