package cluster

import (
	"slices"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/node"
	"heartbeat/internal/vnet"
)

// states is where a node keeps what must outlive it.
const states = "/var/lib/heartbeat"

func TestFullStateDirectoryDoesNotHinderTheCluster(t *testing.T) {
	t.Parallel()
	cl := newCluster(t, setup{})
	cl.hand(t, two, "disk", states)
	cl.startBoth(t)
	cl.awaitRest(t, one, two)
	cl.hand(t, two, "fill", states)
	// Every round has some events, which find no room in the journal at last.
	for i := 0; !cl.tells(t, two, "written to disk"); i++ {
		if i == 20 {
			t.Fatalf("node2 does not say that its disk is full: %q", cl.status(t, two).Attention)
		}
		cl.mustRun(t, one, program, "hb_standby", "--wait=20")
		cl.awaitOwner(t, addrOne, two)
		cl.mustRun(t, one, program, "hb_takeover", "--wait=20")
		cl.awaitOwner(t, addrOne, one)
	}
	cl.awaitEvent(t, two, 0, "state.unwritable", "no space left")
	must(t, cl.PowerOff(one))
	cl.awaitOwner(t, addrOne, two)
	cl.awaitStatus(t, two, "to serve after the death of node1", func(s node.Status) bool {
		return s.Local == "active" && group(s).State == "running"
	})
	cl.startsAgain(t, two)
}

func TestReadOnlyStateDirectoryDoesNotHinderTheCluster(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{})
	cl.kill(t, two)
	cl.hand(t, two, "readonly", states)
	cl.start(t, two)
	cl.awaitRest(t, one, two)
	e := cl.awaitEvent(t, two, 0, "state.unwritable", "read-only file system")
	if e.Level != "error" {
		t.Errorf("the event is of level %s", e.Level)
	}
	if !cl.tells(t, two, "read-only file system") {
		t.Errorf("status of node2 does not tell: %q", cl.status(t, two).Attention)
	}
	must(t, cl.PowerOff(one))
	cl.awaitOwner(t, addrOne, two)
	cl.startsAgain(t, two)
	if !cl.tells(t, two, "read-only file system") {
		t.Errorf("status of node2 after a restart does not tell: %q", cl.status(t, two).Attention)
	}
}

// startsAgain kills the daemon of a node whose state cannot be written, alone in
// the cluster, and wants it and its service back.
func (cl *cluster) startsAgain(t *testing.T, name string) {
	t.Helper()
	cl.kill(t, name)
	cl.start(t, name)
	cl.awaitStatus(t, name, "to serve again", func(s node.Status) bool { return group(s).State == "running" && s.Stable })
	cl.awaitOwner(t, addrOne, name)
}

// tells says whether the status of a node asks for attention with a text.
func (cl *cluster) tells(t *testing.T, name, text string) bool {
	t.Helper()
	return strings.Contains(strings.Join(cl.status(t, name).Attention, "\n"), text)
}

func TestAddressThatIsNoLongerConfiguredIsRemovedAfterACrash(t *testing.T) {
	t.Parallel()
	const keptLine, oldLine, old = "node1 " + addrOne + "/24/eth0\n", "node1 10.77.1.103/24/eth0\n", "10.77.1.103"
	cl := newCluster(t, setup{groups: keptLine + oldLine})
	cl.start(t, one)
	cl.awaitRest(t, one)
	cl.awaitOwner(t, old, one)
	cl.kill(t, one)
	cl.awaitOwner(t, old, one) // nobody took it away yet
	changes := cl.watch(t, one)
	cl.write(t, one, "/etc/ha.d/haresources", keptLine)
	cl.start(t, one)
	cl.awaitOwner(t, old)
	cl.awaitRest(t, one)
	cl.awaitOwner(t, addrOne, one)
	for _, c := range changes() {
		if !c.Added && c.Prefix.Addr().String() == addrOne {
			t.Errorf("%s was taken away at %v although it is configured still", addrOne, c.At)
		}
	}
}

// watch notes the changes of a machine's addresses from now on; the function
// returned ends that and tells them.
func (cl *cluster) watch(t *testing.T, machine string) func() []vnet.AddrChange {
	t.Helper()
	ctx := t.Context()
	began := time.Now()
	in, err := cl.WatchAddrs(ctx, machine)
	must(t, err)
	ask, got := make(chan struct{}), make(chan []vnet.AddrChange, 1)
	go func() {
		var list []vnet.AddrChange
		for {
			select {
			case c := <-in:
				list = append(list, c)
			case <-ask:
				got <- slices.DeleteFunc(list, func(c vnet.AddrChange) bool { return c.At.Before(began) })
				return
			}
		}
	}()
	return func() []vnet.AddrChange {
		close(ask)
		return <-got
	}
}

func TestCrashedDaemonAdoptsItsServicesWhenItIsBackInTime(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{
		groups: "node1 " + addrOne + "/24/eth0 tally::a\n", scripts: []string{"tally"}, deadtime: "20",
	})
	cl.wantCalls(t, one, 0, "a start")
	visitor := cl.visitor(t, addrOne, one)
	marks := cl.last(t, two)
	changes := cl.watch(t, one)
	crash := time.Now()
	cl.kill(t, one)
	cl.start(t, one)
	cl.awaitRest(t, one, two)
	cl.awaitEvent(t, two, marks, "node.restarted", one)
	must(t, visitor.WaitAnswers(within(t, soon), one, 10, time.Now()))
	cl.wantCalls(t, one, 0, "a start")
	cl.wantCalls(t, two, 0)
	for _, c := range changes() {
		if c.Prefix.Addr().String() == addrOne && !c.Added {
			t.Errorf("the service address was taken away at %v", c.At)
		}
	}
	if gap := visitor.LongestGap(crash).Length(time.Now()); gap >= deadtime || visitor.Switches(crash) > 0 {
		t.Errorf("the visitor heard nothing for %v and %d changes of the server", gap, visitor.Switches(crash))
	}
	if list := cl.events(t, two, marks, "group.acquire"); len(list) > 0 {
		t.Errorf("node2 took over: %+v", list)
	}
	s := cl.status(t, one)
	g := group(s)
	if g.State != "running" || g.Owner != one || s.Resources != "local" {
		t.Errorf("node1 after its restart: resources %s, group %+v", s.Resources, g)
	}
	if !strings.Contains(g.Reason, "ran already when this node started") {
		t.Errorf("the group is said to be here because %q, want the adoption", g.Reason)
	}
}
