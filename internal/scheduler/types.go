package scheduler

import (
	"heartbeat/internal/cib"
	"heartbeat/internal/isotime"
	"heartbeat/internal/xmltree"
)

// infinity is the score that nothing outweighs.
const infinity = cib.Infinity

// A role is what a resource does on a node; a higher one includes the lower ones.
type role uint8

const (
	roleUnknown role = iota
	roleStopped
	roleStarted
	roleUnpromoted
	rolePromoted
)

// A variant is the kind of a resource; the order is that in which they are sorted.
type variant uint8

const (
	primitive variant = iota
	group
	clone
	bundle
)

// What a resource is and what was decided about it.
const (
	rscUnassigned uint64 = 1 << iota
	rscManaged
	rscBlocked
	rscRemoved         // only its history is left
	rscRemovedLaunched // the same, and it ran inside another one
	rscCritical
	rscNotify
	rscRemoteConnection
	rscMigratable
	rscInMaintenance
	rscUnique
	rscPromotable
	rscFenceDevice
	rscNeedsQuorum
	rscNeedsFencing
	rscNeedsUnfencing
	rscFailed
	rscStopIfFailed
	rscIgnoreFailure
	rscStartPending
	rscAssigning
	rscUpdatingNodes
	rscRestarting
	rscStopUnexpected
	rscReload
	rscExclusiveProbes
	rscNestingAllowed
	rscReplicaContainer
)

// What an action is and what became of it.
const (
	actOptional uint32 = 1 << iota
	actRunnable
	actPseudo
	actMigratable
	actAlwaysInGraph
	actInGraph
	actReschedule
	actMigrationAbort
	actOnDC
	actParamsKnown
	actDetectLoop
	actDeduplicated
)

// Relations between two actions (scheduler spec, 8.3).
const (
	relNone    uint32 = 0
	relOrdered uint32 = 1 << (iota - 1)
	relFirstImpliesThen
	relThenImpliesFirst
	relPromotedThenImpliesFirst
	relUnrunnableFirstBlocks
	relIntermediateStop
	relFirstImpliesThenGraphed
	relThenImpliesFirstGraphed
	relAsymmetric
	relSerialize
	relMinRunnable
	relIfOnSameNode
	relIfRequiredOnSameNode
	relIfOnSameNodeOrTarget
	relUnmigratableThenBlocks
	relFirstElseThen
	relIfFirstUnmigratable
	relFirstImpliesSameNodeThen
	relNestedRemoteProbe
	relGuestAllowed
	relThenCancelsFirst
)

// How eagerly a node is asked what runs there already.
const (
	probeAlways uint8 = iota
	probeNever
	probeExclusive
)

// A node is a machine, or something that behaves like one: a remote or a guest node.
type node struct {
	index    int  // place in tables, in order of creation
	count    *int // of all nodes so far
	id, name string
	remote   bool // of either kind
	score    int
	probe    uint8

	online, shutdown, unclean, pending, maintenance bool
	standby, failStandby, seen, unpacked            bool
	expectedUp, probesAllowed                       bool
	remoteReset, remoteFenced, remoteMaintenance    bool

	attrs        map[string]string
	utilization  map[string]int
	running      []*resource
	connection   *resource // of a remote or guest node
	priority     int
	numResources int
	digests      map[string]*digests
	failures     uint8 // whether any fail count is recorded: 0 nobody looked, 1 no, 2 yes
	why          *recorder
}

func (n *node) isGuest() bool {
	return n != nil && n.remote && n.connection != nil && n.connection.launcher != nil
}

// isRemote is true for remote nodes that are no guests.
func (n *node) isRemote() bool {
	return n != nil && n.remote && (n.connection == nil || n.connection.launcher == nil)
}

// isBundle is true for the node inside a container of a bundle.
func (n *node) isBundle() bool { return n.isGuest() && n.connection.launcher.isBundled() }

// A weight is what a resource thinks of a node.
type weight struct {
	score int32
	count int32 // instances placed there
	parts int32 // newest part of the score, 0 when nobody asked why; see origin.go
	probe uint8
	in    bool // the node is in the table at all
}

// A table is a resource's opinion of all nodes, by node.index.
type table []weight

func (t table) get(n *node) *weight {
	if n == nil || n.index >= len(t) || !t[n.index].in {
		return nil
	}
	return &t[n.index]
}

// put returns the place of a node, made from the node's own score when it is new.
func (t *table) put(n *node) *weight {
	if n.index >= len(*t) {
		if n.index >= cap(*t) { // once, for all nodes
			*t = append(make(table, 0, max(*n.count, n.index+1)), *t...)
		}
		*t = (*t)[:n.index+1]
	}
	w := &(*t)[n.index]
	if !w.in {
		*w = weight{score: int32(n.score), probe: n.probe, in: true}
		if n.why != nil && n.score != 0 {
			w.parts = n.why.note(0, n.score, false, source{kind: fromNode})
		}
	}
	return w
}

func (t table) copy() table { return append(make(table, 0, len(t)), t...) }

func (t table) empty() bool {
	for i := range t {
		if t[i].in {
			return false
		}
	}
	return true
}

func (w *weight) add(score int) { w.score = int32(cib.AddScores(int(w.score), score)) }

// A resource is anything in the resources section, and the instances and members that follow from it.
type resource struct {
	c        *cluster
	id       string
	xml      *xmltree.Node // with its template merged in
	ops      *xmltree.Node // its operations element, nil without one
	variant  variant
	parent   *resource
	children []*resource
	number   string // of an instance of a clone, "" otherwise
	nth      int    // of an outermost one: its place in cluster.resources
	flags    uint64

	meta        cib.Pairs
	utilization cib.Pairs

	priority, promotionPriority int
	stickiness, threshold       int
	failureTimeout, reconnect   uint32 // ms
	multiple                    multiplePolicy

	role, next role  // now, and after this transition
	roleParts  int32 // what its priority for promotion is made of

	allowed, known table
	active         []*node
	assigned       *node
	assignedScore  int

	lockNode *node
	lockTime int64

	partialSource, partialTarget *node
	dangling                     []*node
	pendingAction                string
	pendingNode                  *node
	historyID                    string

	launcher *resource
	launched []*resource

	thisWith, withThis []*colocation
	locations          []*location // in order of creation
	tickets            []*ticketUse

	actions []*action // in order of creation
	params  map[string]*cib.Pairs
	shared  *cib.Pairs // parameters that no rule makes depend on the node
	varies  bool       // some rule may
	looked  bool       // varies is known
	metas   []cachedMeta
	keys    map[string]string

	group  *groupData
	clone  *cloneData
	bundle *bundleData
}

func (r *resource) is(f uint64) bool    { return r.flags&f == f }
func (r *resource) any(f uint64) bool   { return r.flags&f != 0 }
func (r *resource) set(f uint64)        { r.flags |= f }
func (r *resource) unset(f uint64)      { r.flags &^= f }
func (r *resource) isPrimitive() bool   { return r != nil && r.variant == primitive }
func (r *resource) isClone() bool       { return r != nil && r.variant == clone }
func (r *resource) isGroup() bool       { return r != nil && r.variant == group }
func (r *resource) isBundle() bool      { return r != nil && r.variant == bundle }
func (r *resource) isAnonymous() bool   { return r.isClone() && !r.is(rscUnique) }
func (r *resource) isUniqueClone() bool { return r.isClone() && r.is(rscUnique) }

// isBundled is true for everything inside a bundle.
func (r *resource) isBundled() bool { return r != nil && r.topWithBundle().isBundle() }

// top is the outermost ancestor, bundles not counted.
func (r *resource) top() *resource {
	for r != nil && r.parent != nil && !r.parent.isBundle() {
		r = r.parent
	}
	return r
}

// topWithBundle is the outermost ancestor.
func (r *resource) topWithBundle() *resource {
	for r != nil && r.parent != nil {
		r = r.parent
	}
	return r
}

// hasAncestor says whether r is somewhere below other.
func (r *resource) hasAncestor(other *resource) bool {
	if r == nil || other == nil {
		return false
	}
	for p := r.parent; p != nil; p = p.parent {
		if p == other {
			return true
		}
	}
	return false
}

func (r *resource) setNext(to role) { r.next = to }

// A needs is what must hold before an action may run.
type needs uint8

const (
	needsNothing needs = iota
	needsQuorum
	needsFencing
)

// An action is something to do, or a milestone.
type action struct {
	id       int
	rsc      *resource
	node     *node
	task     string
	key      string // unique among the actions of a resource on a node
	cancels  string // the task of the operation that a cancel action ends
	reason   string
	flags    uint32
	needs    needs
	priority int
	op       *xmltree.Node // its configuration, nil without one
	base     cib.Pairs     // meta attributes as configured, shared between actions
	own      cib.Pairs     // meta attributes of this action alone, which win
	extra    cib.Pairs     // parameters of the operation

	needed, counted int // firsts of relMinRunnable that must be runnable, and that are

	before, after []*edge // newest last
	afterSet      map[*action]uint32
	visited       uint32 // stamp of the last walk that came by
}

func (a *action) is(f uint32) bool  { return a.flags&f == f }
func (a *action) any(f uint32) bool { return a.flags&f != 0 }
func (a *action) set(f uint32)      { a.flags |= f }
func (a *action) unset(f uint32)    { a.flags &^= f }

// meta looks up a meta attribute.
func (a *action) meta(name string) (string, bool) {
	if v, ok := a.own.Lookup(name); ok {
		return v, true
	}
	return a.base.Lookup(name)
}

func (a *action) metaText(name string) string { v, _ := a.meta(name); return v }

// An edge is one end of a relation between two actions.
type edge struct {
	action  *action
	flags   uint32
	graphed bool
}

// An ordering is a rule between actions that may not exist yet: each is given as an action or as a key.
type ordering struct {
	flags        uint32
	rsc1, rsc2   *resource
	a1, a2       *action
	task1, task2 string
}

// A location is a constraint, or a rule in one, with the nodes that it speaks of.
type location struct {
	id    string
	kind  string // where its scores come from
	rsc   *resource
	nodes []locationNode
	role  role
	probe uint8
}

type locationNode struct {
	node  *node
	score int
}

const (
	colInfluence uint8 = 1 << iota
	colExplicit
)

// A colocation puts a dependent near a primary, or away from it.
type colocation struct {
	id                 string
	dependent, primary *resource
	dependentRole      role
	primaryRole        role
	score              int
	attribute          string
	flags              uint8
}

func (c *colocation) mandatory() bool { return c.score >= infinity || c.score <= -infinity }

type multiplePolicy uint8

const (
	multipleRestart multiplePolicy = iota
	multipleStop
	multipleBlock
	multipleUnexpected
)

type quorumPolicy uint8

const (
	quorumStop quorumPolicy = iota
	quorumFreeze
	quorumIgnore
	quorumDemote
	quorumFence
)

// A cluster is one run: the state that is built up from a document, and the decisions.
type cluster struct {
	opt     Options
	input   *xmltree.Node
	refs    *cib.Refs
	now     isotime.Time
	changes cib.Changes
	health  cib.Health

	configuration, opDefaults, rscDefaults *xmltree.Node

	properties cib.Pairs
	settings
	why *recorder // nil when nobody asks why

	nodes     []*node // by name
	nodeCount int
	byName    map[string]*node // lower case
	byID      map[string]*node // lower case
	dc        *node

	resources    []*resource
	byRscID      map[string]*resource   // first of an id, nil when resources were added; see findResource
	scratch      table                  // of comparisons, which are many
	candidates   []candidate            // of sortedAllowed, which uses them again
	room         []candidate            // to sort them in
	best         bestScores             // of bestScores, which uses them again
	historyNames map[string][]*resource // that any resource has in its history: the outermost resources where
	templates    map[string][]string
	tags         map[string][]string
	tickets      map[string]*ticket

	actions     []*action // in order of creation
	singletons  map[string]*action
	orderings   []*ordering
	locations   []*location
	colocations []*colocation

	checks                       []paramCheck
	stopNeeded                   []*resource
	scoredOrder, requireAll      bool     // said already
	groupOptions                 []string // said already
	failed                       []failedOp
	forced                       map[*xmltree.Node]bool // history entries whose restart digest counts as different
	instances, disabled, blocked int

	scores   []Line
	notes    []string // what the user should hear about the input
	findings []Finding
	said     map[Finding]bool
	graph    []synapse
	hints    []string // what the user should hear about decisions
	stamp    uint32
	edges    []edge
	slab     []action
	updates  int // actions looked at, see Work

	// What the graph is written with, see forge.
	forge     *forge
	pairs     cib.Pairs
	metaNames map[string]string
	expanded  map[*xmltree.Node]*xmltree.Node // primitives with their template
}

// settings are the cluster properties in the form in which they are used.
type settings struct {
	quorate, fencing, haveFencing, unfencing        bool
	startupFencing, concurrentFencing               bool
	symmetric, stopAll, stopRemoved, cancelRemoved  bool
	maintenance, startFailureFatal, probes          bool
	shutdownLock, fenceRemoteNoQuorum, haveRemote   bool
	quorumPolicy                                    quorumPolicy
	fenceAction, placement                          string
	priorityFencing, nodePending, shutdownLockLimit uint32 // ms
}
