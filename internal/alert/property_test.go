package alert

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"heartbeat/internal/event"
)

// A witness plays a core through random hours with channels that fail, and keeps account of every message.
type witness struct {
	*desk
	rng     *rand.Rand
	flying  map[string]Deliver
	arrived map[string][]Message
	wrong   string
}

// TestNothingIsLostSilently holds for every seed: what arrives is in order and comes once; every incident that a channel was told of ends with
// its all-clear or is still open; a message that did not arrive was counted in a list of losses that did; a channel has one delivery
// at a time.
func TestNothingIsLostSilently(t *testing.T) {
	seeds := 50
	if n, err := strconv.Atoi(os.Getenv("HEARTBEAT_SIM_SEEDS")); err == nil {
		seeds = n
	}
	for seed := range seeds {
		w := &witness{desk: newDesk(t, "webhook http://h/", "exec /bin/page level error also node.*", "mail root"), rng: rand.New(rand.NewPCG(uint64(seed), 7)),
			flying: map[string]Deliver{}, arrived: map[string][]Message{}}
		w.play()
		w.settle()
		w.judge()
		if w.wrong != "" {
			t.Fatalf("seed %d: %s", seed, w.wrong)
		}
	}
}

func (w *witness) fail(format string, args ...any) {
	if w.wrong == "" {
		w.wrong = fmt.Sprintf(format, args...)
	}
}

// give steps the core and takes its effects; deliveries end later.
func (w *witness) give(ev Event) {
	for queue := w.core.Step(w.now, ev); len(queue) > 0; queue = queue[1:] {
		switch e := queue[0].(type) {
		case Deliver:
			if _, busy := w.flying[e.Channel.Name]; busy {
				w.fail("%s has two deliveries at a time", e.Channel.Name)
			}
			w.flying[e.Channel.Name] = e
		case Record:
			queue = append(queue, w.core.Step(w.now, w.record(e.Event))...)
		}
	}
	for _, ch := range w.core.channels {
		if len(ch.queue) > maxQueue+1 {
			w.fail("%d messages wait for %s", len(ch.queue), ch.Name)
		}
	}
}

func (w *witness) land(name string, r Result) {
	d, ok := w.flying[name]
	if !ok {
		return
	}
	delete(w.flying, name)
	if r.OK {
		w.arrived[name] = append(w.arrived[name], d.Message)
	}
	w.give(Delivered{name, d.Message.ID, r})
}

func (w *witness) play() {
	pairs := [][2]*event.Kind{{event.NodeDead, event.NodeUp}, {event.LinkDead, event.LinkUp}, {event.GroupFailed, event.GroupAcquired},
		{event.AgentFailed, event.AgentStart}, {event.QuorumLost, event.QuorumGained}, {event.MediaError, event.MediaWorks}}
	notices := []*event.Kind{event.NodeRestarted, event.PacketDropped, event.WatchdogStarves, event.Unprotected}
	names := []string{hook, "exec page", "mail root"}
	up := map[string]bool{}
	burst := w.rng.IntN(8) == 0
	for range 400 {
		subject := fmt.Sprint("n", w.rng.IntN(4))
		switch p := pairs[w.rng.IntN(len(pairs))]; w.rng.IntN(7) {
		case 0, 1:
			if p[0] == event.LinkDead {
				subject += "/eth0"
			}
			cause := ""
			if w.rng.IntN(2) == 0 {
				cause = "node.dead n1"
			}
			w.give(w.record(event.Event{Kind: p[w.rng.IntN(2)], Subject: subject, Cause: cause, Text: "x"}))
		case 2:
			if burst {
				subject = fmt.Sprint("m", w.rng.IntN(5000))
			}
			for range 1 + w.rng.IntN(3) {
				w.give(w.record(event.Event{Kind: notices[w.rng.IntN(len(notices))], Subject: subject, Text: "y"}))
			}
		case 3:
			name := names[w.rng.IntN(len(names))]
			if w.rng.IntN(4) == 0 {
				up[name] = !up[name]
			}
		case 4:
			if w.rng.IntN(20) == 0 { // a restart of the daemon, with its state
				s := w.core.State()
				w.flying = map[string]Deliver{}
				w.core = New(w.core.cfg, &s, w.now.Add(time.Millisecond))
			}
		default:
			w.advance(time.Duration(w.rng.Int64N(int64(3*time.Minute))), up)
		}
		for _, name := range names {
			if w.rng.IntN(3) > 0 {
				w.land(name, w.result(up[name]))
			}
		}
	}
}

func (w *witness) result(down bool) Result {
	if down {
		return Result{Text: "no", Permanent: w.rng.IntN(2) == 0}
	}
	return Result{OK: true}
}

// advance lets time pass; deliveries end at every deadline.
func (w *witness) advance(span time.Duration, down map[string]bool) {
	end := w.now.Add(span)
	for range 10000 {
		next := w.core.NextDeadline()
		if next.IsZero() || next.After(end) {
			w.now = end
			return
		}
		if next.After(w.now) {
			w.now = next
		}
		w.give(Tick{})
		for _, ch := range w.core.channels {
			w.land(ch.Name, w.result(down[ch.Name]))
		}
	}
	w.fail("the deadlines do not move on")
}

// settle ends every trouble, and lets all channels work.
func (w *witness) settle() {
	for range 3 * maxQueue {
		for _, ch := range w.core.channels {
			w.land(ch.Name, Result{OK: true})
		}
	}
	for _, i := range w.core.sorted() {
		for k, by := range w.core.ended {
			if k == i.kind {
				w.give(w.record(event.Event{Kind: by[0], Subject: i.Subject, Text: "well again"}))
			}
		}
	}
	for range 10 {
		w.advance(24*time.Hour, nil)
		for range 3 * maxQueue {
			for _, ch := range w.core.channels {
				w.land(ch.Name, Result{OK: true})
			}
		}
	}
}

func (w *witness) judge() {
	if n := len(w.core.incidents); n > 0 {
		w.fail("%d incidents are left after ten quiet days, the first %+v", n, w.core.sorted()[0])
	}
	for _, ch := range w.core.channels {
		if len(ch.queue) > 0 || ch.missed > 0 {
			w.fail("%s still has %d messages and %d losses to tell", ch.Name, len(ch.queue), ch.missed)
		}
		seen, state, losses := map[string]bool{}, map[string]string{}, 0
		last := time.Time{}
		for _, m := range w.arrived[ch.Name] {
			if seen[m.ID] {
				w.fail("%s: %s arrived twice", ch.Name, m.ID)
			}
			seen[m.ID] = true
			if m.State == Lost {
				losses += m.Dropped
				continue
			}
			if m.At.Before(last) {
				w.fail("%s: %s of %v came after one of %v", ch.Name, m.ID, m.At, last)
			}
			last = m.At
			if m.State == Update && state[m.Incident] == "" && losses == 0 {
				w.fail("%s: an update of %s without its first message", ch.Name, m.Incident)
			}
			state[m.Incident] = m.State
		}
		for incident, s := range state {
			if s == Alarm && losses == 0 {
				w.fail("%s: no all-clear for %s", ch.Name, incident)
			}
		}
		if uint64(losses) != ch.lost && w.restarts() == 0 {
			w.fail("%s lost %d messages and was told of %d", ch.Name, ch.lost, losses)
		}
	}
}

// restarts is how often the core was made anew; counters start again then.
func (w *witness) restarts() int {
	if w.core.born == w.first() {
		return 0
	}
	return 1
}

func (w *witness) first() int64 { return time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC).UnixMilli() }
