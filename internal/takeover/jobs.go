package takeover

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/wire"
)

// An errand is a request that ends when several things have ended: hand-overs of this node, one after the other, and what other nodes
// were asked to do. The word for that is hb_order; C Heartbeat ignores it.
type errand struct {
	id      uint64 // of the Answer; 0: it is another node's
	forNode string // that asked, and its number
	forID   uint64
	left    int
	refused bool
	texts   []string
	pin     []Order // given when everything went well
}

// innerID marks ids that belong to steps of jobs and are answered to nobody outside.
const innerID = 1 << 63

const (
	orderMessage = "hb_order"
	fieldVerb    = "x-verb"
	fieldID      = "x-id" // of the request, in it and in its answer
	fieldNode    = "x-node"
	fieldBy      = "x-by"
	fieldAnswer  = "x-answer" // done or refused
	fieldBusy    = "x-busy"   // in a refused hand-over: ask again, another one is under way

	// relayAnswer is how long another node may work at what it was asked for.
	relayAnswer = time.Hour
	// askProgress is how often it is asked what became of that: in a separation that only one side noticed its answer is lost.
	askProgress = 5 * time.Second
	// errandsKept is how many answers to other nodes are kept to be given again.
	errandsKept = 32
	verbWhat    = "what" // asks what became of a request
	// queuePatience is how long a hand-over waits for others to end, and for its receiver to become ready.
	queuePatience = 30 * time.Second
)

// A step is one thing that a job waits for.
type step struct {
	job      *errand
	node     string // another node does it
	deadline time.Time
	again    time.Time // when that node is asked what became of it
}

// A transfer is a hand-over that waits for its turn.
type transfer struct {
	g         *group
	to        string
	inner     uint64
	notBefore time.Time
	deadline  time.Time
}

func (c *Core) newJob(id uint64) *errand { return &errand{id: id, left: 1} }

// step begins something that j waits for.
func (c *Core) step(j *errand, node string) uint64 {
	c.lastStep++
	j.left++
	id := innerID | c.lastStep
	if c.steps == nil {
		c.steps = map[uint64]step{}
	}
	c.steps[id] = step{j, node, c.now.Add(relayAnswer), c.now.Add(askProgress)}
	return id
}

// stepEnded takes the answer to a step. It reports false for an answer that belongs to nobody here.
func (c *Core) stepEnded(a Answer) bool {
	if a.ID&innerID == 0 {
		return false
	}
	s, ok := c.steps[a.ID]
	if !ok {
		return true
	}
	delete(c.steps, a.ID)
	s.job.left--
	s.job.refused = s.job.refused || a.Refused
	if text := strings.TrimPrefix(a.Text, "refused: "); text != "" && !slices.Contains(s.job.texts, text) {
		s.job.texts = append(s.job.texts, text)
	}
	c.endJob(s.job)
	return true
}

// endJob answers when nothing is left to wait for.
func (c *Core) endJob(j *errand) {
	if j.left > 0 {
		return
	}
	if !j.refused {
		for _, o := range j.pin {
			c.give(o)
			j.texts = append(j.texts, strings.TrimSuffix(o.text(c.cfg.Self, c.cfg.Self), "."))
		}
	}
	text := strings.Join(j.texts, "; ")
	if j.refused {
		text = "refused: " + text
	}
	if j.forNode == "" {
		c.do(Answer{j.id, j.refused, text})
		return
	}
	j.texts = []string{text}
	c.tellErrand(j)
}

// tellErrand answers the node that asked.
func (c *Core) tellErrand(j *errand) {
	word := "done"
	if j.refused {
		word = "refused"
	}
	c.send(wire.New("t", orderMessage, fieldTo, j.forNode, fieldID, strconv.FormatUint(j.forID, 10), fieldAnswer, word, fieldWhy, strings.Join(j.texts, "; ")))
}

// errandOf is what a node asked for under a number.
func (c *Core) errandOf(node string, id uint64) *errand {
	for _, j := range c.errands {
		if j.forNode == node && j.forID == id {
			return j
		}
	}
	return nil
}

// relay asks another node to do its part of a verb.
func (c *Core) relay(j *errand, p *peer, ev VerbAsked) {
	id := c.step(j, p.name)
	m := wire.New("t", orderMessage, fieldTo, p.name, fieldID, strconv.FormatUint(id&^innerID, 10), fieldVerb, string(ev.Verb),
		fieldKeys, shortID(ev.Group), fieldNode, ev.Node, fieldBy, clean(ev.By))
	c.send(m)
}

// orderArrived: another node asks for something, or answers.
func (c *Core) orderArrived(p *peer, m *wire.Message) {
	if m.Get(fieldTo) != c.cfg.Self {
		return
	}
	id, err := strconv.ParseUint(m.Get(fieldID), 10, 63)
	if err != nil || id == 0 {
		return
	}
	if word, is := m.Lookup(fieldAnswer); is {
		if s, ok := c.steps[id|innerID]; ok && s.node == p.name {
			c.stepEnded(Answer{id | innerID, word != "done", p.name + ": " + m.Get(fieldWhy)})
		}
		return
	}
	if j := c.errandOf(p.name, id); j != nil || m.Get(fieldVerb) == verbWhat {
		switch {
		case j == nil:
			c.tellErrand(&errand{forNode: p.name, forID: id, refused: true, texts: []string{"it knows nothing of this request"}})
		case j.left == 0:
			c.tellErrand(j)
		}
		return
	}
	j := &errand{forNode: p.name, forID: id, left: 1}
	c.errands = append(c.errands, j)
	if len(c.errands) > errandsKept {
		c.errands = c.errands[1:]
	}
	fail := func(format string, args ...any) {
		j.refused, j.texts, j.left = true, []string{fmt.Sprintf(format, args...)}, 0
		c.endJob(j)
	}
	if c.phase != stable {
		fail("it is not stable (%s)", c.phase)
		return
	}
	var g *group
	if key := m.Get(fieldKeys); key != "" {
		i := slices.IndexFunc(c.groups, func(g *group) bool { return g.id == key })
		if i < 0 {
			fail("its haresources has no such group")
			return
		}
		g = c.groups[i]
	}
	switch Verb(m.Get(fieldVerb)) {
	case VerbRetry:
		if g == nil {
			fail("no group was named")
			return
		}
		j.texts = append(j.texts, c.retryHere(g))
	case VerbMove:
		if g == nil {
			fail("no group was named")
			return
		}
		c.transferHere(j, g, All, m.Get(fieldNode))
	default:
		fail("it does not know %q", m.Get(fieldVerb))
		return
	}
	j.left--
	c.endJob(j)
}

// jobsLost: a peer is gone that was asked for something.
func (c *Core) jobsLost(p *peer, why string) {
	for _, id := range c.stepsOf(p.name) {
		c.stepEnded(Answer{id, true, p.name + ": " + why})
	}
}

func (c *Core) stepsOf(node string) (ids []uint64) {
	for id, s := range c.steps {
		if s.node == node {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// jobsExpire ends steps whose time is over.
func (c *Core) jobsExpire() {
	for _, id := range c.stepsDue(func(s step) time.Time { return s.again }) {
		s := c.steps[id]
		s.again = c.now.Add(askProgress)
		c.steps[id] = s
		c.send(wire.New("t", orderMessage, fieldTo, s.node, fieldID, strconv.FormatUint(id&^innerID, 10), fieldVerb, verbWhat))
	}
	for _, id := range c.stepsDue(func(s step) time.Time { return s.deadline }) {
		c.stepEnded(Answer{id, true, c.steps[id].node + " did not answer in time"})
	}
}

func (c *Core) stepsDue(at func(step) time.Time) (ids []uint64) {
	for id, s := range c.steps {
		if s.node != "" && !c.now.Before(at(s)) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// endJobs refuses everything that is not done, because this node leaves.
func (c *Core) endJobs(why string) {
	for _, t := range c.queue {
		c.do(Answer{t.inner, true, why})
	}
	c.queue = nil
	for _, w := range c.waiters {
		c.do(Answer{w.id, true, "refused: " + why})
	}
	c.waiters = nil
}

// stepsDeadline is when jobsExpire has to look.
func (c *Core) stepsDeadline() (next time.Time) {
	for _, s := range c.steps {
		if s.node != "" && (next.IsZero() || s.again.Before(next)) {
			next = s.again
		}
	}
	return next
}
