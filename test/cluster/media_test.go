package cluster

import (
	"strings"
	"testing"

	"heartbeat/internal/node"
	"heartbeat/internal/vnet"
)

// serialPort is where both nodes have their end of a cable.
const serialPort = "/dev/ttyS0"

// A whole life of a cluster that has nothing but one medium.
func TestEveryMediumAloneCarriesACluster(t *testing.T) {
	t.Parallel()
	for medium, s := range map[string]setup{
		"ucast6":            {media: "ucast6 eth0 fd77:1::1\nucast6 eth0 fd77:1::2\nucast6 eth1 fd77:2::1\nucast6 eth1 fd77:2::2\n"},
		"mcast6":            {media: "mcast6 eth0 ff02::694 694 1 0\nmcast6 eth1 ff05::694 694 1 1\n"},
		"serial":            {media: "baud 115200\nserial " + serialPort + "\n", cable: true},
		"a port for a link": {media: "udpport 1694\nbcast eth0\nudpport 1695\nbcast eth1\n"},
	} {
		t.Run(medium, func(t *testing.T) {
			t.Parallel()
			s.more = "ping6 fd77:1::fe\nping_group gates 10.77.1.199 10.77.1.254\ndeadping 2\n" // nobody is at .199
			cl := running(t, s)
			cl.awaitOwner(t, addrOne, one)
			for _, name := range []string{"fd77:1::fe", "gates"} {
				cl.awaitStatus(t, one, "to hear ping node "+name, func(s node.Status) bool { return stateOf(s, name) == "ping" })
			}
			cl.kill(t, one)
			cl.awaitOwner(t, addrOne, one, two) // its machine goes on answering: the daemon alone was killed
			cl.awaitEvent(t, two, 0, "node.dead", one)
			cl.start(t, one)
			cl.awaitRest(t, one, two)
			cl.awaitOwner(t, addrOne, one)
			must(t, cl.StopDaemon(within(t, soon), one))
			cl.awaitOwner(t, addrOne, two)
			for _, e := range cl.events(t, two, 0, "packet.dropped") {
				t.Errorf("%s", e.Text)
			}
		})
	}
}

// stateOf is the status of a node in the eyes of another.
func stateOf(s node.Status, name string) string {
	for _, n := range s.Nodes {
		if n.Name == name {
			return n.Status
		}
	}
	return ""
}

// A link is lost while the other one works: nothing may move, and everything must tell of it at once, by name.
func TestLostRedundantLinkIsReportedByNameAndMovesNothing(t *testing.T) {
	t.Parallel()
	for medium, media := range map[string]string{
		"bcast":  "bcast eth0 eth1\n",
		"ucast":  "ucast eth0 10.77.1.1\nucast eth0 10.77.1.2\nucast eth1 10.77.2.1\nucast eth1 10.77.2.2\n",
		"mcast6": "mcast6 eth0 ff02::694 694 1 0\nmcast6 eth1 ff02::694 694 1 0\n",
	} {
		t.Run(medium, func(t *testing.T) {
			t.Parallel()
			cl := running(t, setup{media: media, deadtime: "60"}) // silence alone would be noticed after a minute
			marks := map[string]uint64{one: cl.last(t, one), two: cl.last(t, two)}
			must(t, cl.Cut(one, 1, vnet.Unplugged))
			failed := cl.awaitEvent(t, one, marks[one], "media.error", "eth1")
			if !strings.Contains(failed.Text, "no carrier") || !strings.Contains(failed.Text, "check the cable") {
				t.Errorf("told: %s", failed.Text)
			}
			cl.awaitEvent(t, one, marks[one], "link.dead", two+"/eth1")
			s := cl.status(t, one)
			if s.Counters["link_eth1_failing"] == 0 || s.Counters["link_eth0_failing"] != 0 || !cl.tells(t, one, "eth1: ") && !cl.tells(t, one, "eth1 ") {
				t.Errorf("status: %q, counters %v", s.Attention, s.Counters)
			}
			out, _, err := cl.Output(within(t, soon), one, "heartbeat", "metrics")
			must(t, err)
			for _, line := range []string{`heartbeat_link_up{link="eth1",node="node2"} 0`, `heartbeat_link_up{link="eth0",node="node2"} 1`, `heartbeat_node_status{node="node2",status="active",type="normal"} 1`} {
				if !strings.Contains(out, line+"\n") {
					t.Errorf("the metrics lack %s", line)
				}
			}
			must(t, cl.Heal(one, 1))
			cl.awaitEvent(t, one, failed.ID, "media.works", "eth1")
			cl.awaitEvent(t, one, failed.ID, "link.up", two+"/eth1")
			cl.awaitStatus(t, one, "to be content", func(s node.Status) bool { return len(s.Attention) == 0 && s.Counters["link_eth1_failing"] == 0 })
			for name, mark := range marks {
				for _, kind := range []string{"node.dead", "group.release", "group.acquire"} {
					if list := cl.events(t, name, mark, kind); len(list) > 0 {
						t.Errorf("a lost link cost %s a %s: %+v", name, kind, list)
					}
				}
			}
		})
	}
}
