package outlook

import (
	"slices"

	"heartbeat/internal/isotime"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/scheduler/simulate"
	"heartbeat/internal/xmltree"
)

// rounds is after how many transitions a plan gives up: a cluster that never comes to rest has a fault in its configuration.
const rounds = 10

// A Plan is what would happen.
type Plan struct {
	Assumed []string         `json:"assumed"`
	Rows    []Row            `json:"resources"`
	Steps   []scheduler.Step `json:"steps"` // of all transitions; ranks go on from one to the next
	Ranks   int              `json:"ranks"` // steps that follow one another
	Rounds  int              `json:"transitions"`
	Settled bool             `json:"settled"` // in the end there is nothing more to do
	Notes   []string         `json:"notes,omitempty"`
}

// A Row is one resource, before and after. Instances of a clone that are alike share a row.
type Row struct {
	Resource string   `json:"resource"`
	Above    []string `json:"above,omitempty"`
	Before   []Place  `json:"before"`
	After    []Place  `json:"after"`
	Outage   []Outage `json:"outage,omitempty"`
}

// A Place is where a resource runs, and in which role if that is more than running.
type Place struct {
	Node string `json:"node"`
	Role string `json:"role,omitempty"`
}

// An Outage is a time in which a resource, or one instance of it, is away.
type Outage struct {
	Node string `json:"node,omitempty"` // from where it went
	From int    `json:"from"`           // the first step in which it is away
	To   int    `json:"to,omitempty"`   // the step that brings it back; 0: nothing does
}

// Steps is how many steps it lasts, 0 when it does not end.
func (o Outage) Steps() int {
	if o.To == 0 {
		return 0
	}
	return o.To - o.From + 1
}

func instant(now int64) isotime.Time { return isotime.UTC(now) }

// Foresee plays a change and everything that follows from it. The document must be of the newest schema (cib.Upgrade), and so the edited one.
func Foresee(root *xmltree.Node, change Change, now int64) (Plan, error) {
	opt := scheduler.Options{Sanitized: true}
	before := scheduler.Status(root, instant(now), opt).Placements()
	doc, assumed, err := change.apply(root, now)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Assumed: assumed}
	for p.Rounds < rounds {
		r := scheduler.Schedule(doc, instant(now), opt)
		steps := r.Steps()
		if p.Rounds == 0 {
			p.Notes = slices.Concat(r.Notes(), r.Hints())
		}
		if len(steps) == 0 {
			p.Settled = true
			break
		}
		if again, moves := p.repeats(steps); again {
			p.Settled = !moves // what is asked for again and again, such as monitors that a simulation does not run, is rest
			break
		}
		p.Rounds++
		p.append(steps)
		run := simulate.Run{Root: simulate.Copy(doc), Known: r, Now: now}
		if !run.Execute(r.Graph()) {
			p.Notes = append(p.Notes, "transition could not be played to its end")
			break
		}
		doc = run.Root
	}
	if !p.Settled {
		p.Notes = append(p.Notes, "the cluster does not come to rest")
	}
	p.compare(before, scheduler.Status(doc, instant(now), opt).Placements())
	return p, nil
}

// repeats says whether all steps of a transition have been done before, and whether anything is started or stopped in it.
func (p *Plan) repeats(steps []scheduler.Step) (again, moves bool) {
	type what struct {
		task, resource, node string
		interval             uint32
	}
	done := map[what]bool{}
	for _, s := range p.Steps {
		done[what{s.Task, s.Resource, s.Node, s.Interval}] = true
	}
	for _, s := range steps {
		if s.Kind == scheduler.StepPseudo {
			continue
		}
		if !done[what{s.Task, s.Resource, s.Node, s.Interval}] {
			return false, false
		}
		moves = moves || s.Task == "start" || s.Task == "stop" || s.Task == "promote" || s.Task == "demote"
	}
	return true, moves
}

// append adds the steps of one more transition: ranks and numbers go on.
func (p *Plan) append(steps []scheduler.Step) {
	base := 0
	for i := range p.Steps {
		base = max(base, p.Steps[i].ID)
	}
	ranks := p.Ranks
	for _, s := range steps {
		s.ID += base
		for i := range s.After {
			s.After[i] += base
		}
		s.Rank += ranks
		p.Ranks = max(p.Ranks, s.Rank)
		p.Steps = append(p.Steps, s)
	}
}

func (p *Plan) compare(before, after []scheduler.Placement) {
	at := map[string]int{}
	row := func(v *scheduler.Placement) *Row {
		i, ok := at[v.Base]
		if !ok {
			i = len(p.Rows)
			at[v.Base] = i
			p.Rows = append(p.Rows, Row{Resource: v.Base, Above: v.Above})
		}
		return &p.Rows[i]
	}
	for i := range before {
		r := row(&before[i])
		r.Before = append(r.Before, places(&before[i])...)
	}
	for i := range after {
		r := row(&after[i])
		r.After = append(r.After, places(&after[i])...)
	}
	for i := range p.Rows {
		r := &p.Rows[i]
		order(r.Before)
		order(r.After)
		for _, was := range r.Before {
			if o, ok := p.outage(r.Resource, was.Node, len(r.Before) == 1, r.After); ok {
				r.Outage = append(r.Outage, o)
			}
		}
	}
}

func order(list []Place) {
	slices.SortFunc(list, func(a, b Place) int {
		if a.Node < b.Node {
			return -1
		}
		return 1
	})
}

func places(v *scheduler.Placement) (out []Place) {
	for _, n := range v.Active {
		place := Place{Node: n}
		if v.Role == "Promoted" {
			place.Role = v.Role
		}
		out = append(out, place)
	}
	return out
}

// outage is for how long a resource that ran on a node is away: from the step that stops it there, or from the beginning when the node is lost, to the step
// that starts it, there or elsewhere. Of several instances each waits for its own start, the only one for any.
func (p *Plan) outage(base, node string, only bool, after []Place) (Outage, bool) {
	o := Outage{Node: node}
	lost, id := false, ""
	if slices.ContainsFunc(p.Steps, func(s scheduler.Step) bool { return s.Base == base && s.Task == "migrate_to" && s.Node == node }) {
		return o, false // it never stops
	}
	for _, s := range p.Steps {
		if s.Base != base || s.Task != "stop" || s.Node != node {
			continue
		}
		if s.Kind == scheduler.StepPseudo {
			lost = true
		}
		o.From, id = max(s.Rank, 1), s.Resource
		break
	}
	if id == "" {
		if slices.ContainsFunc(after, func(a Place) bool { return a.Node == node }) {
			return o, false
		}
		lost = true
	}
	if lost {
		o.From = 1
	}
	for _, s := range p.Steps {
		if s.Base != base || s.Task != "start" || !only && id != "" && s.Resource != id || s.Rank < o.From {
			continue
		}
		o.To = s.Rank
		return o, true
	}
	return o, true
}
