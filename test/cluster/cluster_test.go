package cluster

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"heartbeat/internal/api"
	"heartbeat/internal/lab"
	"heartbeat/internal/node"
	"heartbeat/internal/testenv"
	"heartbeat/internal/vnet"
)

const (
	one, two         = "node1", "node2"
	addrOne, addrTwo = "10.77.1.101", "10.77.1.102" // service addresses at home on node1, node2
)

// The timing of every cluster, unless a test says otherwise.
const deadtime = time.Second

// usual is the deadtime of a cluster of this user. Without real-time priority a node waits for whatever else the machine does.
func usual() time.Duration {
	if os.Getenv(userVariable) != "" {
		return 4 * deadtime
	}
	return deadtime
}

// soon bounds every wait. It is no assertion of speed: it ends a test that hangs.
const soon = 30 * time.Second

// secret is the key that both nodes share.
const secret = "the-key-of-these-tests"

// program is the heartbeat program as the machines see it.
const program = vnet.BinDir + "/heartbeat"

// a cluster is a lab with the helpers of these tests.
type cluster struct {
	*lab.Lab
	lent bool // the client has the hand
}

// setup is what differs between clusters.
type setup struct {
	groups   string                  // haresources; empty: the address of node1 alone
	more     string                  // further lines of ha.cf
	deadtime string                  // empty: the usual one
	failback string                  // auto_failback; empty: on
	scripts  []string                // names below resource.d that run tally
	media    string                  // lines of ha.cf; empty: broadcast on both links
	cable    bool                    // a null-modem cable joins the nodes' serialPort
	edit     func(string, lab.Files) // last changes to the files of a node
	nodes    int                     // 0: two
	shared   []vnet.Bind             // of the host, for every machine
}

func (s setup) files(node string) lab.Files {
	if s.groups == "" {
		s.groups = "node1 " + addrOne + "/24/eth0\n"
	}
	if s.deadtime == "" {
		s.deadtime = fmt.Sprintf("%dms", usual().Milliseconds())
	}
	if s.failback == "" {
		s.failback = "on"
	}
	if s.media == "" {
		s.media = "bcast eth0 eth1\n"
	}
	f := lab.Files{
		"ha.cf": "logfile /var/log/ha-log\nkeepalive 200ms\nwarntime 600ms\nudpport 694\n" +
			"deadtime " + s.deadtime + "\ninitdead " + s.deadtime + "\n" +
			s.media + "auto_failback " + s.failback + "\nnode node1 node2\n" + s.more,
		"authkeys":    "auth 1\n1 sha1 " + secret + "\n",
		"haresources": s.groups,
	}
	for _, name := range s.scripts {
		f["resource.d/"+name] = tally
	}
	if s.edit != nil {
		s.edit(node, f)
	}
	return f
}

// newCluster makes the machines. No daemon runs.
func newCluster(t *testing.T, s setup) *cluster {
	t.Helper()
	need(t)
	dir, err := os.MkdirTemp("", "cluster")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	self, err := os.Executable()
	must(t, err)
	o := lab.Options{
		Nodes: s.nodes, Dir: filepath.Join(dir, "lab"), Binary: os.Getenv(binaryVariable), ConfigFor: s.files, IPv6: true,
		Binds: append([]vnet.Bind{{From: self, To: hand, ReadOnly: true}}, s.shared...),
	}
	if s.cable {
		cable := testenv.NewCable(t)
		ends := map[string]string{one: cable.A, two: cable.B}
		o.BindsFor = func(node string) []vnet.Bind { return []vnet.Bind{{From: ends[node], To: serialPort}} }
	}
	l, err := lab.New(t.Context(), t, o)
	must(t, err)
	cl := &cluster{Lab: l}
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

// running makes a cluster and waits until both nodes are at rest.
func running(t *testing.T, s setup) *cluster {
	t.Helper()
	cl := newCluster(t, s)
	cl.startBoth(t)
	cl.awaitRest(t, one, two)
	return cl
}

// startBoth starts both daemons together and waits until they answer.
func (cl *cluster) startBoth(t *testing.T) {
	t.Helper()
	must(t, cl.StartDaemons())
	for _, name := range cl.Nodes {
		must(t, cl.WaitDaemon(within(t, soon), name))
	}
}

// start starts the daemon of a node and waits until it answers.
func (cl *cluster) start(t *testing.T, node string) {
	t.Helper()
	must(t, cl.StartDaemon(node))
	must(t, cl.WaitDaemon(within(t, soon), node))
}

// kill ends the daemon of a node as a crash does, and waits until it is gone.
func (cl *cluster) kill(t *testing.T, node string) {
	t.Helper()
	must(t, cl.KillDaemon(within(t, soon), node, syscall.SIGKILL))
	until(t, "the killed daemon of "+node+" to be gone", func() (string, bool) { return "it runs", !cl.DaemonRuns(node) })
}

// awaitRest waits until these nodes are active and every group is where it shall be.
func (cl *cluster) awaitRest(t *testing.T, nodes ...string) {
	t.Helper()
	for _, name := range nodes {
		cl.awaitStatus(t, name, "to be at rest", func(s node.Status) bool {
			if !s.Stable || s.Local != "active" || s.Resources == "transition" {
				return false
			}
			return !slices.ContainsFunc(s.Groups, func(g node.GroupStatus) bool { return g.Owner == "" })
		})
	}
}

// awaitStatus waits until the status of a node is as wanted, and returns it.
func (cl *cluster) awaitStatus(t *testing.T, name, what string, ok func(node.Status) bool) node.Status {
	t.Helper()
	var last node.Status
	until(t, name+" "+what, func() (string, bool) {
		s, err := cl.Status(within(t, soon), name)
		if err != nil {
			return err.Error(), false
		}
		last = s
		return fmt.Sprintf("local %s, resources %s, stable %v, standby %q, groups %+v, attention %q, counters %v",
			s.Local, s.Resources, s.Stable, s.Standby, s.Groups, s.Attention, s.Counters), ok(s)
	})
	return last
}

// status is the status of a node now.
func (cl *cluster) status(t *testing.T, name string) node.Status {
	t.Helper()
	s, err := cl.Status(within(t, soon), name)
	must(t, err)
	return s
}

// events are the records of a node after one, of one kind; empty: of every kind.
func (cl *cluster) events(t *testing.T, name string, after uint64, kind string) []api.Event {
	t.Helper()
	list, err := cl.API(name).Events(within(t, soon), after, 0)
	must(t, err)
	return slices.DeleteFunc(list, func(e api.Event) bool { return kind != "" && e.Event != kind })
}

// awaitEvent waits for an event of a kind whose subject, text or attributes contain a text.
func (cl *cluster) awaitEvent(t *testing.T, name string, after uint64, kind, text string) api.Event {
	t.Helper()
	e, err := cl.WaitEvent(within(t, soon), name, after, func(e api.Event) bool {
		return e.Event == kind && strings.Contains(e.Subject+" "+e.Text+" "+fmt.Sprint(e.Attrs), text)
	})
	if err != nil {
		t.Fatalf("no %s with %q: %v", kind, text, err)
	}
	return e
}

// last is the newest event of a node.
func (cl *cluster) last(t *testing.T, name string) uint64 {
	t.Helper()
	return cl.LastEvent(within(t, soon), name)
}

// awaitOwner waits until exactly these nodes carry an address.
func (cl *cluster) awaitOwner(t *testing.T, addr string, nodes ...string) {
	t.Helper()
	must(t, cl.WaitOwners(within(t, soon), addr, nodes...))
}

// run runs a program in a machine: what it printed and its exit code.
func (cl *cluster) run(t *testing.T, machine string, argv ...string) (string, int) {
	t.Helper()
	out, code, err := cl.Output(within(t, soon), machine, argv...)
	if err != nil {
		t.Fatalf("%v on %s: %v", argv, machine, err)
	}
	return out, code
}

// mustRun is run for programs that shall succeed.
func (cl *cluster) mustRun(t *testing.T, machine string, argv ...string) string {
	t.Helper()
	out, code := cl.run(t, machine, argv...)
	if code != 0 {
		t.Fatalf("%s on %s: exit %d: %s", strings.Join(argv, " "), machine, code, out)
	}
	return out
}

// write replaces a file of a node; authkeys keeps its mode.
func (cl *cluster) write(t *testing.T, node, path, text string) {
	t.Helper()
	must(t, os.WriteFile(cl.Place(node, path), []byte(text), 0o644))
}

// visitor asks for an address all the time, from the client machine.
func (cl *cluster) visitor(t *testing.T, addr, answered string) *lab.Client {
	t.Helper()
	c, err := cl.Watch(lab.Target{Proto: "udp", Addr: addr, Every: 20 * time.Millisecond, Timeout: deadtime})
	must(t, err)
	t.Cleanup(c.Stop)
	must(t, c.WaitAnswers(within(t, soon), answered, 3, time.Time{}))
	return c
}

// keepLogs shows the end of what the nodes wrote.
func (cl *cluster) keepLogs(t *testing.T) {
	for _, node := range cl.Nodes {
		for _, path := range append(cl.Logs(node), cl.Place(node, callsLog)) {
			if data, err := os.ReadFile(path); err == nil && len(data) > 0 {
				lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
				t.Logf("%s %s:\n%s", node, filepath.Base(path), strings.Join(lines[max(0, len(lines)-60):], "\n"))
			}
		}
	}
}

// until waits for a condition that nothing reports; look says what it sees.
func until(t *testing.T, what string, look func() (string, bool)) {
	t.Helper()
	untilWithin(t, soon, what, look)
}

func untilWithin(t *testing.T, limit time.Duration, what string, look func() (string, bool)) {
	t.Helper()
	ctx := within(t, limit)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		seen, ok := look()
		if ok {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waiting for %s: %v; last seen: %s", what, context.Cause(ctx), seen)
		}
	}
}

// pass lets a time go by in which nothing may happen; bad says what did.
func pass(t *testing.T, d time.Duration, bad func() string) {
	t.Helper()
	end := time.NewTimer(d)
	defer end.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if what := bad(); what != "" {
				t.Error(what)
				return
			}
		case <-end.C:
			return
		}
	}
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

// dropped are the counters of refused packets of a status.
func dropped(s node.Status) map[string]uint64 {
	out := maps.Clone(s.Counters)
	maps.DeleteFunc(out, func(k string, _ uint64) bool { return !strings.HasPrefix(k, "dropped_") })
	return out
}

// group is the first group of a status; empty where a node too busy to tell has none.
func group(s node.Status) node.GroupStatus {
	if len(s.Groups) == 0 {
		return node.GroupStatus{}
	}
	return s.Groups[0]
}
