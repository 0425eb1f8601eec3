package takeover

import (
	"slices"
	"time"

	"heartbeat/internal/connectivity"
)

// phase is the progress of our own start-up and end (resources spec, section 4.1).
type phase uint8

const (
	initial      phase = iota // communication is not up
	starting                  // `starting` is sent, nobody answered
	bothStarting              // the peer is starting as well
	received                  // the peer told what it holds
	stable                    // start-up is over; work may still be in progress
	leaving                   // shutdown
)

func (p phase) String() string {
	return [...]string{"init", "starting", "bothstarting", "rscrcvd", "stable", "shutdown"}[p]
}

// A group is one line of haresources on this node.
type group struct {
	key, home string
	id        string // short name in announcements
	homeless  bool   // its home is no configured node

	state  GroupState
	want   bool   // this node shall run it, as soon as that is safe
	reason string // why the last decision about it fell
	cause  string // event that led to it
	since  time.Time
	claim  uint64 // taken when it was acquired, unchanged until it is released; ms of the wall clock

	attempts int       // failed starts since the present wish
	fails    uint64    // wishes that ended in failure since the last success
	retryAt  time.Time // not before then, when no other node can run it
	failure  string    // word and output of the last failure here
	failedAt time.Time // when that was
	mendedAt time.Time // when it was last restarted here because a member failed while it ran
	wornOut  bool      // it is being stopped because that was not long ago
	offered  bool      // a C peer was asked to take it after it failed here

	freedRev uint64              // revision that first told that we do not run it
	rival    string              // node that claims it too, while we keep it
	deafAt   time.Time           // until then a rival that does not hear us may come to its senses
	told     string              // conflict already recorded
	granted  map[string]bool     // legacy: nodes that answered our ip-request
	askedAt  time.Time           // legacy: last ip-request
	answerTo string              // legacy: node that waits for our ip-request-resp
	adopted  bool                // ran already at our start and is not verified yet
	excused  connectivity.Reason // by which a better node shall not get it, because a command placed it here; ends with that reason
	stays    string              // why it stays here without carrier, as recorded
	retryEnd time.Time           // next attempt to stop it while leaving
}

// held says that the group may be in use here, at least in part.
func (g *group) held() bool { return isHeld(g.state) }

func isHeld(s GroupState) bool {
	return s == Starting || s == Running || s == Stopping || s == Blocked
}

// A claim is what a peer says about one group.
type claim struct {
	state GroupState // wanted when it waits for the group
	num   uint64     // claim number; number of failures when failed
}

// wanted is the state of a group that a node waits for. It exists only in announcements.
const wanted GroupState = "wanted"

// A peer is another configured node.
type peer struct {
	name   string
	alive  bool
	active bool
	left   bool // sent shutdone in this life
	buried bool // its death led to a take-over, or needed none
	heard  bool // ever, in this life
	caps   string

	// What its resource messages said in this life, from its own point of view.
	told        bool
	holds       Set
	began       bool // its `starting` was heard
	tookOver    bool // said mach_down: its take-over is complete
	releasing   Set  // announced as gone while the release still runs
	stable      bool
	homes       map[string]bool // in a crowd: homes of the groups that Foreign means; nil: all
	expected    Set             // in a crowd: what it is about to start
	expectUntil time.Time
	startedAt   time.Time // when its `starting` came and its resource message was still missing
	askedAgain  bool

	// What its announcements said in this life.
	life, rev       uint64
	fresh           bool // rev was heard after the last separation
	newborn         bool // its new life was seen before membership reported it
	ackLife, ackRev uint64
	mustAck         uint64 // revision of ours that it must know before its word about groups counts; see doubt
	hears           bool
	idle            bool // it is not entitled, by its own word
	halted          bool // the arbiter lets this node go on and not that one, although it is heard; see deaf.go
	deafTold        bool // that was told
	introduced      bool // it said in its present life what it can do
	phase           string
	moving          string // node with which it has a hand-over under way
	own             map[string]claim
	digest          string
	orders          string               // orders of administrators that it knows, as it announces them
	failedAt        map[string]time.Time // until when its failures count
	backAt          time.Time            // since when it can be given its groups back
	reach           connectivity.Report

	deadLife      uint64
	holdsAtDeath  Set
	unproven      bool   // seen in packets that prove nothing
	doubt, mend   string // why, and what to do about it
	overruled     bool   // an administrator said to take over from it all the same
	proof         proof
	needsFailback bool
	homeAt        time.Time // in a crowd: not before then, after an attempt that failed
	healing       bool      // our kind: returned, its announcement is awaited
	healUntil     time.Time // C kind: time for it to give up after a heal
}

// ours says that the peer speaks our announcements.
func (p *peer) ours() bool { return p.caps != "" || p.life != 0 }

// present says that the peer lives and has not announced its leave.
func (p *peer) present() bool { return p.alive && !p.left }

// going says that the peer hands everything over.
func (p *peer) going() bool { return p.left || p.phase == leaving.String() }

// forget begins a new life of the peer.
func (p *peer) forget() {
	*p = peer{name: p.name, caps: p.caps, needsFailback: p.needsFailback, alive: true, heard: true, unproven: p.unproven, doubt: p.doubt, mend: p.mend,
		proof: proof{wanted: p.proof.wanted, asked: p.proof.asked}}
}

// allHeld is what the peer holds from its own view, by whichever way it told.
func (p *peer) allHeld(groups []*group) Set {
	if p.rev == 0 {
		return p.holds | p.releasing
	}
	var s Set
	for _, g := range groups {
		if isHeld(p.own[g.id].state) {
			s |= half(g, p.name)
		}
	}
	return s
}

func (c *Core) peer(name string) *peer {
	i := slices.IndexFunc(c.peers, func(p *peer) bool { return p.name == name })
	if i < 0 {
		return nil
	}
	return c.peers[i]
}

func (c *Core) group(key string) *group {
	i := slices.IndexFunc(c.groups, func(g *group) bool { return g.key == key })
	if i < 0 {
		return nil
	}
	return c.groups[i]
}

// live returns the peers that are neither dead nor gone.
func (c *Core) live() []*peer {
	var l []*peer
	for _, p := range c.peers {
		if p.present() {
			l = append(l, p)
		}
	}
	return l
}

// withC says that a peer of the C kind, or of unknown kind, is present.
func (c *Core) withC() bool {
	return slices.ContainsFunc(c.live(), func(p *peer) bool { return !p.ours() })
}
