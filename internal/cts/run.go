package cts

import (
	"context"
	"math/rand/v2"
	"os"
	"runtime"
	"time"

	"heartbeat/internal/cts/drive"
	"heartbeat/internal/cts/scenario"
)

// Options say what is played.
type Options struct {
	Scenarios []*scenario.Scenario
	Pairings  []scenario.Pairing // empty: GG
	Rounds    int                // 0: one
	Seed      uint64             // of the order
	KeepGoing bool               // go on after a failure
	InOrder   bool               // in the order of the catalogue
	Fresh     bool               // a new cluster for every scenario
	Timers    scenario.Timers    // zero: DefaultTimers
	Slack     time.Duration      // added to every bound, for a machine that does other things
	CGrant    time.Duration      // what a C node is granted; zero: defaultCGrant
}

// defaultCGrant is what C adds on an idle or busy machine (resources spec, 10): its deadlines lie on a grid of a quarter of a second, and
// its shell scripts take 0.2 to 0.5 s for a group.
const defaultCGrant = 1500 * time.Millisecond

// A Report is a whole run.
type Report struct {
	Version  string             `json:"version"`
	Driver   string             `json:"driver"`
	Host     string             `json:"host"`
	Kernel   string             `json:"kernel"`
	CPUs     int                `json:"cpus"`
	Seed     uint64             `json:"seed"`
	Rounds   int                `json:"rounds"`
	Pairings []scenario.Pairing `json:"pairings"`
	Timers   map[string]string  `json:"timers"`
	Slack    time.Duration      `json:"slack_ns"`
	Began    time.Time          `json:"began"`
	Took     time.Duration      `json:"took_ns"`
	Results  []Result           `json:"results"`
	Left     []string           `json:"leftovers,omitempty"` // what the machines kept after the end
	Stopped  bool               `json:"interrupted,omitempty"`
}

// OK says that nothing failed, nothing broke, something passed and nothing was left behind.
func (r *Report) OK() bool {
	n := r.Count()
	return !r.Stopped && n[Passed] > 0 && n[Failed] == 0 && n[Broken] == 0 && len(r.Left) == 0
}

// Count counts the outcomes.
func (r *Report) Count() map[string]int {
	n := map[string]int{}
	for _, one := range r.Results {
		n[one.Outcome]++
	}
	return n
}

// A Listener is told as a run goes on.
type Listener interface {
	Begins(s *scenario.Scenario, p scenario.Pairing, round, done, all int)
	Ends(r Result)
}

// a turn is one scenario in one pairing.
type turn struct {
	s *scenario.Scenario
	p scenario.Pairing
}

// order lays out a round. The pairings come one after the other, so that a cluster can go on from scenario to scenario; what is random
// is the order of the scenarios within.
func order(o Options, random *rand.Rand) []turn {
	var out []turn
	for _, p := range o.Pairings {
		part := make([]turn, 0, len(o.Scenarios))
		for _, s := range o.Scenarios {
			part = append(part, turn{s, p})
		}
		if !o.InOrder {
			random.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
		}
		out = append(out, part...)
	}
	return out
}

// Run plays. The machines are given back in the end, also when ctx ends it early.
func Run(ctx context.Context, d drive.Driver, o Options, l Listener) (*Report, error) {
	o = o.withDefaults()
	rep := &Report{
		Driver: d.Name(), Seed: o.Seed, Rounds: o.Rounds, Pairings: o.Pairings, Slack: o.Slack, Began: time.Now(), CPUs: runtime.NumCPU(), Kernel: kernel(),
		Timers: map[string]string{"keepalive": ms(o.Timers.K), "deadtime": ms(o.Timers.D), "warntime": ms(o.Timers.W), "initdead": ms(o.Timers.I)},
	}
	rep.Host, _ = os.Hostname() // only for the report
	p := &player{daemons: daemons{Driver: d, frozen: &frozen{list: map[string]bool{}}}, run: o.Timers, slack: o.Slack, cGrant: o.CGrant, stalls: watchStalls()}
	err := playAll(ctx, p, o, rep, l)
	p.close()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	rep.Left = d.Leftovers()
	rep.Took, rep.Stopped = time.Since(rep.Began), ctx.Err() != nil
	if rep.Stopped {
		err = nil // the report says so
	}
	return rep, err
}

func (o Options) withDefaults() Options {
	d := DefaultTimers()
	o.Timers = timersOf(&scenario.Scenario{Timers: o.Timers}, d)
	o.Rounds = max(1, o.Rounds)
	if len(o.Pairings) == 0 {
		o.Pairings = []scenario.Pairing{scenario.GG}
	}
	if o.CGrant == 0 {
		o.CGrant = defaultCGrant
	}
	return o
}

func playAll(ctx context.Context, p *player, o Options, rep *Report, l Listener) error {
	random := newRandom(o.Seed)
	all := o.Rounds * len(o.Scenarios) * len(o.Pairings)
	for round := 1; round <= o.Rounds; round++ {
		for _, t := range order(o, random) {
			l.Begins(t.s, t.p, round, len(rep.Results), all)
			if o.Fresh {
				p.ready = nil
			}
			r, err := p.play(ctx, t.s, t.p, round)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err != nil {
				return err
			}
			rep.Results = append(rep.Results, r)
			l.Ends(r)
			if !o.KeepGoing && (r.Outcome == Failed || r.Outcome == Broken) {
				return nil
			}
		}
	}
	return nil
}

// kernel is the release of this machine's kernel, for the report.
func kernel() string {
	data, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "unknown"
	}
	return string(data[:max(0, len(data)-1)])
}

// newRandom is where the order comes from.
func newRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x637473)) }
