package sim

import (
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"heartbeat/internal/arbiter"
	"heartbeat/internal/arbiter/disk"
)

// What happens to a shared disk.
const (
	DiskSlow  FaultKind = "disk-slow"  // for everybody, for Length
	DiskHangs FaultKind = "disk-hangs" // for Machine, for Length: what is under way ends afterwards
	DiskLost  FaultKind = "disk-lost"  // for Machine, for Length: every I/O fails; what was written may arrive all the same, later
)

// platter is the disk of stories with a disk lock.
type platter struct {
	area  []byte
	rng   *rand.Rand
	slow  time.Time   // until then
	hangs []time.Time // by machine
	lost  []time.Time

	cache  []byte // of a sabotage
	cached int
}

// RandomDisk draws a story of RandomArbiter in which a shared disk takes the place of the witness.
func RandomDisk(seed uint64) Plan {
	p := Random(seed)
	r := rand.New(rand.NewPCG(seed, 0xd15c))
	p.Arbiter, p.Disk = true, true
	p.StopBudget = p.Deadtime/4 + time.Duration(r.Int64N(int64(p.Deadtime)))
	span := func(most time.Duration) time.Duration { return time.Duration(r.Int64N(int64(most))) + time.Millisecond }
	add := func(at time.Duration, f Fault) {
		f.At = at
		p.Faults = append(p.Faults, f)
		p.Length = max(p.Length, at+f.Length+p.Deadtime)
	}
	for range 3 + r.IntN(6) {
		at, m := 2*p.Deadtime+span(p.Length), r.IntN(2)
		switch r.IntN(9) {
		case 0:
			add(at, Fault{Kind: DiskSlow, Length: span(4 * p.Deadtime)})
		case 1, 2:
			add(at, Fault{Kind: DiskHangs, Machine: m, Length: span(10 * p.Deadtime)})
		case 3:
			add(at, Fault{Kind: DiskLost, Machine: m, Length: span(10 * p.Deadtime)})
		case 4:
			add(at, Fault{Kind: SlowStops, Machine: m, Length: span(6 * p.Deadtime)})
		case 5: // everything about one machine at once
			add(at, Fault{Kind: CutAll, Machine: m})
			add(at+span(p.Deadtime), Fault{Kind: []FaultKind{DiskLost, DiskHangs}[r.IntN(2)], Machine: r.IntN(2), Length: span(10 * p.Deadtime)})
			add(at+span(10*p.Deadtime), Fault{Kind: Heal, Machine: m})
		case 6:
			add(at, Fault{Kind: CutPairOneWay, Machine: m, Other: 1 - m})
			add(at+span(6*p.Deadtime), Fault{Kind: Heal, Machine: m})
		case 7: // its daemon dies during a cut
			add(at, Fault{Kind: CutAll, Machine: m})
			for range 1 + r.IntN(3) {
				add(at+span(4*p.Deadtime), Fault{Kind: Crash, Machine: r.IntN(2), Length: span(p.Keepalive / 4)})
			}
			add(at+span(10*p.Deadtime), Fault{Kind: Heal, Machine: m})
		case 8: // power comes and goes in the middle of a write
			add(at, Fault{Kind: CutAll, Machine: m})
			off := at + p.Deadtime/4 + span(p.Deadtime)
			add(off, Fault{Kind: PowerOff, Machine: r.IntN(2)})
			add(off+span(2*p.Deadtime), Fault{Kind: PowerOn, Machine: m})
			add(off+span(2*p.Deadtime), Fault{Kind: PowerOn, Machine: 1 - m})
			add(at+span(10*p.Deadtime), Fault{Kind: Heal, Machine: m})
		}
	}
	slices.SortStableFunc(p.Faults, func(a, b Fault) int { return int(a.At - b.At) })
	return p
}

func newPlatter(w *world) *platter {
	if !w.plan.Disk {
		return nil
	}
	n := w.plan.machines()
	pl := &platter{area: make([]byte, disk.Size), rng: rand.New(rand.NewPCG(w.plan.Seed, 0x9147)), hangs: make([]time.Time, n), lost: make([]time.Time, n)}
	head, err := disk.Header{ID: [16]byte{1}, Nodes: [2]string{nameOf(0), nameOf(1)}, Made: w.clock.Now}.Encode()
	if err != nil {
		panic(err)
	}
	copy(pl.area, head)
	return pl
}

// seenBy is what a machine reads.
func (pl *platter) seenBy(m *machine) []byte {
	if m.world.plan.sabotage != caches || m.index != 0 {
		return pl.area
	}
	half := disk.Block + (disk.Size-disk.Block)/2
	if pl.cache == nil || m.life != pl.cached {
		pl.cache, pl.cached = slices.Clone(pl.area), m.life
	}
	copy(pl.cache[:half], pl.area)
	return pl.cache
}

// inflictDisk does one fault to the disk.
func (w *world) inflictDisk(f Fault) {
	until := w.clock.Now.Add(f.Length)
	switch f.Kind {
	case DiskSlow:
		w.platter.slow = later(w.platter.slow, until)
	case DiskHangs:
		w.platter.hangs[f.Machine] = later(w.platter.hangs[f.Machine], until)
	case DiskLost:
		w.platter.lost[f.Machine] = later(w.platter.lost[f.Machine], until)
	}
}

func (w *world) mendDisk() {
	if w.platter != nil {
		w.platter.slow, w.platter.hangs, w.platter.lost = time.Time{}, make([]time.Time, len(w.machines)), make([]time.Time, len(w.machines))
	}
}

// A spindle is the way of one life of a machine to the disk: what the shell does in the daemon.
type spindle struct {
	m       *machine
	life    int
	session disk.Session
	asks    *arbiter.Consult // the newest question that has not begun
	open    uint64           // serial of the question that waits for an answer; 0: none
	busy    bool             // an I/O is under way
}

func (m *machine) newSpindle(peer string) *spindle {
	return &spindle{m: m, life: m.life, session: disk.Session{Node: m.name, Peer: peer, Generation: uint64(m.generation)}}
}

// consult takes a question; it is answered in its time, whatever the disk does.
func (s *spindle) consult(q arbiter.Consult) {
	s.asks, s.open = &q, q.Serial
	s.m.world.clock.After(q.Timeout, func() {
		if s.open == q.Serial {
			s.answer(q, arbiter.Answered{Outcome: arbiter.Failed, Text: "it needs too long"})
		}
	})
	s.next()
}

func (s *spindle) answer(q arbiter.Consult, ev arbiter.Answered) {
	if s.open != q.Serial || s.m.life != s.life {
		return
	}
	s.open = 0
	ev.Reference, ev.Serial = q.Reference, q.Serial
	s.m.do(func() { s.m.settleArbiter(ev) })
}

func (s *spindle) next() {
	if s.busy || s.asks == nil {
		return
	}
	q := *s.asks
	s.asks = nil
	s.work(s.session.Begin(s.m.world.clock.Now, q), q)
}

// work does one I/O after the other until there is an answer. The machine may be paused meanwhile: then what follows waits.
func (s *spindle) work(d disk.Do, q arbiter.Consult) {
	w, m, pl := s.m.world, s.m, s.m.world.platter
	if d.Answer != nil {
		s.answer(q, *d.Answer)
		s.next()
		return
	}
	s.busy = true
	now := w.clock.Now
	took := 50*time.Microsecond + time.Duration(pl.rng.Int64N(int64(2*time.Millisecond)))
	if pl.slow.After(now) {
		took += time.Duration(pl.rng.Int64N(int64(w.plan.Deadtime)))
	}
	if hangs := pl.hangs[m.index]; hangs.After(now) {
		took += hangs.Sub(now)
	}
	var err error
	if pl.lost[m.index].After(now) {
		err = errors.New("input/output error")
	}
	if d.Write != nil {
		s.land(d, took, err)
	}
	w.clock.After(took, func() {
		if m.life != s.life || !m.up {
			return
		}
		m.do(func() {
			s.busy = false
			switch {
			case s.open != q.Serial:
				s.session.Ended(d.Write != nil, err)
				s.next()
			case d.Read:
				s.work(s.session.Took(w.clock.Now, pl.seenBy(m), err), q)
			default:
				s.work(s.session.Wrote(w.clock.Now, err), q)
			}
		})
	})
}

// land brings a write to the platter: before it ends, or late when it failed or its machine lost power, whole, torn, or not at all.
func (s *spindle) land(d disk.Do, took time.Duration, err error) {
	w, m, pl := s.m.world, s.m, s.m.world.platter
	at := time.Duration(pl.rng.Int64N(int64(took)))
	if err != nil {
		if pl.rng.IntN(2) == 0 {
			return
		}
		at = took + time.Duration(pl.rng.Int64N(int64(w.plan.Deadtime)))
	}
	life := m.life
	w.clock.After(at, func() {
		put := func() { copy(pl.area[d.Offset:], d.Write) }
		if m.life == life {
			put()
			return
		}
		switch pl.rng.IntN(4) { // the machine lost power, or its daemon died, with the write on its way
		case 0:
		case 1:
			put()
		case 2:
			put()
			copy(pl.area[d.Offset+30:], "torn in the middle")
		case 3:
			w.clock.After(time.Duration(pl.rng.Int64N(int64(2*w.plan.Deadtime))), put)
		}
	})
}
