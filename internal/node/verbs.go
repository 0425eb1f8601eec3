package node

import (
	"context"
	"slices"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/takeover"
)

// VerbRequest is what an administrator says about a group or a node: heartbeat move, drain, hold, resume, retry.
type VerbRequest struct {
	Group string        `json:"group,omitempty"` // key, or all; of resume also a node
	Node  string        `json:"node,omitempty"`  // target of a move; which is drained; where a failure is forgotten
	From  string        `json:"from,omitempty"`  // of a move: only what runs there
	Set   string        `json:"set,omitempty"`   // of a move without a group: all, local, foreign, failback
	Stay  bool          `json:"stay,omitempty"`  // of a move: pin it there
	For   time.Duration `json:"for_ns,omitempty"`
	Force bool          `json:"force,omitempty"`
	Why   string        `json:"why,omitempty"`

	By string `json:"-"` // who asks; the server knows
}

// ThisNode is the word for the node that is asked, in the fields that name a node.
const ThisNode = "."

// Verbs are the words of Verb.
func Verbs() []string { return []string{"move", "drain", "hold", "resume", "retry"} }

// Verb carries out one of them. It returns when that is done or refused.
func (n *Node) Verb(ctx context.Context, verb string, req VerbRequest) (Answer, error) {
	for _, name := range []*string{&req.Node, &req.From} {
		if *name == ThisNode {
			*name = n.self
		}
	}
	return n.ask(ctx, func(id uint64) takeover.Event { return verbAsked(id, verb, req) })
}

func verbAsked(id uint64, verb string, r VerbRequest) takeover.VerbAsked {
	return takeover.VerbAsked{ID: id, Verb: takeover.Verb(verb), Group: r.Group, Node: r.Node, From: r.From, Set: r.Set,
		Stay: r.Stay, For: r.For, Force: r.Force, By: r.By, Why: r.Why}
}

// OrderStatus is a standing order of an administrator.
type OrderStatus struct {
	Kind    string    `json:"kind"`           // drain, hold, pin
	Subject string    `json:"subject"`        // node of a drain; group; * is the whole cluster
	Node    string    `json:"node,omitempty"` // of a pin
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until,omitzero"` // missing: until it is taken back
	By      string    `json:"by,omitempty"`
	Why     string    `json:"why,omitempty"`
}

// ElsewhereStatus says why a group could not run on a node now.
type ElsewhereStatus struct {
	Node string `json:"node"`
	Why  string `json:"why,omitempty"` // empty: it could
}

func ordersOf(v takeover.View) (out []OrderStatus) {
	for _, o := range v.Orders {
		out = append(out, OrderStatus{string(o.Kind), o.Subject, o.Node, o.Since, o.Until, o.By, o.Why})
	}
	return out
}

// orderNeeds are sentences about orders that take protection away, so that nobody forgets them.
func orderNeeds(list []OrderStatus) (out []string) {
	for _, o := range list {
		tail := ""
		if o.By != "" {
			tail += " by " + o.By
		}
		if !o.Until.IsZero() {
			tail += " until " + o.Until.Format("2006-01-02 15:04")
		}
		if o.Why != "" {
			tail += " (" + o.Why + ")"
		}
		switch {
		case o.Kind == "drain":
			out = append(out, "node "+o.Subject+" is drained"+tail+" and takes nothing: heartbeat resume "+o.Subject)
		case o.Kind == "hold" && o.Subject == takeover.EveryGroup:
			out = append(out, "the whole cluster is held"+tail+": nothing fails over: heartbeat resume all")
		case o.Kind == "hold":
			out = append(out, "group "+o.Subject+" is held"+tail+": it does not fail over: heartbeat resume "+o.Subject)
		}
	}
	return out
}

// drained says that a node takes nothing.
func (s *sight) drained(node string) bool {
	return slices.ContainsFunc(s.own.Orders, func(o takeover.Order) bool { return o.Kind == takeover.Drain && o.Subject == node })
}

// groupFailback is what the settings say about single groups.
func groupFailback(s conf.Settings) map[string]takeover.GroupFailback {
	if len(s.GroupFailback) == 0 {
		return nil
	}
	out := map[string]takeover.GroupFailback{}
	for _, g := range s.GroupFailback {
		out[g.Key] = takeover.GroupFailback{On: g.On, Delay: g.Delay}
	}
	return out
}
