package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heartbeat/internal/lab"
	"heartbeat/internal/vnet"
)

// TestNodesJoinARunningCluster lets a third node join by autojoin: C a pair of Go, and Go a pair of C. All
// three must have one list of nodes, every message about it must be understood by the other make, and the files
// must be good for the other make's daemon.
func TestNodesJoinARunningCluster(t *testing.T) {
	need(t)
	t.Parallel()
	together(t,
		job{"C-joins-Go-and-Go", func(t *testing.T) { joins(t, golang, c) }},
		job{"Go-joins-C-and-C", func(t *testing.T) { joins(t, c, golang) }})
}

// newJoiners makes three machines whose ha.cf lists node1 and node2 only, and starts nothing.
func newJoiners(t *testing.T, pair, third maker) *cluster {
	t.Helper()
	files := lab.Files{
		"ha.cf": "logfile /var/log/ha-log\nkeepalive 200ms\nwarntime 600ms\ndeadtime 1000ms\ninitdead 2000ms\n" +
			"bcast eth0 eth1\nautojoin any\nnode node1 node2\n",
		"authkeys": keys["sha1"],
	}
	l, err := lab.New(t.Context(), t, lab.Options{Nodes: 3, Dir: filepath.Join(t.TempDir(), "lab"), Binary: os.Getenv(binaryVariable),
		ConfigFor: func(string) lab.Files { return files }})
	must(t, err)
	cl := &cluster{Lab: l, t: t, made: map[string]maker{one: pair, two: pair, "node3": third}}
	t.Cleanup(func() {
		if t.Failed() {
			cl.keepLogs(t)
		}
		if err := l.Remove(); err != nil {
			t.Error(err)
		}
	})
	return cl
}

// begin starts a daemon that manages no resources: with haresources C refuses autojoin.
func (cl *cluster) begin(t *testing.T, node string) {
	t.Helper()
	if cl.made[node] == golang {
		must(t, cl.StartDaemon(node, "-M"))
		return
	}
	cl.mustRun(t, node, "sh", "-c", `mkdir -p /run/heartbeat /run/resource-agents /run/lock/subsys
		mkdir -p /var/lib/heartbeat/cores/root /var/lib/heartbeat/cores/nobody /var/lib/heartbeat/cores/hacluster
		chown hacluster:haclient /run/heartbeat /var/lib/heartbeat/cores/hacluster; chown nobody /var/lib/heartbeat/cores/nobody
		rm -f /etc/ha.d/haresources; touch /var/log/ha-log; rm -f /run/c-started`)
	_, err := cl.Spawn(node, vnet.Command{Argv: []string{"sh", "-c", cDaemon + " -M >>/var/log/c.out 2>&1; echo $? >/run/c-started"}})
	must(t, err)
	until(t, soon, "the C daemon of "+node+" to start", func() (string, bool) {
		data, err := os.ReadFile(cl.Place(node, "/run/c-started"))
		return string(data), err == nil && string(data) == "0\n"
	})
}

// asks runs cl_status of the node's make.
func (cl *cluster) asks(t *testing.T, node string, args ...string) string {
	t.Helper()
	argv := append([]string{"cl_status"}, args...)
	if cl.made[node] == golang {
		argv = append([]string{"heartbeat"}, argv...)
	}
	out, _, err := cl.Output(within(t, soon), node, argv...)
	must(t, err)
	return strings.TrimSpace(out)
}

// awaitNodes waits until every node lists exactly these, in whatever order, and sees them so.
func (cl *cluster) awaitNodes(t *testing.T, on []string, want map[string]string) {
	t.Helper()
	until(t, eventual, fmt.Sprintf("%v on %v", want, on), func() (string, bool) {
		good, seen := true, ""
		for _, node := range on {
			got := map[string]string{}
			list := strings.Fields(cl.asks(t, node, "listnodes", "-n"))
			slices.Sort(list)
			for _, n := range list {
				got[n] = cl.asks(t, node, "nodestatus", n)
			}
			seen += fmt.Sprintf("%s: %v; ", node, got)
			good = good && fmt.Sprint(got) == fmt.Sprint(want)
		}
		return seen, good
	})
}

// insist runs a tool as often as it takes until its node says something else about the nodes: C now and then loses
// the text of its own scripts (see lostInFIFO).
func (cl *cluster) insist(t *testing.T, node, name string, args ...string) {
	t.Helper()
	about := func() string {
		return cl.asks(t, node, "listnodes", "-n") + cl.asks(t, node, "nodeweight", "node3") + cl.asks(t, node, "nodesite", two)
	}
	before, polls := about(), 0
	until(t, soon, name+" on "+node, func() (string, bool) {
		if polls%20 == 0 {
			cl.tool(t, node, name, args...)
		}
		polls++
		now := about()
		return now, now != before
	})
}

func (cl *cluster) state(t *testing.T, node, file string) string {
	t.Helper()
	data, err := os.ReadFile(cl.Place(node, "/var/lib/heartbeat/"+file))
	must(t, err)
	return string(data)
}

func joins(t *testing.T, pair, third maker) {
	cl := newJoiners(t, pair, third)
	all := []string{one, two, "node3"}
	active := map[string]string{one: "active", two: "active", "node3": "active"}
	cl.begin(t, one)
	cl.begin(t, two)
	cl.awaitNodes(t, []string{one, two}, map[string]string{one: "active", two: "active"})
	cl.begin(t, "node3")
	cl.awaitNodes(t, all, active)

	// Weight and site, set on either make, are known everywhere.
	cl.insist(t, one, "hb_setweight", "node3", "50")
	cl.insist(t, "node3", "hb_setsite", two, "berlin")
	for _, node := range all {
		until(t, soon, "weight and site on "+node, func() (string, bool) {
			got := cl.asks(t, node, "nodeweight", "node3") + " " + cl.asks(t, node, "nodesite", two)
			return got, got == "50 berlin"
		})
	}

	// A node that is added by hand and never comes is dead everywhere, and can be deleted again.
	cl.insist(t, "node3", "hb_addnode", "node9")
	withDead := map[string]string{one: "active", two: "active", "node3": "active", "node9": "dead"}
	cl.awaitNodes(t, all, withDead)
	cl.insist(t, one, "hb_delnode", "node9")
	cl.awaitNodes(t, all, active)

	// Each make starts on the files of the other one, keeps the identity, and knows the nodes.
	swapped := "node3"
	uuid, before := cl.state(t, swapped, "hb_uuid"), cl.state(t, swapped, "hb_generation")
	cl.stop(t, swapped)
	cl.awaitNodes(t, []string{one, two}, map[string]string{one: "active", two: "active", swapped: "dead"})
	if cl.made[swapped] == golang {
		cl.made[swapped] = c
	} else {
		cl.made[swapped] = golang
	}
	cl.begin(t, swapped)
	cl.awaitNodes(t, all, active)
	if now := cl.state(t, swapped, "hb_uuid"); now != uuid {
		t.Errorf("hb_uuid was %x and is %x", uuid, now)
	}
	if now := cl.state(t, swapped, "hb_generation"); len(now) != 16 || now <= before {
		t.Errorf("hb_generation was %q and is %q", before, now)
	}
	for _, node := range all {
		if cl.made[node] == c {
			continue // C does not write it again when a node was deleted, and leaves uuids out that it learnt later
		}
		until(t, soon, "the host cache of "+node, func() (string, bool) {
			text := cl.state(t, node, "hostcache")
			lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
			good := len(lines) == 3
			for _, l := range lines {
				good = good && strings.Count(l, "\t") == 3 && !strings.Contains(l, "00000000-0000")
			}
			return text, good
		})
	}
}

// TestACopyOfACNodeDoesNotDisturbIt starts a Go node on a copied identity of a C node that runs. C would rename its own node, to and
// fro with every packet, when it heard its uuid under another name.
func TestACopyOfACNodeDoesNotDisturbIt(t *testing.T) {
	need(t)
	t.Parallel()
	cl := newJoiners(t, c, golang)
	cl.begin(t, one)
	cl.begin(t, two)
	pair := map[string]string{one: "active", two: "active"}
	cl.awaitNodes(t, []string{one, two}, pair)
	must(t, os.MkdirAll(cl.Place("node3", "/var/lib/heartbeat"), 0o755))
	must(t, os.WriteFile(cl.Place("node3", "/var/lib/heartbeat/hb_uuid"), []byte(cl.state(t, one, "hb_uuid")), 0o644))
	cl.begin(t, "node3")
	cl.awaitNodes(t, []string{one, two, "node3"}, map[string]string{one: "active", two: "active", "node3": "active"})
	if cl.state(t, "node3", "hb_uuid") == cl.state(t, one, "hb_uuid") {
		t.Error("node3 keeps the uuid of node1")
	}
	for _, node := range []string{one, two} {
		data, err := os.ReadFile(cl.Place(node, haLog))
		must(t, err)
		if strings.Contains(string(data), "uuid changed") || strings.Contains(string(data), "changed its uuid") {
			t.Errorf("C on %s noticed the copy:\n%s", node, lastLines(string(data), 20))
		}
	}
}
