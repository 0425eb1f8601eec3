package interop

import (
	"strings"
	"testing"
	"time"

	"heartbeat/internal/lab"
	"heartbeat/internal/vnet"
)

const pingNode = "10.77.1.249" // a second address of the client's machine

// TestPingNodesDecideBesideC plays the scenarios of ipfail with the C program on C nodes and nothing but this daemon on Go nodes: the node that
// loses its way to the ping node gives its groups up and gets them back, and the death of the ping node moves nothing.
func TestPingNodesDecideBesideC(t *testing.T) {
	need(t)
	t.Parallel()
	run := func(first, second maker) func(t *testing.T) {
		return func(t *testing.T) {
			cl := newCluster(t, setup{medium: "bcast", method: "sha1", made: map[string]maker{one: first, two: second},
				more: "ping " + pingNode + "\ndeadping 1000ms\nrespawn hacluster /usr/libexec/heartbeat/ipfail\n"})
			answer := func(verb string) {
				t.Helper()
				cl.mustRun(t, lab.ClientName, "ip", "addr", verb, pingNode+"/24", "dev", "eth0")
			}
			answer("add")
			cl.awaitHome(t, eventual)
			for _, node := range cl.Nodes {
				cl.online(t, node, "ipfail")
			}
			for _, node := range cl.Nodes { // node1: the active node of S15; node2: the one of S18
				t.Run(node+"-loses-its-client-link-and-gets-it-back", func(t *testing.T) {
					must(t, cl.Cut(node, 0, vnet.Mute))
					other := peerOf(node)
					cl.awaitOwners(t, eventual, owners{addrOne: other, addrTwo: other})
					must(t, cl.Heal(node, 0))
					cl.awaitOwners(t, eventual, atHome())
				})
			}
			t.Run("the-ping-node-dies-and-nothing-moves", func(t *testing.T) {
				began := time.Now()
				cl.mark()
				answer("del")
				for _, node := range cl.Nodes {
					cl.awaitLog(t, node, pingNode+": is dead")
				}
				answer("add")
				for _, node := range cl.Nodes {
					cl.awaitLog(t, node, pingNode+" up")
				}
				cl.awaitOwners(t, soon, atHome())
				for _, node := range cl.Nodes {
					if cl.made[node] == golang && strings.Contains(cl.logSince(node), "event=connectivity.move") {
						t.Errorf("%s wanted to move groups\n%s", node, cl.book.story(began))
					}
				}
			})
		}
	}
	together(t,
		job{"go-and-go", run(golang, golang)},
		job{"go-and-c", run(golang, c)},
		job{"c-and-go", run(c, golang)})
}
