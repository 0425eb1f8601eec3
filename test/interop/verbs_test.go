package interop

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/vnet"
)

// tool runs a classic tool on a node: that of the node's own make.
func (cl *cluster) tool(t *testing.T, node, name string, args ...string) {
	t.Helper()
	if out, code := cl.runTool(t, node, name, args...); code != 0 {
		t.Fatalf("%s %v on %s: exit %d: %s", name, args, node, code, out)
	}
}

func (cl *cluster) runTool(t *testing.T, node, name string, args ...string) (string, int) {
	t.Helper()
	argv := []string{"/usr/share/heartbeat/" + name}
	if cl.made[node] == golang {
		argv = []string{"heartbeat", name}
	}
	out, code, err := cl.Output(within(t, soon), node, append(argv, args...)...)
	must(t, err)
	return out, code
}

// lostInFIFO is what C logs when it lost the text of a script. Its FIFO reader takes
// a text for empty whose first line it reads before the rest, and its own hb_standby
// writes line by line, so that now and then a command is lost.
const lostInFIFO = "msg2string: Message with zero fields"

// order runs a tool like tool, until the addresses are where the command brings
// them. What C lost is ordered again, as an operator would.
func (cl *cluster) order(t *testing.T, node, name, set string, want owners) {
	t.Helper()
	seen := map[string]int{}
	count := func() (lost bool) {
		for _, n := range cl.Nodes {
			now := strings.Count(cl.logSince(n), lostInFIFO)
			lost, seen[n] = lost || now > seen[n], now
		}
		return lost
	}
	count()
	cl.tool(t, node, name, set)
	again := false
	until(t, eventual, fmt.Sprintf("%s %s on %s", name, set, node), func() (string, bool) {
		if count() || again {
			t.Logf("C lost the text of its own script; %s %s on %s once more", name, set, node)
			_, code := cl.runTool(t, node, name, set)
			again = code != 0 // refused while the lost one is still waited for
		}
		got := owners{}
		for addr := range want {
			who, err := cl.Owners(addr)
			must(t, err)
			got[addr] = strings.Join(who, " and ")
		}
		return fmt.Sprint(got), maps.Equal(got, want)
	})
}

// home brings the cluster to where every scenario starts: all machines and links
// on, both daemons at rest, each with its own group.
func (cl *cluster) home(t *testing.T) {
	t.Helper()
	for _, node := range cl.Nodes {
		must(t, cl.Heal(node, vnet.AllLinks))
		switch {
		case cl.off(t, node):
			cl.powerOn(t, node)
		case !cl.runs(t, node):
			cl.start(t, node)
		}
	}
	holder := ""
	until(t, eventual, "both nodes at rest", func() (string, bool) {
		a, b := cl.rscStatus(one), cl.rscStatus(two)
		switch {
		case a == "all" && b == "none":
			holder = one
		case a == "none" && b == "all":
			holder = two
		default:
			holder = ""
		}
		return fmt.Sprint(a, " ", b), holder != "" || a == "local" && b == "local"
	})
	if holder != "" {
		cl.order(t, holder, "hb_standby", "foreign", atHome())
	}
	cl.awaitHome(t, soon)
}

// off says whether a machine is switched off.
func (cl *cluster) off(t *testing.T, node string) bool {
	t.Helper()
	states, err := cl.States()
	must(t, err)
	for _, s := range states {
		if s.Machine == node {
			return s.Power == "off"
		}
	}
	t.Fatalf("there is no machine %s", node)
	return false
}

// runs says whether the daemon of a node runs.
func (cl *cluster) runs(t *testing.T, node string) bool {
	t.Helper()
	if cl.made[node] == golang {
		return cl.DaemonRuns(node)
	}
	_, code, err := cl.Output(within(t, soon), node, cDaemon, "-s")
	must(t, err)
	return code == 0
}

// Loss of a bad link: every slice of time each link of a node loses everything, in
// one or both directions, with this probability, independent of the other.
const (
	lossSlice = 40 * time.Millisecond
	lossShare = 0.3
)

// lose makes both links of a node bad until the returned function is called or the
// test ends. The order of good and bad is the same in every run.
func (cl *cluster) lose(t *testing.T, node string) (mend func()) {
	t.Helper()
	random := rand.New(rand.NewPCG(77, 1))
	stop, stopped := make(chan struct{}), make(chan error, 1)
	go func() {
		tick := time.NewTicker(lossSlice)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-stop:
				stopped <- cl.Heal(node, vnet.AllLinks)
				return
			}
			for link := range 2 {
				how := vnet.Whole
				if random.Float64() < lossShare {
					how = []vnet.Cut{vnet.Mute, vnet.Deaf, vnet.Dumb}[random.IntN(3)]
				}
				if err := cl.Cut(node, link, how); err != nil {
					stopped <- err
					return
				}
			}
		}
	}()
	done := false
	mend = func() {
		if done {
			return
		}
		done = true
		close(stop)
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(mend)
	return mend
}

// neverLogged fails the test if a node has logged a text since the last mark.
func (cl *cluster) neverLogged(t *testing.T, text string) {
	t.Helper()
	for _, node := range cl.Nodes {
		for line := range strings.Lines(cl.logSince(node)) {
			if strings.Contains(line, text) && !strings.Contains(line, "Link ") {
				t.Errorf("%s logged: %s", node, line)
			}
		}
	}
}
