package sim

import (
	"fmt"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// seeds is how many stories TestSeeds tells; make sim SEEDS=n sets it.
func seeds(t *testing.T) uint64 {
	s := os.Getenv("HEARTBEAT_SIM_SEEDS")
	if s == "" {
		if testing.Short() {
			return 100
		}
		return 1000
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n == 0 {
		t.Fatalf("HEARTBEAT_SIM_SEEDS=%q is not a number of seeds", s)
	}
	return n
}

// TestSeeds plays many random stories; HEARTBEAT_SIM_FIRST=n begins at another seed.
func TestSeeds(t *testing.T) { tell(t, "TestSeeds", 1, Random) }

// TestSeedsInACrowd plays some of three to five machines, which cost several times as much.
func TestSeedsInACrowd(t *testing.T) { tell(t, "TestSeedsInACrowd", 20, Crowd) }

// TestSeedsWithOrders plays some in which groups are moved and held and nodes are drained.
func TestSeedsWithOrders(t *testing.T) { tell(t, "TestSeedsWithOrders", 10, Orders) }

// TestSeedsWithAWitness plays stories under the policy arbiter.
func TestSeedsWithAWitness(t *testing.T) { tell(t, "TestSeedsWithAWitness", 5, RandomArbiter) }

// TestSeedsWithADeafMachine plays some that end with a one-way cut that nobody mends.
func TestSeedsWithADeafMachine(t *testing.T) { tell(t, "TestSeedsWithADeafMachine", 5, DeafForGood) }

// A machine that is heard and hears nothing does not keep its groups down.
func TestTheHearingMachineRunsWhatTheDeafOneHadToStop(t *testing.T) {
	went := 0
	for seed := range uint64(60) {
		r := Run(DeafForGood(seed))
		if r.Violation != "" {
			t.Fatalf("seed %d: %s\n%s", seed, r.Violation, strings.Join(Replay(DeafForGood(seed)).Trace, "\n"))
		}
		went += r.Deaf
	}
	if went < 6 {
		t.Errorf("only %d times somebody went on for a deaf machine: the stories show nothing", went)
	}
}

// TestStoriesThatBroke plays stories in which something once went wrong that few seeds meet.
func TestStoriesThatBroke(t *testing.T) {
	for _, story := range []struct {
		what string
		plan Plan
	}{
		// node1 stops its group because it may not run it, asks node2 to take it, may run it again, and starts it while node2 does.
		{"asked to take what the other one starts again", RandomArbiter(107701)},
		// node2 requires encryption. The new life of node1 hears nobody, so it does not encrypt, and node2 sees it without believing it.
		{"a new life that may not be believed", RandomDisk(107640)},
		// The same before node2 has ever believed anything of node1, and the first word is none that tells what node1 can do.
		{"a life that was never believed", RandomArbiter(301672)},
		// node2 becomes deaf; the last message of its hearing days comes after the status that says so.
		{"a late message", DeafForGood(300519)},
		{"a late message after a power cut", DeafForGood(300853)},
		// The word with which node3 ends a hand-over is lost for good; everything has come to node1 all the same.
		{"the last word of a hand-over", Orders(301122)},
		// node1 renews itself a moment after its start, before node2, which requires encryption, could believe what it says.
		{"patience asked for in vain", Crashes(105208)},
	} {
		if r := Run(story.plan); r.Violation != "" {
			t.Errorf("%s: seed %d: %s", story.what, story.plan.Seed, r.Violation)
		}
	}
}

// TestSeedsWithASharedDisk plays stories under the policy arbiter with a disk lock.
func TestSeedsWithASharedDisk(t *testing.T) { tell(t, "TestSeedsWithASharedDisk", 5, RandomDisk) }

// TestSeedsWithCrashes plays some in which daemons die and are started again while their resources run on.
func TestSeedsWithCrashes(t *testing.T) { tell(t, "TestSeedsWithCrashes", 5, Crashes) }

// TestSeedsWithFailingResources plays some in which resources fail while they run.
func TestSeedsWithFailingResources(t *testing.T) {
	tell(t, "TestSeedsWithFailingResources", 20, Ailing)
}

func tell(t *testing.T, name string, part uint64, draw func(seed uint64) Plan) {
	n := max(seeds(t)/part, 1)
	defer debug.SetGCPercent(debug.SetGCPercent(1000)) // a world is small and short-lived
	first, _ := strconv.ParseUint(os.Getenv("HEARTBEAT_SIM_FIRST"), 10, 64)
	var next, done, failovers, steps, bad, fenced, matches atomic.Uint64
	var virtual atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= n || bad.Load() >= 5 {
					return
				}
				r := Run(draw(first + i))
				failovers.Add(uint64(r.Failovers))
				fenced.Add(uint64(r.Fenced))
				matches.Add(uint64(r.Matches))
				steps.Add(uint64(r.Steps))
				virtual.Add(int64(r.Virtual))
				if r.Violation != "" {
					bad.Add(1)
					report(t, name, draw(first+i))
				}
				if d := done.Add(1); d%5000 == 0 {
					t.Logf("%d of %d seeds", d, n)
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	t.Logf("%d seeds from %d: %d violations, %d failovers (%.0f a second), %d steps, %.1f virtual hours in %.1f s",
		done.Load(), first, bad.Load(), failovers.Load(), float64(failovers.Load())/took.Seconds(),
		steps.Load(), time.Duration(virtual.Load()).Hours(), took.Seconds())
	if fenced.Load() > 0 {
		t.Logf("%d machines were fenced; %d pairs hit each other at once", fenced.Load(), matches.Load())
	}
	if failovers.Load() == 0 {
		t.Error("no failover happened in any story: the simulation tests nothing")
	}
}

// report tells the story of a seed that broke a promise.
func report(t *testing.T, name string, p Plan) {
	r := Replay(p)
	trace := r.Trace
	if len(trace) > 150 {
		trace = trace[len(trace)-150:]
	}
	t.Errorf("seed %d: %s\nreplay: HEARTBEAT_SIM_FIRST=%d HEARTBEAT_SIM_SEEDS=1 go test -run '%s$' ./internal/sim\n%s", p.Seed, r.Violation, p.Seed, name, strings.Join(trace, "\n"))
}

// A simulation that cannot fail proves nothing: each deliberate bug must be seen, by the promise it breaks.
func TestTheInvariantsSeeDeliberateBugs(t *testing.T) {
	sees := func(name string, draw func(uint64) Plan, bug sabotage, says string) {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(500) {
				p := draw(seed)
				p.sabotage = bug
				if r := Run(p); strings.Contains(r.Violation, says) {
					return
				}
			}
			t.Errorf("500 stories with this bug, and nobody noticed")
		})
	}
	sees("a node lies about a stop", Random, liesAboutStop, "which node2 holds")
	sees("a verdict comes too early", Random, hasty, "of silence; deadtime is")
	sees("a message is handed up twice", Random, repeats, "after message")
	sees("a node is blind to its failed resources", Ailing, ignores, "has 0 owners")
	sees("a group is started in name only", Random, loses, "has 0 owners")
	sees("a node hides that its cable is out", Random, boasts, "has been better for")
	sees("a node lures groups to a cable that is out", Random, boasts, "which has had no carrier")
	sees("a node complains without reason", Random, cries, "for want of a carrier")
	sees("a paused node goes on serving", Random, oversleeps, "which was silent for")
	sees("a node forgets that it is drained", Orders, disobeys, "although it is drained")
	sees("a node starts what is held", Orders, disobeys, "which is held")
	sees("a witness that forgot grants at once", RandomArbiter, forgets, "owned by both")
	sees("nobody waits for the other to stop", RandomArbiter, dawdles, "owned by both")
	sees("a disk is read through a cache", RandomDisk, caches, "owned by both")
	sees("two owners pass in silence", Random, mumbles, "no event says so")
	sees("a device reports what it did not do", lied, none, "although deaths are proven")
	sees("a daemon does not look what runs already", Crashes, overlooks, "holds")
	sees("a renewal loses patience", Crashes, haunts, "that it renews itself")
	sees("one of several lies about a stop", Crowd, liesAboutStop, "which node2 holds")
	sees("one of several gets a verdict too early", Crowd, hasty, "of silence; deadtime is")
	sees("one of several starts a group in name only", Crowd, loses, "has 0 owners")
	sees("one of several goes on serving after a pause", Crowd, oversleeps, "which was silent for")
}

func TestARunIsAFunctionOfItsSeed(t *testing.T) {
	for seed := range uint64(20) {
		a, b := Replay(Random(seed)), Replay(Random(seed))
		if !reflect.DeepEqual(a, b) {
			for i := range a.Trace {
				if i >= len(b.Trace) || a.Trace[i] != b.Trace[i] {
					t.Fatalf("seed %d differs from itself at line %d:\n%s\n%s", seed, i, a.Trace[i], b.Trace[min(i, len(b.Trace)-1)])
				}
			}
			t.Fatalf("seed %d: two runs differ: %+v / %+v", seed, summary(a), summary(b))
		}
	}
}

func summary(r Result) string {
	return fmt.Sprintf("steps %d, failovers %d, virtual %v, violation %q, %d trace lines", r.Steps, r.Failovers, r.Virtual, r.Violation, len(r.Trace))
}

// BenchmarkStory shows what one story costs, and how many failovers a second that makes.
func BenchmarkStory(b *testing.B) {
	seed, failovers := uint64(0), 0
	for b.Loop() {
		failovers += Run(Random(seed)).Failovers
		seed++
	}
	b.ReportMetric(float64(failovers)/b.Elapsed().Seconds(), "failovers/s")
}
