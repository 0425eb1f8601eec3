package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/node/forecast"
	"heartbeat/internal/propagate"
	"heartbeat/internal/takeover"
)

// PlanStep is one thing of which a plan shows the consequences.
type PlanStep struct {
	Verb string `json:"verb"`           // down: a node dies; stop: it leaves; link: a link breaks; or one of Verbs
	Link string `json:"link,omitempty"` // its name, of the node named

	VerbRequest
}

// PlanRequest asks what would happen.
type PlanRequest struct {
	Steps       []PlanStep `json:"steps"`
	HaResources string     `json:"haresources,omitempty"` // content of another file
}

// PlanReply is the answer.
type PlanReply struct {
	forecast.Plan
	Problems []PlanProblem `json:"problems,omitempty"` // of the other haresources
}

// PlanProblem is what is wrong with the other haresources.
type PlanProblem struct {
	Line  int    `json:"line,omitempty"`
	Error bool   `json:"error"`
	Text  string `json:"text"`
}

// Plan plays steps with copies of the resource managers, in virtual time. Nothing happens to the cluster.
func (n *Node) Plan(_ context.Context, req PlanRequest) (PlanReply, error) {
	if !n.running.Load() {
		return PlanReply{}, fmt.Errorf("this node is still looking up which resources run here; ask again in a moment")
	}
	st := n.Status()
	cfg := n.Config()
	var reply PlanReply
	if req.HaResources != "" {
		other, _, problems := loadWith(n.opts, n.kernel, propagate.Set{{Name: propagate.Resources, Data: []byte(req.HaResources)}})
		bad := false
		for _, p := range problems {
			if strings.HasSuffix(p.File, propagate.Resources) {
				reply.Problems = append(reply.Problems, PlanProblem{p.Line, p.Severity == conf.Error, p.Msg})
				bad = bad || p.Severity == conf.Error
			}
		}
		if bad {
			return reply, nil
		}
		other.HaCf = cfg.HaCf
		reply.Notes = renamed(cfg, other, st)
		cfg = other
	}
	present := n.present(cfg, &st)
	present.Fresh = req.HaResources != ""
	var steps []forecast.Step
	for _, s := range req.Steps {
		steps = append(steps, n.step(s))
	}
	plan, err := forecast.Play(present, steps)
	if err != nil {
		return PlanReply{}, err
	}
	plan.Notes = append(reply.Notes, plan.Notes...)
	reply.Plan = plan
	return reply, nil
}

func (n *Node) step(s PlanStep) forecast.Step {
	r := s.VerbRequest
	for _, name := range []*string{&r.Node, &r.From} {
		if *name == ThisNode {
			*name = n.self
		}
	}
	out := forecast.Step{Verb: s.Verb, Node: r.Node, Link: s.Link}
	if out.Node == "" && s.Verb == "link" {
		out.Node = n.self
	}
	if slices.Contains(Verbs(), s.Verb) {
		out.Ask = verbAsked(0, s.Verb, r)
	}
	return out
}

// renamed tells what becomes of groups that the other file does not name.
func renamed(old, other conf.Config, st Status) (notes []string) {
	for _, g := range old.Resources.Groups {
		if slices.ContainsFunc(other.Resources.Groups, func(o conf.Group) bool { return o.Key() == g.Key() }) {
			continue
		}
		note := g.Key() + " is not in the new file: nobody starts it again"
		for _, s := range st.Groups {
			if s.Key == g.Key() && s.Owner != "" {
				note += "; it is stopped when heartbeat is restarted on " + s.Owner
			}
		}
		notes = append(notes, note)
	}
	return notes
}

// present is the cluster as this node knows it.
func (n *Node) present(cfg conf.Config, st *Status) forecast.Present {
	p := forecast.Present{Now: st.Now.Round(0), Took: map[string]time.Duration{}, Config: n.takeoverConfig(cfg, nil)}
	n.res.do(func(r *resources) { p.Config.Orders = r.core.View().Orders })
	for _, g := range st.Groups {
		for _, r := range g.Resources {
			p.Took[g.Key] += r.Took
		}
	}
	for _, v := range st.Nodes {
		if v.Type == "normal" {
			p.Nodes = append(p.Nodes, presentNode(v, st))
		}
	}
	return p
}

func presentNode(v NodeStatus, st *Status) forecast.Node {
	out := forecast.Node{Name: v.Name, Alive: v.Self || v.Status == "active" || v.Status == "up", Classic: v.Kind == "c", Failed: map[string]string{}}
	for _, g := range st.Groups {
		if g.Owner == v.Name {
			out.Holds = append(out.Holds, g.Key)
		}
		if v.Self && g.State == string(takeover.Failed) {
			out.Failed[g.Key] = g.Failure
		}
		for _, e := range g.Elsewhere {
			if !v.Self && e.Node == v.Name && strings.HasPrefix(e.Why, takeover.FailedThere) {
				out.Failed[g.Key] = e.Why
			}
		}
	}
	if v.Reach != nil {
		for _, s := range v.Reach.Services {
			out.Services = append(out.Services, forecast.Service{Group: s.Group, Interface: s.Interface, Carrier: s.Level != "bad"})
		}
	}
	for _, o := range st.Nodes {
		for _, l := range o.Links {
			if o.Type == "normal" && !o.Self && l.Up && (v.Self || o.Name == v.Name) && !slices.Contains(out.Links, l.Name) {
				out.Links = append(out.Links, l.Name)
			}
		}
	}
	return out
}
