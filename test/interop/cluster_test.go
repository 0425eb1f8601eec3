package interop

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/lab"
	"heartbeat/internal/testenv"
	"heartbeat/internal/vnet"
)

// make says who wrote the daemon of a node.
type maker string

const (
	c      maker = "C"
	golang maker = "Go"
)

// The two groups of every cluster, one at home on each node, and their addresses.
const (
	one, two         = "node1", "node2"
	addrOne, addrTwo = "10.77.1.101", "10.77.1.102"
)

// Bounds of waiting. None is an assertion of speed: they end a test that hangs.
const (
	soon     = 60 * time.Second // one hand-over, take-over or start of a node
	eventual = 90 * time.Second // C's restart of itself after a partition: 17 s on an idle machine
)

// a cluster is two nodes that share one configuration, and a client that asks both
// service addresses all the time.
type cluster struct {
	*lab.Lab
	t       *testing.T
	made    map[string]maker
	clients map[string]*lab.Client // address → its visitor
	book    *book
	marks   map[string]int64 // log of a C node → size at the start of the current test
}

// setup is what differs between clusters.
type setup struct {
	medium, method string
	made           map[string]maker
	stay           bool // auto_failback off
	lone           bool // only the group of node1

	more   string            // lines of ha.cf
	extra  map[string]string // more files
	talker string            // program that runs the Go node instead of ours, and says documents of these sizes
	say    []int
}

// media are ha.cf's lines for each medium: the same on both nodes.
var media = map[string]string{
	"ucast":  "ucast eth0 10.77.1.1\nucast eth0 10.77.1.2\nucast eth1 10.77.2.1\nucast eth1 10.77.2.2\n",
	"bcast":  "bcast eth0 eth1\n",
	"mcast":  "mcast eth0 239.77.0.1 694 1 0\nmcast eth1 239.77.0.2 694 1 0\n",
	"ucast6": "ucast6 eth0 fd77:1::1\nucast6 eth0 fd77:1::2\nucast6 eth1 fd77:2::1\nucast6 eth1 fd77:2::2\n",
	// C's sockets for mcast6 hear every interface and every group on their port: with one port a dead link looks alive to C.
	"mcast6": "mcast6 eth0 ff02::694:1 694 1 0\nmcast6 eth1 ff05::694:2 695 1 0\n",
	"serial": "baud 115200\nserial " + serialPort + "\n",
}

// serialPort is where both nodes have their end of the cable.
const serialPort = "/dev/ttyS0"

// keys are authkeys' lines for each method.
var keys = map[string]string{
	"crc": "auth 1\n1 crc\n", "md5": "auth 1\n1 md5 interop-key\n", "sha1": "auth 1\n1 sha1 interop-key\n",
}

func (s setup) files() lab.Files {
	failback := "on"
	if s.stay {
		failback = "off"
	}
	groups := fmt.Sprintf("%s IPaddr2::%s/24/eth0 tally::one\n", one, addrOne)
	if !s.lone {
		groups += fmt.Sprintf("%s IPaddr2::%s/24/eth0 tally::two\n", two, addrTwo)
	}
	files := lab.Files{
		"ha.cf": "logfile /var/log/ha-log\nkeepalive 200ms\nwarntime 600ms\ndeadtime 1000ms\ninitdead 3000ms\nudpport 694\n" +
			media[s.medium] + "auto_failback " + failback + "\nnode node1 node2\n",
		"authkeys":         keys[s.method],
		"haresources":      groups,
		"resource.d/tally": tally,
	}
	files["ha.cf"] += s.more
	maps.Copy(files, s.extra)
	return files
}

// newCluster makes the machines and starts both daemons; it does not wait for them.
func newCluster(t *testing.T, s setup) *cluster {
	t.Helper()
	files := s.files()
	o := lab.Options{
		Dir: filepath.Join(t.TempDir(), "lab"), Binary: os.Getenv(binaryVariable), IPv6: true,
		ConfigFor: func(string) lab.Files { return files },
	}
	if s.medium == "serial" {
		cable := testenv.NewCable(t)
		ends := map[string]string{one: cable.A, two: cable.B}
		o.BindsFor = func(node string) []vnet.Bind { return []vnet.Bind{{From: ends[node], To: serialPort}} }
	}
	l, err := lab.New(t.Context(), t, o)
	if err != nil {
		t.Fatal(err)
	}
	cl := &cluster{Lab: l, t: t, made: s.made, clients: map[string]*lab.Client{}, marks: map[string]int64{}}
	cl.book = newBook(l)
	t.Cleanup(func() {
		if t.Failed() {
			cl.keepLogs(t)
		}
		cl.book.close()
		if err := l.Remove(); err != nil {
			t.Error(err)
		}
	})
	for _, node := range l.Nodes {
		if err := cl.book.follow(node); err != nil {
			t.Fatal(err)
		}
	}
	for _, node := range l.Nodes {
		if s.talker != "" && s.made[node] == golang {
			cl.startTalker(t, node, s)
			continue
		}
		cl.start(t, node)
	}
	for _, addr := range []string{addrOne, addrTwo} {
		c, err := l.Watch(lab.Target{Proto: "udp", Addr: addr, Every: 20 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Stop)
		cl.clients[addr] = c
	}
	return cl
}

// nodeOf returns the name of the node whose daemon is made so.
func (cl *cluster) nodeOf(m maker) string {
	for _, node := range cl.Nodes {
		if cl.made[node] == m {
			return node
		}
	}
	return ""
}

// peerOf returns the other node.
func peerOf(node string) string {
	if node == one {
		return two
	}
	return one
}

// start starts the daemon of a node, of whatever make.
func (cl *cluster) start(t *testing.T, node string) {
	t.Helper()
	if cl.made[node] == golang {
		if err := cl.StartDaemon(node); err != nil {
			t.Fatal(err)
		}
		return
	}
	_ = os.Remove(cl.Place(node, lab.ClassicStarted)) // of the start before; there may have been none
	_, err := cl.Spawn(node, vnet.Command{Argv: []string{"sh", "-c", lab.ClassicStart}})
	must(t, err)
	until(t, soon, "the C daemon of "+node+" to start", func() (string, bool) {
		data, err := os.ReadFile(cl.Place(node, lab.ClassicStarted))
		return string(data), err == nil && string(data) == "0\n"
	})
}

// stop stops the daemon of a node gracefully and returns when it is gone.
func (cl *cluster) stop(t *testing.T, node string) {
	t.Helper()
	if cl.made[node] == golang {
		if err := cl.StopDaemon(within(t, soon), node); err != nil {
			t.Fatal(err)
		}
		return
	}
	cl.mustRun(t, node, cDaemon, "-k")
}

// powerOn boots a machine and starts its daemon.
func (cl *cluster) powerOn(t *testing.T, node string) {
	t.Helper()
	must(t, cl.PowerOn(node))
	must(t, cl.book.follow(node))
	cl.noteBoot(t, node)
	cl.start(t, node)
}

// mustRun runs a program in a machine; its failure ends the test.
func (cl *cluster) mustRun(t *testing.T, node string, argv ...string) string {
	t.Helper()
	out, code, err := cl.Output(within(t, soon), node, argv...)
	if err != nil {
		t.Fatalf("%s on %s: %v", argv[0], node, err)
	}
	if code != 0 {
		t.Fatalf("%s on %s: exit %d: %s", strings.Join(argv, " "), node, code, out)
	}
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), d, fmt.Errorf("not within %v", d))
	t.Cleanup(cancel)
	return ctx
}
