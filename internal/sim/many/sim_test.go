package many

import (
	"os"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"
)

// classic and tight are the timers of the runs: what C's documents suggest, and what is usual today.
func classic() Plan {
	return Plan{Nodes: 256, Links: 1, Keepalive: 2 * time.Second, Deadtime: 30 * time.Second, Loss: 0.01,
		DelayMin: 50 * time.Microsecond, DelayMax: 5 * time.Millisecond, Every: 3 * time.Minute}
}

func tight() Plan {
	p := classic()
	p.Keepalive, p.Deadtime = time.Second, 10*time.Second
	return p
}

// play runs a plan and tells what came out.
func play(t *testing.T, p Plan) Result {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	began := time.Now()
	r := Run(p)
	took := time.Since(began).Seconds()
	t.Logf("%d nodes, %d links, %v/%v, loss %.0f %%: %.2f simulated hours in %.1f s (%.2f h a second), %d datagrams sent (%.2f a second each node), %d arrived, %d lost, %d bytes each; "+
		"%d cuts, %d leaves, %d returns, %d verdicts, %d agreements, slowest %v; %v",
		p.Nodes, p.Links, p.Keepalive, p.Deadtime, 100*p.Loss, r.Virtual.Hours(), took, r.Virtual.Hours()/took, r.Sent, float64(r.Sent)/r.Virtual.Seconds()/float64(p.Nodes),
		r.Arrived, r.Missed, r.Bytes/max(r.Sent, 1), r.Cuts, r.Leaves, r.Returns, r.Verdicts, r.Agreed, r.Slowest, r.Kinds)
	if r.Violation != "" {
		t.Errorf("seed %d: %s", p.Seed, r.Violation)
	}
	if r.Agreed == 0 {
		t.Error("no agreement was looked for: the simulation tests nothing")
	}
	return r
}

func TestManyNodesAgreeAndNobodyIsDeclaredDeadWhileItLives(t *testing.T) {
	t.Run("192 nodes start", func(t *testing.T) {
		p := classic()
		p.Nodes = 192
		p.Length, p.Every = 45*time.Second, 0
		play(t, p)
	})
	t.Run("48 nodes come and go", func(t *testing.T) {
		p := tight()
		p.Nodes, p.Every, p.Length = 48, 20*time.Second, 6*time.Minute
		play(t, p)
	})
	t.Run("two bad links", func(t *testing.T) {
		p := tight()
		p.Nodes, p.Links, p.Loss, p.Every, p.Length = 16, 2, 0.1, 20*time.Second, 20*time.Minute
		play(t, p)
	})
}

// TestHours is the long run: make sim-many HOURS=10. HEARTBEAT_SIM_NODES, HEARTBEAT_SIM_LINKS and HEARTBEAT_SIM_TIMERS=tight change it.
func TestHours(t *testing.T) {
	hours, err := strconv.ParseFloat(os.Getenv("HEARTBEAT_SIM_HOURS"), 64)
	if err != nil || hours <= 0 {
		t.Skip("HEARTBEAT_SIM_HOURS is not set: the long run is for make sim-many")
	}
	p := classic()
	if os.Getenv("HEARTBEAT_SIM_TIMERS") == "tight" {
		p = tight()
	}
	for name, to := range map[string]*int{"HEARTBEAT_SIM_NODES": &p.Nodes, "HEARTBEAT_SIM_LINKS": &p.Links} {
		if s := os.Getenv(name); s != "" {
			if *to, err = strconv.Atoi(s); err != nil || *to < 1 || *to > 256 {
				t.Fatalf("%s=%q is not a number from 1 to 256", name, s)
			}
		}
	}
	p.Seed, _ = strconv.ParseUint(os.Getenv("HEARTBEAT_SIM_FIRST"), 10, 64)
	p.Length = time.Duration(hours * float64(time.Hour))
	began := time.Now()
	p.Progress = func(r Result) {
		t.Logf("%5.1f of %.1f h after %.0f s (%.1f h an hour): %d arrived, %d lost, %d cuts, %d leaves, %d returns, %d verdicts, %d agreements, slowest %v",
			r.Virtual.Hours(), hours, time.Since(began).Seconds(), r.Virtual.Hours()/time.Since(began).Hours(), r.Arrived, r.Missed, r.Cuts, r.Leaves, r.Returns, r.Verdicts, r.Agreed, r.Slowest)
	}
	play(t, p)
}

// A simulation that cannot fail proves nothing: each deliberate bug must be seen, by the promise it breaks.
func TestTheChecksSeeDeliberateBugs(t *testing.T) {
	for name, bug := range map[string]struct {
		sabotage sabotage
		says     string
	}{
		"a node that lives falls silent for one other": {mutes, "which has been running for"},
		"a death is not noticed":                       {hears, "lives: true"},
		"a node is granted half of its deadtime":       {hasty, "of silence; deadtime is"},
		"a node that came back is not heard":           {deafens, "lives: false"},
	} {
		t.Run(name, func(t *testing.T) {
			p := tight()
			p.Nodes, p.Every, p.Length, p.sabotage = 12, 10*time.Second, time.Hour, bug.sabotage
			for p.Seed = range 10 {
				if r := Run(p); strings.Contains(r.Violation, bug.says) {
					return
				} else if r.Violation != "" {
					t.Logf("seed %d: %s", p.Seed, r.Violation)
				}
			}
			t.Error("nobody noticed")
		})
	}
}

func TestARunIsAFunctionOfItsSeed(t *testing.T) {
	p := tight()
	p.Nodes, p.Every, p.Length = 10, 10*time.Second, 20*time.Minute
	for p.Seed = range 3 {
		if a, b := Run(p), Run(p); !reflect.DeepEqual(a, b) {
			t.Errorf("seed %d: %+v and %+v", p.Seed, a, b)
		}
	}
}
