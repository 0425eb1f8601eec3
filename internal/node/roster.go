package node

import (
	"context"
	"path/filepath"
	"slices"
	"sync"

	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/membership"
	"heartbeat/internal/node/identity"
)

// A roster is the list of nodes while the node runs: it keeps the files hostcache and delhostcache as the
// membership core says, and answers administrators who change the list. The pulse never waits for it.
type roster struct {
	dir    string // empty: nothing is stored (resources of haresources are managed, as in C)
	failed func(file string, err error)
	left   func(by string) // this node was deleted from the cluster

	mu     sync.Mutex
	wanted *membership.RosterChanged // what must be written next
	woken  chan struct{}
	asked  map[uint64]chan<- Answer
	last   uint64
}

func newRoster(dir string, failed func(string, error), left func(string)) *roster {
	return &roster{dir: dir, failed: failed, left: left, woken: make(chan struct{}, 1), asked: map[uint64]chan<- Answer{}}
}

// take is called by the pulse with every effect; it returns at once.
func (r *roster) take(e membership.Effect) {
	switch e := e.(type) {
	case membership.RosterChanged:
		r.mu.Lock()
		r.wanted = &e
		r.mu.Unlock()
		select {
		case r.woken <- struct{}{}:
		default:
		}
	case membership.RosterAnswered:
		r.mu.Lock()
		to := r.asked[e.ID]
		delete(r.asked, e.ID)
		r.mu.Unlock()
		if to != nil {
			to <- Answer{e.Refused, e.Text}
		}
	case membership.Expelled:
		go r.left(e.By)
	}
}

// run writes the files until stop is closed; what is wanted then is written before it returns.
func (r *roster) run(stop <-chan struct{}) {
	for {
		select {
		case <-r.woken:
			r.write()
		case <-stop:
			r.write()
			return
		}
	}
}

func (r *roster) write() {
	r.mu.Lock()
	w := r.wanted
	r.wanted = nil
	r.mu.Unlock()
	if w == nil || r.dir == "" {
		return
	}
	for file, list := range map[string][]membership.Member{identity.HostCache: w.Members, identity.DelHostCache: w.Deleted} {
		r.failed(filepath.Join(r.dir, file), identity.WriteNodes(r.dir, file, list))
	}
}

// ticket registers a request; its answer comes through the channel.
func (r *roster) ticket() (uint64, <-chan Answer) {
	answer := make(chan Answer, 1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	r.asked[r.last] = answer
	return r.last, answer
}

// keepRoster joins the pulse with the keeper of the list of nodes.
func (n *Node) keepRoster(cfg conf.Config) {
	dir := n.opts.State
	if manages(n.opts, cfg) {
		dir = ""
	}
	n.roster = newRoster(dir, n.rosterFailed, n.expelled)
	n.pulse.roster, n.pulse.identity = n.roster, newIdentityKeeper()
}

// Roster changes the list of nodes, or what it says about one: verb is addnode, delnode, setweight or setsite.
func (n *Node) Roster(ctx context.Context, verb string, nodes []string, value string) (Answer, error) {
	id, answer := n.roster.ticket()
	if !n.pulse.post(job{event: membership.RosterAsked{ID: id, Verb: verb, Nodes: nodes, Value: value}}) {
		return Answer{}, ErrStopped
	}
	select {
	case a := <-answer:
		return a, nil
	case <-ctx.Done():
		return Answer{}, context.Cause(ctx)
	case <-n.pulse.done:
		return Answer{}, ErrStopped
	}
}

// rosterFailed shows that the list of nodes could not be stored, until it could.
func (n *Node) rosterFailed(file string, err error) {
	if err == nil {
		n.trouble.set(file, "")
		return
	}
	text := "the list of nodes is not stored: " + err.Error()
	n.trouble.set(file, text+"; "+event.StateUnwritable.Action)
	n.timeline.Add(event.Event{Kind: event.StateUnwritable, Subject: n.self, Text: text})
}

// expelled leaves a cluster that deleted this node.
func (n *Node) expelled(by string) {
	n.trouble.set("expelled", "node "+by+" deleted this node from the cluster: "+event.NodeExpelled.Action)
	n.Shutdown()
}

// manages says whether this node manages the resources of haresources.
func manages(opts Options, cfg conf.Config) bool { return !opts.MessagesOnly && cfg.HaCf.CRM == "off" }

// knownNodes fills in what the files say about nodes; haresources clusters have none, as in C.
func (n *Node) knownNodes(cfg conf.Config, m *membership.Config) {
	for _, p := range cfg.HaCf.Agreement() {
		m.Terms = append(m.Terms, membership.Term{Directive: p.Name, Value: p.Value})
	}
	if manages(n.opts, cfg) {
		m.Homes = []string{}
		for _, g := range cfg.Resources.Groups {
			if !slices.Contains(m.Homes, g.Node) {
				m.Homes = append(m.Homes, g.Node)
			}
		}
		return
	}
	switch cfg.HaCf.AutoJoin {
	case "other":
		m.Join = membership.JoinOther
	case "any":
		m.Join = membership.JoinAny
	}
	if !slices.Contains(m.Nodes, n.self) {
		m.Nodes = append(slices.Clone(m.Nodes), n.self) // "Current node [n] added to configuration."
	}
	if m.Join == membership.JoinNone {
		return
	}
	var notices []identity.Notice
	m.Cached, notices = identity.ReadNodes(n.opts.State, identity.HostCache)
	n.tell(notices)
	m.Deleted, notices = identity.ReadNodes(n.opts.State, identity.DelHostCache)
	n.tell(notices)
}
