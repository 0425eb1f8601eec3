package interop

import (
	"regexp"
	"testing"
	"time"

	"heartbeat/internal/vnet"
)

// A cell is one scenario of the table. It starts with both groups at home.
type cell struct {
	name  string
	run   func(t *testing.T, cl *cluster, goNode, cNode string)
	long  bool // it takes long and is about resources: one cluster of each medium plays it, unless all is wanted
	lossy bool // the links lose packets on purpose: C writes down each message that it has to drop
	split bool // the links are cut on purpose: two owners are what take-over without fencing means
}

// cells are the columns of the table in docs/interop.md, in the order of running.
func cells() []cell {
	return []cell{
		{name: "cold-start-each-takes-its-own", run: coldStart},
		{name: "hb_standby-on-go", run: func(t *testing.T, cl *cluster, g, c string) { standbyOn(t, cl, g) }},
		{name: "hb_standby-on-c", run: func(t *testing.T, cl *cluster, g, c string) { standbyOn(t, cl, c) }},
		{name: "hb_takeover-on-go", long: true, run: func(t *testing.T, cl *cluster, g, c string) { takeoverOn(t, cl, g) }},
		{name: "hb_takeover-on-c", long: true, run: func(t *testing.T, cl *cluster, g, c string) { takeoverOn(t, cl, c) }},
		{name: "one-link-lost-moves-nothing", run: oneLinkLost},
		{name: "lossy-link", long: true, run: lossyLink, lossy: true},
		{name: "go-takes-over-when-c-loses-power", run: func(t *testing.T, cl *cluster, g, c string) { losesPower(t, cl, c) }},
		{name: "failback-to-c", run: func(t *testing.T, cl *cluster, g, c string) { failsBack(t, cl, c) }},
		{name: "c-takes-over-when-go-loses-power", run: func(t *testing.T, cl *cluster, g, c string) { losesPower(t, cl, g) }},
		{name: "failback-to-go", run: func(t *testing.T, cl *cluster, g, c string) { failsBack(t, cl, g) }},
		{name: "go-stops-gracefully", run: func(t *testing.T, cl *cluster, g, c string) { stops(t, cl, g) }},
		{name: "c-stops-gracefully", run: func(t *testing.T, cl *cluster, g, c string) { stops(t, cl, c) }},
		{name: "partition-heals-with-one-owner", long: true, run: partition, split: true},
	}
}

// TestBesideC is the table: every medium with every method of signing, and in each of these clusters every scenario; the
// long ones in one cluster of each medium only, unless fullVariable asks for all.
func TestBesideC(t *testing.T) {
	need(t)
	t.Parallel()
	var jobs []job
	goFirst := false
	for i, medium := range []string{"ucast", "bcast", "mcast"} {
		for j, method := range []string{"crc", "md5", "sha1"} {
			made := map[string]maker{one: c, two: golang}
			if goFirst {
				made = map[string]maker{one: golang, two: c}
			}
			goFirst = !goFirst // which node is first in the files must not matter
			jobs = append(jobs, job{medium + "/" + method, func(t *testing.T) {
				cl := newCluster(t, setup{medium: medium, method: method, made: made})
				for _, x := range cells() {
					if x.long && i != j && !full() {
						continue
					}
					t.Run(x.name, func(t *testing.T) { cl.try(t, x) })
				}
			}})
		}
	}
	together(t, jobs...)
}

// try runs one cell and checks what holds for every one.
func (cl *cluster) try(t *testing.T, x cell) {
	var expected *regexp.Regexp
	switch {
	case x.split:
		expected = ofPartition
	case x.lossy:
		expected = ofLoss
	}
	cl.watch(t, expected, x.split, cl.twice(expected, func(t *testing.T) { x.run(t, cl, cl.nodeOf(golang), cl.nodeOf(c)) }))
	for _, call := range cl.needlessCalls(t, cl.nodeOf(golang)) {
		t.Errorf("Go called a script without need: %s", call)
	}
}

func coldStart(t *testing.T, cl *cluster, _, _ string) {
	cl.awaitHome(t, soon)
}

func standbyOn(t *testing.T, cl *cluster, node string) {
	cl.home(t)
	cl.order(t, node, "hb_standby", "all", allOn(peerOf(node)))
	cl.awaitAllOn(t, soon, peerOf(node), true)
	cl.order(t, peerOf(node), "hb_standby", "foreign", atHome())
	cl.awaitHome(t, soon)
}

func takeoverOn(t *testing.T, cl *cluster, node string) {
	cl.home(t)
	cl.order(t, node, "hb_takeover", "all", allOn(node))
	cl.awaitAllOn(t, soon, node, true)
	cl.order(t, peerOf(node), "hb_takeover", "local", atHome()) // its own come home
	cl.awaitHome(t, soon)
}

func oneLinkLost(t *testing.T, cl *cluster, g, c string) {
	cl.home(t)
	must(t, cl.Cut(g, 1, vnet.Mute))
	cl.awaitLog(t, c, "Link "+g+":eth1 dead.")
	cl.awaitLog(t, g, "Link "+c+":eth1 dead.")
	cl.awaitHome(t, soon)
	must(t, cl.Heal(g, 1))
	cl.awaitLog(t, c, "Link "+g+":eth1 up.")
	cl.awaitLog(t, g, "Link "+c+":eth1 up.")
	cl.awaitHome(t, soon)
	cl.neverLogged(t, "is dead")
}

func lossyLink(t *testing.T, cl *cluster, g, c string) {
	cl.home(t)
	mend := cl.lose(t, g)
	cl.order(t, c, "hb_standby", "all", allOn(g))
	cl.awaitAllOn(t, soon, g, true)
	cl.order(t, c, "hb_takeover", "all", allOn(c))
	cl.awaitAllOn(t, soon, c, true)
	cl.order(t, c, "hb_standby", "foreign", atHome())
	cl.awaitHome(t, soon)
	mend()
	cl.awaitHome(t, soon)
	cl.neverLogged(t, ": is dead")
}

func losesPower(t *testing.T, cl *cluster, node string) {
	cl.home(t)
	must(t, cl.PowerOff(node))
	cl.awaitAllOn(t, soon, peerOf(node), false)
}

func failsBack(t *testing.T, cl *cluster, node string) {
	if !cl.off(t, node) {
		losesPower(t, cl, node)
	}
	cl.powerOn(t, node)
	cl.awaitHome(t, soon)
}

func stops(t *testing.T, cl *cluster, node string) {
	cl.home(t)
	cl.stop(t, node)
	cl.awaitAllOn(t, soon, peerOf(node), false)
	cl.awaitLog(t, peerOf(node), "Received shutdown notice from '"+node+"'.")
	// A death that was announced is no reason to fence.
	cl.awaitLog(t, peerOf(node), "Dead node "+node+" gave up resources.")
	cl.start(t, node)
	cl.awaitHome(t, soon)
}

func partition(t *testing.T, cl *cluster, g, c string) {
	cl.home(t)
	must(t, cl.Cut(g, vnet.AllLinks, vnet.Mute))
	for _, addr := range []string{addrOne, addrTwo} {
		must(t, cl.WaitOwners(within(t, soon), addr, one, two))
	}
	healed := time.Now()
	must(t, cl.Heal(g, vnet.AllLinks))
	cl.awaitLog(t, c, "returning after partition")
	cl.awaitLog(t, c, "Performing heartbeat restart exec.")
	cl.awaitHome(t, eventual)
	t.Logf("at home %v after the repair; the longest silence was %v and %v", time.Since(healed).Round(time.Millisecond),
		cl.silence(addrOne, healed), cl.silence(addrTwo, healed))
}
