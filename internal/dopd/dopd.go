// Package dopd decides for the service that marks the disk of a DRBD peer as outdated over the links of the cluster, as
// C Heartbeat's program dopd does, with whose peers it speaks (resources spec, section 6).
//
// A local program asks, with the name of a node and of a DRBD resource. The node is told (start_outdate), runs drbdadm
// outdate, and answers (outdate_rc) with a number, which is the answer of the program. Every question is answered: a node that
// cannot be reached, or dies meanwhile, is an answer as well.
//
// It is a pure core; package node/dopddoor is its shell.
package dopd

import (
	"maps"
	"slices"
	"strings"
)

// Answers: what DRBD's fence-peer handlers exit with.
const (
	Inconsistent = 3  // the peer's disk is inconsistent anyway
	Outdated     = 4  // it is outdated now
	Unreachable  = 5  // the peer is down
	Primary      = 6  // the peer is primary and refused
	Failed       = 20 // something else
	Busy         = 21 // the same question is being asked
)

type (
	// An Event is something that happened.
	Event interface{ isEvent() }
	// Asked: a local program asks to outdate a resource of a node.
	Asked struct {
		ID             uint64
		Node, Resource string
	}
	// Gone: a local program does not wait for its answer any more.
	Gone struct{ ID uint64 }
	// Told: another node asks this one to outdate a resource.
	Told struct{ From, Resource string }
	// Replied: a node answers.
	Replied struct {
		From, Resource string
		Code           int
	}
	// NodeChanged: what is known about a node. Only a normal node that is up can be asked.
	NodeChanged struct {
		Node string
		Up   bool
	}
	// Ran: drbdadm has ended; Code is its exit code, negative when it has none.
	Ran struct {
		Resource string
		Code     int
	}

	// An Effect is something to do.
	Effect interface{ isEffect() }
	// Answer answers a local program.
	Answer struct {
		ID   uint64
		Code int
	}
	// Tell asks a node to outdate a resource.
	Tell struct{ To, Resource string }
	// Reply answers a node.
	Reply struct {
		To, Resource string
		Code         int
	}
	// Run is: drbdadm outdate Resource.
	Run struct{ Resource string }
)

func (Asked) isEvent()       {}
func (Gone) isEvent()        {}
func (Told) isEvent()        {}
func (Replied) isEvent()     {}
func (NodeChanged) isEvent() {}
func (Ran) isEvent()         {}
func (Answer) isEffect()     {}
func (Tell) isEffect()       {}
func (Reply) isEffect()      {}
func (Run) isEffect()        {}

// A question is one that a node was asked and has not answered.
type question struct {
	id   uint64
	node string
}

// A Core keeps what is asked. Its methods belong to one goroutine.
type Core struct {
	self    string
	up      map[string]bool
	asked   map[string]question // by resource
	running map[string][]string // resource → nodes that wait for drbdadm
}

// New prepares a core for a node.
func New(self string) *Core {
	return &Core{self: self, up: map[string]bool{}, asked: map[string]question{}, running: map[string][]string{}}
}

// Step takes one event and returns what must be done.
func (c *Core) Step(ev Event) []Effect {
	switch ev := ev.(type) {
	case Asked:
		return c.ask(ev)
	case Gone:
		maps.DeleteFunc(c.asked, func(_ string, q question) bool { return q.id == ev.ID })
	case Told:
		return c.told(ev)
	case Replied:
		q, ok := c.asked[ev.Resource]
		if !ok || q.node != ev.From {
			return nil // nobody waits for it
		}
		delete(c.asked, ev.Resource)
		return []Effect{Answer{q.id, ev.Code}}
	case NodeChanged:
		return c.changed(ev)
	case Ran:
		waiting := c.running[ev.Resource]
		delete(c.running, ev.Resource)
		var out []Effect
		for _, node := range waiting {
			out = append(out, Reply{node, ev.Resource, codeOf(ev.Code)})
		}
		return out
	}
	return nil
}

func (c *Core) ask(ev Asked) []Effect {
	node := strings.ToLower(ev.Node)
	switch {
	case !ValidResource(ev.Resource):
		return []Effect{Answer{ev.ID, Failed}}
	case node == c.self || !c.up[node]:
		return []Effect{Answer{ev.ID, Unreachable}}
	}
	if _, ok := c.asked[ev.Resource]; ok {
		return []Effect{Answer{ev.ID, Busy}}
	}
	c.asked[ev.Resource] = question{ev.ID, node}
	return []Effect{Tell{node, ev.Resource}}
}

// told starts drbdadm once for all who ask for the same at the same time.
func (c *Core) told(ev Told) []Effect {
	if !ValidResource(ev.Resource) {
		return []Effect{Reply{ev.From, ev.Resource, Failed}}
	}
	waiting, running := c.running[ev.Resource]
	if !slices.Contains(waiting, ev.From) {
		c.running[ev.Resource] = append(waiting, ev.From)
	}
	if running {
		return nil
	}
	return []Effect{Run{ev.Resource}}
}

// changed answers at once for a node that has died: C lets the program wait until its patience ends, and DRBD
// writes nothing meanwhile.
func (c *Core) changed(ev NodeChanged) []Effect {
	c.up[ev.Node] = ev.Up
	if ev.Up {
		return nil
	}
	var out []Effect
	for _, res := range slices.Sorted(maps.Keys(c.asked)) {
		if q := c.asked[res]; q.node == ev.Node {
			delete(c.asked, res)
			out = append(out, Answer{q.id, Unreachable})
		}
	}
	return out
}

// codeOf translates the exit code of drbdadm outdate.
func codeOf(exit int) int {
	switch exit {
	case 0:
		return Outdated
	case 5:
		return Inconsistent
	case 17:
		return Primary
	}
	return Failed
}

// maxResource is the longest name of a DRBD resource, in bytes.
const maxResource = 127

// ValidResource says that a name can be that of a DRBD resource. It becomes an argument of drbdadm, run by root
// because another node says so.
func ValidResource(name string) bool {
	if name == "" || len(name) > maxResource || name[0] == '-' || name == "all" {
		return false
	}
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-/") == ""
}
