package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"heartbeat/internal/propagate"
)

// prepareAll has every node judge the files, all at the same time.
func (r *round) prepareAll() {
	var all sync.WaitGroup
	for _, t := range r.targets {
		if t.skip != nil {
			r.tell(*t.skip)
			continue
		}
		all.Go(func() {
			r.tell(PropagateNews{Node: t.node, State: PropagateAsking})
			t.report, t.err = r.prepare(t)
			r.tell(t.judged())
		})
	}
	all.Wait()
}

func (r *round) prepare(t *target) (report propagate.Report, err error) {
	if t.node == r.node.self {
		err = errHere
		k := r.node.courier.clerk
		k.do(r.ctx, func() { report, err = k.prepareHere(r.order), nil })
		return report, err
	}
	if t.talk, err = r.node.courier.call(r.ctx, t.node); err != nil {
		return report, err
	}
	return t.talk.ask(r.ctx, r.orderTo(t))
}

// orderTo is the order as a node understands it.
func (r *round) orderTo(t *target) propagate.Order {
	o := r.order
	if r.lineage != nil {
		o.Base, o.Lineage = r.late[t.node], r.lineage
	}
	if t.old {
		o.Files = slices.DeleteFunc(slices.Clone(o.Files), func(f propagate.File) bool { return !slices.Contains(propagate.Names(), f.Name) })
	}
	return o
}

// judged says what came of asking a node.
func (t *target) judged() PropagateNews {
	news := newsOf(t.node, PropagateReady, t.report)
	switch {
	case t.err != nil:
		return PropagateNews{Node: t.node, State: PropagateRefused, Text: "node " + t.node + " was asked and did not answer as it should: " + t.err.Error(), Mend: "look at heartbeat status and at the log of that node"}
	case t.report.Result == propagate.Forbidden:
		news.State = PropagateSkipped
	case t.report.Result != propagate.Prepared:
		news.State = PropagateRefused
	case t.same():
		news.State = PropagateSame
	}
	return news
}

func newsOf(node, state string, r propagate.Report) PropagateNews {
	return PropagateNews{Node: node, State: state, Text: r.Text, Mend: r.Mend, Files: r.Files, Problems: r.Problems, InForce: r.InForce, Restart: r.Restart}
}

// same says that a node has the files already.
func (t *target) same() bool {
	return !slices.ContainsFunc(t.report.Files, func(c propagate.Change) bool { return c.State != propagate.Same })
}

func (r *round) has(state string) bool {
	return slices.ContainsFunc(r.targets, func(t *target) bool { return r.said[t.node] == state })
}

// finish orders what was prepared, or takes leave, and returns the outcome.
func (r *round) finish() string {
	refused := r.has(PropagateRefused)
	for _, t := range r.targets {
		if r.said[t.node] == PropagateReady && !refused && !r.dry {
			r.commit(t)
			continue
		}
		r.leave(t)
		if r.said[t.node] == PropagateReady && !r.dry {
			r.tell(PropagateNews{Node: t.node, State: PropagateKept, Text: "nothing was changed on " + t.node + ", because another node refused"})
		}
	}
	switch {
	case refused:
		return OutcomeRefused
	case r.has(PropagateUnknown):
		return OutcomeUnknown
	case r.has(PropagateFailed):
		return OutcomeFailed
	case r.has(PropagateSkipped):
		return OutcomePartial
	}
	return OutcomeDone
}

// commit orders a node to write what it has prepared. It is not broken off when the administrator's terminal goes away.
func (r *round) commit(t *target) {
	ctx := context.WithoutCancel(r.ctx)
	var report propagate.Report
	err := errHere
	if t.talk == nil {
		k := r.node.courier.clerk
		k.do(ctx, func() { report, err = k.commit(""), nil })
	} else {
		report, err = t.talk.ask(ctx, propagate.Order{Verb: propagate.Commit})
		t.talk.close()
	}
	switch {
	case err != nil:
		r.tell(PropagateNews{Node: t.node, State: PropagateUnknown, Mend: "run ha_propagate --dry-run when it is back",
			Text: fmt.Sprintf("node %s was ordered to write the files and fell silent (%v): it has either all of the new ones or all of the old ones", t.node, err)})
	case report.Result == propagate.Installed:
		r.tell(newsOf(t.node, PropagateInstalled, report))
	default:
		r.tell(newsOf(t.node, PropagateFailed, report))
	}
}

// leave ends a conversation without a change.
func (r *round) leave(t *target) {
	if t.skip != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), time.Second)
	defer cancel()
	if t.talk == nil {
		k := r.node.courier.clerk
		if t.node == r.node.self {
			k.do(ctx, func() { k.forget("") })
		}
		return
	}
	if err := t.talk.tell(ctx, propagate.Order{Verb: propagate.Abort}); err != nil && !errors.Is(err, ErrStopped) {
		r.node.log.Warn("ha_propagate: node " + t.node + " was not told that nothing comes: " + err.Error())
	}
	t.talk.close()
}

// summary is the last sentence of a round.
func (r *round) summary(outcome string) (text, mend string) {
	var list []string
	for _, t := range r.targets {
		if s := r.said[t.node]; s == PropagateSkipped || s == PropagateFailed || s == PropagateUnknown || s == PropagateRefused {
			list = append(list, t.node)
		}
	}
	names := strings.Join(list, ", ")
	switch {
	case len(r.targets) == 0:
		return "there is no other node", ""
	case outcome == OutcomeRefused:
		return "nothing was changed on any node, because of " + names, "mend what is listed above and run ha_propagate again"
	case outcome == OutcomeFailed, outcome == OutcomeUnknown:
		return "not every node has the files: see " + names, "run ha_propagate again, or ha_propagate --undo"
	case outcome == OutcomePartial:
		return "left out: " + names, ""
	case r.dry:
		return "nothing was changed: this was a dry run", ""
	}
	return "", ""
}
