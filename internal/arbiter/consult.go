package arbiter

import (
	"time"

	"heartbeat/internal/event"
)

// A reference is one witness, disk or host.
type reference struct {
	name   string
	next   time.Time // not asked before
	serial uint64
	asked  []asked // the newest ones
	last   Op

	until  time.Time // its grant ends; zero: none
	freed  time.Time // since when no other node has held its lease, as of the grant
	holder string    // who has it, by the last denial
	grants time.Time // not before then, because it was just started

	known, answers bool
	at             time.Time
	delay          time.Duration
	trouble        string
	failures       uint64
}

// asked is a Consult under way.
type asked struct {
	serial uint64
	op     Op
	at     time.Time
}

// memory is how many consultations of one reference are remembered.
const memory = 8

// Reports tell that a reference is there, and tell it that this node holds no lease, which lets one that has just been started grant at once.
const (
	reportMin = time.Second
	reportMax = 5 * time.Second
)

func (c *Core) reportEvery() time.Duration {
	return min(max(c.cfg.Deadtime/2, reportMin), reportMax)
}

// again is the pause between two attempts that matter.
func (c *Core) again() time.Duration {
	return min(max(c.cfg.Keepalive/2, 50*time.Millisecond), time.Second)
}

func (c *Core) timeout() time.Duration {
	return min(max(c.cfg.Deadtime/4, 100*time.Millisecond), 2*time.Second)
}

// askAt is when this node begins to ask because the acknowledgements stay away; zero: it does not.
func (c *Core) askAt() time.Time {
	if c.acked.IsZero() {
		return time.Time{}
	}
	wait := c.cfg.Deadtime * 3 / 4
	if c.first {
		wait = c.cfg.Deadtime / 2
	}
	return c.acked.Add(wait)
}

// former says that this node is entitled by what a former life of it had, and by nothing else.
func (c *Core) former() bool { return c.entitled && c.cfg.Entitled.After(c.now) && !c.leased() }

// inTouch says that the other node acknowledges: nobody needs a lease.
func (c *Core) inTouch() bool {
	return c.alive && !c.acked.IsZero() && c.now.Before(c.acked.Add(c.cfg.Deadtime/2))
}

// needsLease says that the lease is to be had or kept.
func (c *Core) needsLease() bool {
	if c.away || c.inTouch() || !c.obeys {
		return false
	}
	if _, trusted := c.trusted(); trusted {
		return c.holds // not needed, but it keeps the other node from starting out of sight
	}
	switch {
	case c.holds && !c.entitled && !c.leased():
		return c.wanted // what is still being stopped is no reason
	case c.holds:
		return c.leased() || !c.now.Before(c.askAt())
	}
	// One that had the other one's resources and lost its lease, because the arbiter was away for too long, may come back to them.
	return (c.wanted || c.orphans || !c.alive && !c.entitled) && !c.leaving
}

// consult asks what is due.
func (c *Core) consult() {
	op := Report
	switch {
	case c.needsLease(), c.former() && !c.now.Before(c.born.Add(c.cfg.Deadtime)):
		op = Ask
	case c.former():
		return // it may have the lease: nobody is told that this node has none, before it knows more
	}
	for _, r := range c.refs {
		c.consultOne(r, op)
	}
}

func (c *Core) consultOne(r *reference, op Op) {
	if op == Report && (r.until.After(c.now) || r.last == Ask) {
		op = Release // also a grant that may be on its way
	}
	renewed := r.until.After(c.now.Add(c.cfg.Lease * 3 / 4))
	switch {
	case op == r.last && c.now.Before(r.next):
		return
	case op == Ask && renewed:
		return
	case op == Release && r.last == Release && !r.until.After(c.now):
		op = Report
	}
	if op != r.last {
		r.next = c.now
	}
	if c.now.Before(r.next) {
		return
	}
	r.serial++
	claim := op == Ask && r.until.After(c.now)
	if op != Ask {
		r.until, r.asked = time.Time{}, nil // not counted on from now, whether the word arrives or not, nor is a grant that comes late
	}
	r.last = op
	r.asked = append(r.asked, asked{r.serial, op, c.now})
	if len(r.asked) > memory {
		r.asked = r.asked[1:]
	}
	r.next = c.now.Add(c.reportEvery())
	if op != Report {
		r.next = c.now.Add(max(c.again(), c.timeout())) // sooner when the answer comes
	}
	c.do(Consult{Reference: indexOf(c.refs, r), Serial: r.serial, Op: op, Lease: c.cfg.Lease, Claim: claim, Former: c.former(), Timeout: c.timeout()})
}

func indexOf(refs []*reference, r *reference) int {
	for i := range refs {
		if refs[i] == r {
			return i
		}
	}
	return -1
}

// answered takes the answer of a reference in.
func (c *Core) answered(ev Answered) {
	if ev.Reference < 0 || ev.Reference >= len(c.refs) {
		return
	}
	r := c.refs[ev.Reference]
	q, ok := r.take(ev.Serial)
	if !ok {
		return
	}
	newest := ev.Serial == r.serial
	if soon := c.now.Add(c.again()); newest && q.op != Report && soon.Before(r.next) {
		r.next = soon
	}
	if ev.Outcome == Failed {
		c.silent(r, ev.Text)
		return
	}
	c.speaks(r, c.now.Sub(q.at))
	switch {
	case ev.Outcome == Granted && q.op == Ask && r.last == Ask:
		c.granted(r, q, ev)
	case ev.Outcome == Denied && newest:
		r.until, r.holder, r.grants = time.Time{}, ev.Text, c.now.Add(ev.Left)
	case newest:
		r.holder = ""
	}
}

func (c *Core) granted(r *reference, q asked, ev Answered) {
	r.holder = ""
	until := q.at.Add(min(ev.Lease, c.cfg.Lease))
	if !until.After(r.until) {
		return
	}
	had, fresh := c.leased(), !r.until.After(c.now)
	r.until = until
	if fresh {
		r.freed = q.at.Add(-ev.Free)
	}
	r.next = c.now.Add(min(ev.Lease, c.cfg.Lease) / 4)
	if _, trusted := c.trusted(); !had && c.leased() && !trusted {
		c.note(event.ArbiterGranted, "%s granted the lease to %s for %v: %s goes on or takes over, %s must stop.",
			c.by(), c.cfg.Self, c.cfg.Lease, c.cfg.Self, c.cfg.Peer)
	}
}

// take finds a consultation and forgets it.
func (r *reference) take(serial uint64) (asked, bool) {
	for i, q := range r.asked {
		if q.serial == serial {
			r.asked = append(r.asked[:i], r.asked[i+1:]...)
			return q, true
		}
	}
	return asked{}, false
}

// patience is how many failures in a row make a reference silent.
const patience = 3

func (c *Core) silent(r *reference, text string) {
	r.failures++
	r.trouble = text
	if (r.answers || !r.known) && r.failures >= patience {
		r.known, r.answers = true, false
		c.note(event.ArbiterSilent, "%s %s does not answer %s: %s. What runs goes on while %s and %s see each other.",
			c.cfg.Kind, r.name, c.cfg.Self, text, c.cfg.Self, c.cfg.Peer)
	}
}

func (c *Core) speaks(r *reference, delay time.Duration) {
	if r.known && !r.answers {
		c.note(event.ArbiterAnswers, "%s %s answers %s again.", c.cfg.Kind, r.name, c.cfg.Self)
	}
	r.known, r.answers, r.trouble, r.failures = true, true, "", 0
	r.at, r.delay = c.now, delay
}
