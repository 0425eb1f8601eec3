package node

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"heartbeat/internal/propagate"
)

// compare asks another node how files differ from its own; without files only how it stands.
func (c *courier) compare(ctx context.Context, with string, files propagate.Set) (propagate.Report, error) {
	v, err := c.call(ctx, with)
	if err != nil {
		return propagate.Report{}, err
	}
	defer v.close()
	report, err := v.ask(ctx, propagate.Order{Verb: propagate.Compare, Files: files})
	switch {
	case err != nil:
		return report, err
	case report.Result != propagate.Compared || report.Standing == nil:
		return report, fmt.Errorf("%s does not compare its files: %s", with, or(report.Text, report.Result))
	}
	return report, nil
}

// compare says how files of another node differ from the ones here. A node that accepts no files of others shows none of its own: only
// whether they differ.
func (k *clerk) compare(files propagate.Set) propagate.Report {
	n := k.node
	standing, err := n.sync.standing()
	if err != nil {
		return refusal("look at the configuration directory there", "the files of %s cannot be read: %v", n.self, err)
	}
	report := propagate.Report{Result: propagate.Compared, Standing: &standing}
	if len(files) == 0 {
		return report
	}
	shared := sharedNames(n.Config().HaCf)
	mine, err := k.store.Current(shared)
	if err != nil {
		return refusal("look at the configuration directory there", "the files of %s cannot be read: %v", n.self, err)
	}
	names := slices.Clone(shared)
	for _, f := range files {
		if !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	}
	shows := k.accepts()
	for _, name := range names {
		before, after := orAbsent(mine, name), orAbsent(files, name)
		if before.Absent && after.Absent {
			continue
		}
		change := propagate.ChangeOf(before, after)
		if !shows {
			change.Diff = ""
		}
		report.Files = append(report.Files, change)
	}
	return report
}

func orAbsent(s propagate.Set, name string) propagate.File {
	if f, ok := s.Get(name); ok {
		return f
	}
	return propagate.File{Name: name, Absent: true}
}

// compareAll tells for every node how its files differ from the ones here. Nothing is changed, and no node has to accept anything.
func (n *Node) compareAll(ctx context.Context, req PropagateRequest, each func(PropagateNews)) {
	end := ending(each)
	onDisk, _, _ := Load(n.opts, nil)
	set, err := n.files().Current(sharedNames(onDisk.HaCf))
	if err != nil {
		end(OutcomeFailed, "look at "+n.opts.Etc, "%v", err)
		return
	}
	standing, err := n.sync.standing()
	if err != nil {
		end(OutcomeFailed, "look at "+n.opts.Etc, "%v", err)
		return
	}
	set = slices.DeleteFunc(set, func(f propagate.File) bool { return f.Absent || len(f.Data) > propagate.MaxFile })
	r := &round{node: n, ctx: ctx, order: propagate.Order{Verb: propagate.Compare, Files: set}, each: each, said: map[string]string{}}
	if !r.ready(req, end) {
		return
	}
	here := PropagateNews{Node: n.self, State: PropagateHere, Standing: &standing}
	for _, f := range set {
		here.Files = append(here.Files, propagate.Change{Name: f.Name, State: propagate.Same, Before: f.Digest(), After: f.Digest()})
	}
	r.tell(here)
	r.compareAll(&standing)
	outcome := OutcomeDone
	switch {
	case r.has(PropagateDiffers):
		outcome = OutcomeDiffers
	case r.has(PropagateSkipped), r.has(PropagateUnknown):
		outcome = OutcomePartial
	}
	end(outcome, "", "")
}

// compareAll asks all nodes at the same time.
func (r *round) compareAll(mine *propagate.Standing) {
	var all sync.WaitGroup
	for _, t := range r.targets {
		if t.skip != nil {
			r.tell(*t.skip)
			continue
		}
		all.Go(func() {
			report, err := r.node.courier.compare(r.ctx, t.node, r.order.Files)
			if err != nil {
				r.tell(PropagateNews{Node: t.node, State: PropagateUnknown, Text: "node " + t.node + " does not say what its files are: " + err.Error(), Mend: "look at heartbeat status and at the log of that node"})
				return
			}
			t.report = report
			news := newsOf(t.node, PropagateDiffers, report)
			if news.Standing = report.Standing; t.same() {
				news.State = PropagateSame
			}
			if mine.Lineage != nil && report.Standing.Lineage != nil {
				news.Relation = report.Standing.Lineage.Relation(*mine.Lineage)
			}
			r.tell(news)
		})
	}
	all.Wait()
}
