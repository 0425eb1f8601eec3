package ccm

import (
	"sort"
	"strings"
	"time"
)

// State is where a node stands in the protocol; its text is what STATE_INFO carries (section 19.4).
type State uint8

const (
	None           State = iota // about to ask who leads
	VersionRequest              // asked, waits for an answer
	Joining                     // a full round: everybody says JOIN
	SentMemlistReq              // leads the round, collects who heard whom
	MemlistRes                  // told the leader of the round, waits for its result
	Joined                      // a membership holds
	WaitForMemList              // vouched for a change, waits for the leader's list
	WaitForChange               // leads, collects who vouches for a change
	NewNodeWait                 // was let in, waits for the list that has it
)

func (s State) String() string {
	names := [...]string{"NONE", "VERSION_REQUEST", "JOINING", "SENT_MEMLISTREQ", "MEMLIST_RES", "JOINED",
		"WAIT_FOR_MEM_LIST", "WAIT_FOR_CHANGE", "NEW_NODE_WAIT_FOR_MEM_LIST"}
	return statePrefix + names[s]
}

const statePrefix = "CCM_STATE_"

// part says whether a node in this state belongs to a cluster, by what the wire says.
func part(state string) bool {
	return strings.HasPrefix(state, statePrefix) && state != None.String() && state != VersionRequest.String()
}

func (s State) part() bool { return s > VersionRequest }

// A node is one configured node with its place in everything that is going on.
type node struct {
	Node
	index   int
	alive   bool // not dead; C counts nodes that it never heard as alive, too
	ours    bool
	differs int // length of its list of nodes, when it is not ours

	member bool
	born   uint32

	asked      bool // wants in
	askedMajor uint32

	voted      bool // in the present round or change
	votedBirth uint32

	requested      bool // asked for our list as the leader of a round
	requestedMajor uint32

	listed  bool // we lead: it told whom it heard
	list    set
	listMax uint32

	avoid bool // was in the membership that we left for another one
}

// A change is a newcomer or a departure that the leader has to bring to an end.
type change struct {
	node  *node // nil: none is under way
	leave bool
}

// set is a set of node indexes, as the wire has it: index i is bit i mod 8 of byte i/8.
type set [setBytes]byte

const setBytes = 13

func (s *set) add(i int)      { s[i/8] |= 1 << (i % 8) }
func (s *set) del(i int)      { s[i/8] &^= 1 << (i % 8) }
func (s *set) has(i int) bool { return i >= 0 && i < MaxNodes && s[i/8]&(1<<(i%8)) != 0 }

func (s *set) count() int {
	n := 0
	for i := range MaxNodes {
		if s.has(i) {
			n++
		}
	}
	return n
}

// setNodes replaces the list of nodes and gives each its index: its place among all names in byte order.
func (c *Core) setNodes(list []*node) {
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	c.nodes = list
	for i, n := range list {
		n.index = i
	}
}

func (c *Core) find(name string) *node {
	i := sort.Search(len(c.nodes), func(i int) bool { return c.nodes[i].Name >= name })
	if i < len(c.nodes) && c.nodes[i].Name == name {
		return c.nodes[i]
	}
	return nil
}

// members counts the members.
func (c *Core) members() int {
	n := 0
	for _, m := range c.nodes {
		if m.member {
			n++
		}
	}
	return n
}

// pick is the set of nodes for which f holds.
func (c *Core) pick(f func(*node) bool) (s set) {
	for _, n := range c.nodes {
		if f(n) {
			s.add(n.index)
		}
	}
	return s
}

func (c *Core) memberSet() set { return c.pick(func(n *node) bool { return n.member }) }

// live counts the nodes that are not dead.
func (c *Core) live() int {
	n := 0
	for _, m := range c.nodes {
		if m.alive {
			n++
		}
	}
	return n
}

// Time limits, in keepalives (section 19.2).
func (c *Core) times(n int) time.Duration { return time.Duration(n) * c.cfg.Keepalive }

func (c *Core) limitU() time.Duration    { return c.times(5) }
func (c *Core) limitVRS() time.Duration  { return c.times(9) }
func (c *Core) limitIFF() time.Duration  { return c.times(12) }
func (c *Core) limitFL() time.Duration   { return c.times(18) + 5*time.Millisecond }
func (c *Core) viewEvery() time.Duration { return c.times(30) }

// hurry is how long a node that wants a larger membership waits before it asks again.
const hurry = 200 * time.Millisecond
