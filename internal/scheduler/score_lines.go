package scheduler

import (
	"slices"
	"strconv"

	"heartbeat/internal/cib"
)

// A Part is one contribution to a score. The parts of a score, added in order with the arithmetic of infinity, are the score.
type Part struct {
	Score int     `json:"score"`           // 1000000 and more is infinity
	Start bool    `json:"start,omitempty"` // nothing before it counts
	From  string  `json:"from"`            // a word for the kind of origin
	ID    string  `json:"id,omitempty"`    // of the constraint, the rule, the node attribute or the operation
	With  string  `json:"with,omitempty"`  // another resource
	On    string  `json:"on,omitempty"`    // the node where that is
	Text  string  `json:"text"`            // for people
	Parts []Part  `json:"parts,omitempty"` // what the score of the other resource is made of
	Of    int     `json:"of,omitempty"`    // the score of the other resource, or a count
	Share float64 `json:"share,omitempty"` // of the other resource's score that counts here
}

// A ScoreLine is a line of Scores with what it is made of.
type ScoreLine struct {
	Label, Resource, Node string // Node is empty where the resource is nowhere
	Score                 int
	Parts                 []Part
}

// ScoreLines are the lines of Scores about scores, explained. The run must have been asked with Why and ShowScores.
func (r *Result) ScoreLines() []ScoreLine {
	if r.c.why == nil {
		return nil
	}
	out := make([]ScoreLine, 0, len(r.c.why.lines))
	for _, l := range r.c.why.lines {
		x := ScoreLine{Label: l.label, Resource: l.rsc.id, Score: l.score, Parts: r.c.why.unfold(l.parts, 1)}
		if l.node != nil {
			x.Node = l.node.name
		}
		out = append(out, x)
	}
	return out
}

// ScoreText is how a score is written.
func ScoreText(score int) string { return scoreText(score) }

// most says how deep the parts of parts are told.
const most = 3

// unfold turns recorded parts into such for readers, oldest first.
func (k *recorder) unfold(at int32, depth int) (out []Part) {
	for at != 0 {
		p := &k.parts[at]
		out = append(out, k.reader(p, depth))
		if p.start {
			break
		}
		at = p.prev
	}
	slices.Reverse(out)
	return out
}

func (k *recorder) reader(p *part, depth int) Part {
	out := Part{Score: int(p.score), Start: p.start, From: p.kind, ID: p.id, Of: int(p.of), Share: float64(p.factor), Text: p.text()}
	if p.with != nil {
		out.With = p.with.id
	}
	if p.on != nil {
		out.On = p.on.name
	}
	if p.parts != 0 && depth < most {
		out.Parts = k.unfold(p.parts, depth+1)
	}
	return out
}

func (s *source) withID() string {
	if s.with == nil {
		return ""
	}
	return s.with.id
}

func (s *source) onName() string {
	if s.on == nil {
		return ""
	}
	return s.on.name
}

// text says for people where a part comes from.
func (p *part) text() string {
	with, on := p.withID(), p.onName()
	switch p.kind {
	case fromNode:
		return "the node's own score"
	case fromLocation:
		return "location " + p.id
	case fromRule:
		return "location rule " + p.id
	case fromBan:
		return "banned by an administrator: location " + p.id
	case fromPrefer:
		return "moved by an administrator: location " + p.id
	case fromHealth:
		return "health of the node (node-health-strategy=" + p.id + ")"
	case fromStickiness:
		return "resource-stickiness: it runs here"
	case fromColocation:
		return p.colocationText(with, on)
	case fromDependent:
		return "colocation " + p.id + ": " + with + " is to follow, and its own score here is " + scoreText(int(p.of)) + " (counted times " +
			strconv.FormatFloat(float64(p.factor), 'g', 4, 32) + ")"
	case fromFailCount:
		return "fail count of " + with + " reached migration-threshold=" + strconv.Itoa(int(p.of))
	case fromFailure:
		if p.of == 0 {
			return "a failure, " + p.id
		}
		return "operation " + p.id + " ended with " + strconv.Itoa(int(p.of)) + " (" + cib.AnswerPhrase(int(p.of)) + ")"
	}
	return p.otherText(with, on)
}

func (p *part) colocationText(with, on string) string {
	what := "colocation " + p.id
	if p.id == "#group-members" {
		what = "member of the same group"
	}
	switch {
	case on != "" && p.score <= -infinity && p.start:
		return what + ": " + with + " is on " + on
	case on != "":
		return what + ": " + with + " is on " + on
	case p.score <= -infinity:
		return what + ": " + with + " is not here"
	}
	return what + ": " + with + " runs nowhere"
}

func (p *part) otherText(with, on string) string {
	switch p.kind {
	case fromUnmanaged:
		return "it runs here and is not managed"
	case fromMultiple:
		return "it ran on several nodes (multiple-active=stop_only)"
	case fromTargetRole:
		return "target-role=Stopped"
	case fromStopped:
		return "it is to be stopped (target-role, a failure, or what follows from another resource)"
	case fromTicket:
		return "ticket " + p.id + " is not granted, or on standby"
	case fromLock:
		return "kept for " + on + " by shutdown-lock"
	case fromDiscovery:
		return "resource-discovery=exclusive leaves this node out"
	case fromUtilization:
		return "not enough left here (utilization)"
	case fromRemoved:
		return "it is no longer configured"
	case fromLimit:
		return with + " has all its " + strconv.Itoa(int(p.of)) + " instances already"
	case fromInstance:
		return with + " cannot have an instance here: the node is not available, it is banned, or has " + strconv.Itoa(int(p.of)) + " already"
	case fromContainer:
		if with == "" {
			return "the inside of a container runs nothing else"
		}
		return "it lives with " + with
	case fromRemote:
		return "such a resource cannot run on a remote node"
	case fromPromotion:
		return "promotion score of the agent (attribute " + p.id + ")"
	case fromOffer:
		return "promotion priority of " + with
	case fromNone:
		return "no agent offers this node for promotion"
	case fromRole:
		return "it is not to be promoted here"
	case fromPromoted:
		return "it is promoted and stays so"
	case fromNowhere:
		return "it is on no node"
	case fromKept:
		return "colocation " + p.id + " would leave nothing, which does not count"
	}
	return p.kind
}
