package scheduler

import "heartbeat/internal/cib"

// Where a part of a score comes from. The words are part of what `heartbeat why --json` prints.
const (
	fromNode        = "node"        // the node's own score
	fromLocation    = "location"    // a constraint with a score for a node
	fromRule        = "rule"        // a rule of a constraint
	fromBan         = "ban"         // a constraint made by crm_resource --ban
	fromPrefer      = "prefer"      // a constraint made by crm_resource --move
	fromHealth      = "health"      // the health of the node
	fromStickiness  = "stickiness"  // it runs there
	fromColocation  = "colocation"  // it wants to be where another one is, or not
	fromDependent   = "dependent"   // another one wants to be where it is, or not
	fromFailCount   = "fail-count"  // it failed there as often as it may
	fromFailure     = "failure"     // the result of an operation there
	fromUnmanaged   = "unmanaged"   // it runs there and is left alone
	fromMultiple    = "multiple"    // it runs on several nodes
	fromTargetRole  = "target-role" // it is to be stopped
	fromStopped     = "stopped"     // a failure or a lost quorum has it stopped
	fromTicket      = "ticket"      // its ticket is not here
	fromLock        = "lock"        // it is kept for a node that shut down cleanly
	fromDiscovery   = "discovery"   // exclusive discovery leaves the node out
	fromUtilization = "utilization" // the node has not enough left
	fromRemoved     = "removed"     // only its history is left
	fromLimit       = "limit"       // clone-max is reached
	fromInstance    = "instance"    // the node takes no instance, or no more
	fromContainer   = "container"   // it lives inside another resource, or cannot live there
	fromRemote      = "remote"      // what a node behind a connection cannot run
	fromPromotion   = "promotion"   // the agent's own promotion score
	fromOffer       = "offer"       // promotion priority of the instance there
	fromNone        = "none"        // no agent said anything about promotion
	fromRole        = "role"        // it is not to be promoted
	fromPromoted    = "promoted"    // it is promoted and stays so
	fromNowhere     = "nowhere"     // the instance is on no node
	fromKept        = "kept"        // a colocation must not take the last bit of a clone's score
)

// A source says where a part of a score comes from.
type source struct {
	kind   string
	id     string    // of a constraint, a rule, a node attribute, an operation
	with   *resource // another resource
	on     *node     // where that is
	of     int32     // what the other one's score is, or a count
	factor float32   // with which of was taken
	parts  int32     // what of is made of: the newest part
}

// A part is one contribution to a score. Parts are never changed, so that copies of a table share them.
type part struct {
	source
	prev  int32 // the one before, 0: none
	score int32
	start bool // nothing before counts
}

// A recorder remembers the parts of scores. Without one, scores are mere numbers: every method stands behind a test for nil.
type recorder struct {
	parts []part // the first one is not used
	lines []scoreLine
}

// A scoreLine is one line of the scores, with what it is made of.
type scoreLine struct {
	label string
	rsc   *resource
	node  *node // nil: the resource is nowhere
	score int
	parts int32
}

func newRecorder() *recorder { return &recorder{parts: make([]part, 1)} }

func (k *recorder) note(prev int32, score int, start bool, s source) int32 {
	k.parts = append(k.parts, part{source: s, prev: prev, score: int32(score), start: start})
	return int32(len(k.parts) - 1)
}

// total is what parts add up to.
func (k *recorder) total(at int32) int {
	if at == 0 {
		return 0
	}
	p := &k.parts[at]
	if p.start {
		return int(p.score)
	}
	return cib.AddScores(k.total(p.prev), int(p.score))
}

// add adds to a score and remembers why.
func (c *cluster) add(w *weight, score int, s source) {
	if c.why != nil && score != 0 {
		w.parts = c.why.note(w.parts, score, false, s)
	}
	w.add(score)
}

// set gives a score another value and remembers why: as a contribution if one leads there, or as a new beginning.
func (c *cluster) set(w *weight, score int, s source) {
	if c.why != nil {
		w.parts = c.why.change(w.parts, score, s)
	}
	w.score = int32(score)
}

// change is what leads from some parts to another score.
func (k *recorder) change(at int32, score int, s source) int32 {
	before := k.total(at)
	switch {
	case before == score:
		return at
	case score <= -infinity:
		return k.note(at, score, false, s)
	case cib.AddScores(before, score-before) == score:
		return k.note(at, score-before, false, s)
	}
	return k.note(at, score, true, s)
}

// source is where the scores of a location come from.
func (l *location) source() source { return source{kind: l.kind, id: l.id} }

// source is where bans after an operation come from.
func (o *record) source() source { return source{kind: fromFailure, id: o.key, of: int32(o.rc)} }

// stoppedBecause is why a resource is to be stopped.
func (r *resource) stoppedBecause() source {
	if parseRole(r.meta.Get("target-role")) == roleStopped {
		return source{kind: fromTargetRole}
	}
	return source{kind: fromStopped}
}

// addPriority adds to the priority with which an instance is promoted.
func (c *cluster) addPriority(r *resource, score int, s source) {
	if c.why != nil && score != 0 {
		r.roleParts = c.why.note(r.roleParts, score, false, s)
	}
	r.priority = cib.AddScores(r.priority, score)
}

// explainOffer begins the parts of a promotion priority with what the agent offers.
func (r *resource) explainOffer(given bool) {
	k := r.c.why
	switch {
	case k == nil:
	case given:
		r.roleParts = k.note(0, r.priority, true, source{kind: fromPromotion, id: "master-" + r.id})
	default:
		r.roleParts = k.note(0, r.priority, true, source{kind: fromNone})
	}
}

// explainRole makes one part everything that counts for a promotion.
func (r *resource) explainRole(kind string) {
	if k := r.c.why; k != nil {
		score := -infinity
		if kind == fromPromoted {
			score = infinity
		}
		r.roleParts = k.note(0, score, true, source{kind: kind})
	}
}
