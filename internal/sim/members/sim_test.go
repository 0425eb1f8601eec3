package members

import (
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// seeds is how many stories are told; make sim SEEDS=n sets it.
func seeds(t *testing.T) (first, n uint64) {
	first, _ = strconv.ParseUint(os.Getenv("HEARTBEAT_SIM_FIRST"), 10, 64)
	s := os.Getenv("HEARTBEAT_SIM_SEEDS")
	if s == "" {
		if testing.Short() {
			return first, 100
		}
		return first, 600
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n == 0 {
		t.Fatalf("HEARTBEAT_SIM_SEEDS=%q is not a number of seeds", s)
	}
	return first, n
}

// TestSeeds plays stories of clusters of our kind.
func TestSeeds(t *testing.T) { tell(t, "TestSeeds", 1, Random) }

// TestSeedsBesideC plays stories in which cores that behave like C's take part, a tenth as many: they take long, because C waits long.
func TestSeedsBesideC(t *testing.T) { tell(t, "TestSeedsBesideC", 10, Mixed) }

func tell(t *testing.T, name string, share uint64, draw func(uint64) Plan) {
	first, n := seeds(t)
	n = (n + share - 1) / share
	var next, done, bad, steps, formed atomic.Uint64
	var virtual, slowest atomic.Int64
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
				steps.Add(uint64(r.Steps))
				formed.Add(uint64(r.Memberships))
				virtual.Add(int64(r.Virtual))
				if r.Slowest > time.Duration(slowest.Load()) {
					slowest.Store(int64(r.Slowest))
				}
				if r.Violation != "" {
					bad.Add(1)
					report(t, name, draw, first+i)
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	t.Logf("%d seeds from %d (%.0f a second): %d violations, %d memberships, %d steps, %.0f virtual hours, slowest agreement %v",
		done.Load(), first, float64(done.Load())/took.Seconds(), bad.Load(), formed.Load(), steps.Load(),
		time.Duration(virtual.Load()).Hours(), time.Duration(slowest.Load()))
	if formed.Load() < done.Load() {
		t.Error("hardly any membership was formed: the simulation tests nothing")
	}
}

func report(t *testing.T, name string, draw func(uint64) Plan, seed uint64) {
	p := draw(seed)
	r := Replay(p)
	trace := r.Trace
	if len(trace) > 200 {
		trace = trace[len(trace)-200:]
	}
	t.Errorf("seed %d: %d nodes, C %v, keepalive %v, deadtime %v: %s\nreplay: HEARTBEAT_SIM_FIRST=%d HEARTBEAT_SIM_SEEDS=1 go test -run '%s$' ./internal/sim/members\n%s",
		seed, p.Nodes, p.C, p.Keepalive, p.Deadtime, r.Violation, seed, name, strings.Join(trace, "\n"))
}

// A simulation that cannot fail proves nothing: each deliberate bug must be seen, by the promise it breaks.
func TestTheInvariantsSeeDeliberateBugs(t *testing.T) {
	for name, bug := range map[string]struct {
		sabotage sabotage
		says     string
	}{
		"a node reads another list":         {garblesList, "others under the same cookie have"},
		"every verdict is yes":              {alwaysYes, "two memberships with quorum"},
		"the lists of leaders get lost":     {swallows, "no agreement"},
		"instances begin again in one life": {forgets, "goes back from instance"},
		"a core is not told of deaths":      {deaf, "no agreement"},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(300) {
				p := Random(seed)
				p.sabotage = bug.sabotage
				if r := Run(p); strings.Contains(r.Violation, bug.says) {
					return
				}
			}
			t.Errorf("300 stories with this bug, and nobody noticed")
		})
	}
}

func TestAStoryIsAFunctionOfItsSeed(t *testing.T) {
	for seed := range uint64(20) {
		if a, b := Replay(Random(seed)), Replay(Random(seed)); !reflect.DeepEqual(a, b) {
			t.Fatalf("seed %d: two plays differ", seed)
		}
	}
}
