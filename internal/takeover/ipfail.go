package takeover

import (
	"fmt"
	"strconv"
	"time"

	"heartbeat/internal/connectivity"
	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// A C peer says how it is connected through its program ipfail (resources spec, section 5): the programs of both nodes tell
// each other how many ping nodes answer, and the one with fewer gives everything up. Towards such a peer this node speaks
// ipfail's part, with more care:
//
//   - A ping node in doubt, late or back since a moment, speaks for nobody: we do not tell a number while there is doubt, and do not
//     claim to have more by it. When a ping node dies, both nodes notice it within half a second of each other, and in
//     that time C's programs would tell each other different numbers.
//   - Before we give anything up we ask once more. C's ipfail answers every number at once, by what it sees at that moment.
//   - Who is refused asks again after a moment; C's ipfail sleeps ten seconds.

// ipfailName is the name of the client at both ends.
const ipfailName = "ipfail"

// ipfail is what we remember of the talk with the peer's ipfail.
type ipfail struct {
	with   string    // the peer it is about
	told   int       // the number that it heard last; negative: none
	due    time.Time // when giving up is judged again; zero: nothing is pending
	asked  bool      // it was asked once more
	sure   bool      // and says that it still has more
	byPing bool      // what it gave us it gave for its connectivity
}

const (
	// ipfailDoubt is how far apart two nodes notice at most that a ping node died: C looks at its clocks that often.
	ipfailDoubt = 500 * time.Millisecond
	// ipfailAgain is when a question that was not answered, or a hand-over that was not possible, is tried again.
	ipfailAgain = time.Second
)

// ipfailPeer is the C node that is compared with, nil: there is none.
func (c *Core) ipfailPeer() *peer {
	live := c.live()
	if !c.cfg.Ipfail || !c.reach.on || c.phase != stable || len(live) != 1 || live[0].ours() || live[0].going() {
		return nil
	}
	return live[0]
}

// ipfailArrived takes a message for the client ipfail; true: it was one, and is done with.
func (c *Core) ipfailArrived(p *peer, m *wire.Message) bool {
	if m.Get("to_id") != ipfailName {
		return false
	}
	if m.Kind() == "ask_resources" {
		c.ipfail.byPing = m.Get("info") == "me"
		return false // it is carried out like any other
	}
	if p != c.ipfailPeer() {
		return true
	}
	low, high, total := c.reach.tracker.Count(c.now)
	switch m.Kind() {
	case "hbapi-clstat":
		if m.Get("st") == "join" {
			c.tellCount(p, high)
		}
	case "num_ping_nodes":
		n, err := strconv.Atoi(m.Get("num_ping"))
		if err != nil || n < 0 {
			return true
		}
		c.peerCount(p, n, low, high, total)
	case "you_are_dead":
		switch {
		case high < total:
			c.suspect()
		case low == high:
			c.tellCount(p, high) // it cannot have more: it has not heard the latest
		}
	case "abort_giveup":
		c.calmDown()
	}
	return true
}

// peerCount compares.
func (c *Core) peerCount(p *peer, n, low, high, total int) {
	p.reach.Ping = connectivity.Score{}
	if own := c.reach.report.Ping; own.Total == total { // no weights: its number says the same as ours
		p.reach.Ping = connectivity.Score{Low: min(n, total), High: min(n, total), Total: total}
	}
	switch {
	case low > n:
		c.calmDown()
		c.sayIpfail(p, "you_are_dead")
	case high < n:
		c.suspect()
	default:
		c.calmDown()
		c.sayIpfail(p, "abort_giveup")
		if c.ipfail.byPing && low == n && c.cfg.Failback == FailbackOn {
			c.ipfail.byPing = false
			p.needsFailback, p.homeAt = true, later(p.homeAt, c.now.Add(c.cfg.Connectivity.Dampen))
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// suspect begins to give up, or confirms it.
func (c *Core) suspect() {
	switch f := &c.ipfail; {
	case f.due.IsZero():
		f.due, f.asked, f.sure = c.now.Add(max(2*c.cfg.Keepalive, ipfailDoubt)), false, false
	case f.asked:
		f.due, f.sure = c.now, true
	}
}

func (c *Core) calmDown() { c.ipfail.due, c.ipfail.asked, c.ipfail.sure = time.Time{}, false, false }

// giveToC gives up what a C peer can serve better, when it has confirmed that.
func (c *Core) giveToC() bool {
	f := &c.ipfail
	if f.due.IsZero() || c.now.Before(f.due) {
		return false
	}
	p := c.ipfailPeer()
	if p == nil {
		c.calmDown()
		return false
	}
	_, high, total := c.reach.tracker.Count(c.now)
	if high == total {
		c.calmDown()
		return false
	}
	again := func() bool {
		f.due, f.asked, f.sure = c.now.Add(ipfailAgain), true, false
		c.tellCount(p, high)
		return true
	}
	if !f.sure {
		return again()
	}
	to, _ := c.taker()
	groups, stuckKey := c.giveable(All)
	switch {
	case len(groups) == 0:
		c.calmDown()
		return false
	case to == nil || stuckKey != "" || c.asking.id != 0:
		return again()
	}
	f.due, f.asked, f.sure = c.now.Add(c.cfg.Deadtime+standbyAnswer), true, false // a hand-over that fails is tried again
	text := fmt.Sprintf("%s reaches %d of %d ping nodes, %s more", c.cfg.Self, high, total, p.name)
	cause := ""
	for _, g := range groups {
		cause = c.note(event.ConnectivityMove, g.key, c.rootOf(g, connectivity.ByPing), fmt.Sprintf("%s hands %s to %s: %s.", c.cfg.Self, g.key, p.name, text))
	}
	c.ask(p, All, groups, cause, nil)
	c.move.why = text
	return true
}

// tellC tells a C peer what changed, as ipfail does when a link or a ping node comes or goes.
func (c *Core) tellC() {
	p := c.ipfailPeer()
	if p == nil {
		c.ipfail = ipfail{told: -1}
		return
	}
	if c.ipfail.with != p.name {
		c.ipfail = ipfail{with: p.name, told: -1}
	}
	if low, high, _ := c.reach.tracker.Count(c.now); low == high && high != c.ipfail.told {
		c.tellCount(p, high)
	}
}

func (c *Core) tellCount(p *peer, n int) {
	c.ipfail.told = n
	c.sayIpfail(p, "num_ping_nodes", wire.Field{Name: "num_ping", Value: strconv.Itoa(n)})
}

func (c *Core) sayIpfail(p *peer, kind string, more ...wire.Field) {
	m := wire.New("t", kind, "dest", p.name, "from_id", ipfailName, "to_id", ipfailName)
	m.Fields = append(m.Fields, more...)
	c.do(SendMessage{m})
}
