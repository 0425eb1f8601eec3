package applet

import (
	"context"

	"heartbeat/internal/api"
	"heartbeat/internal/node"
	"heartbeat/internal/propagate"
)

// Propagate does to a node what its name says; all others install the files.
func (p *pretender) Propagate(_ context.Context, req api.PropagateRequest, each func(api.PropagateNews)) {
	end := api.PropagateNews{State: node.PropagateEnd, Outcome: node.OutcomeDone}
	if req.Compare {
		p.compare(req, each)
		return
	}
	for _, name := range req.Nodes {
		each(api.PropagateNews{Node: name, State: node.PropagateAsking})
		news := api.PropagateNews{Node: name, State: node.PropagateReady, InForce: []string{"log targets"}, Restart: []string{"deadtime"},
			Files: []propagate.Change{{Name: "ha.cf", State: propagate.Changed, Diff: "@@ -1,1 +1,1 @@\n-deadtime 3\n+deadtime 5\n"}, {Name: "authkeys", State: propagate.Same}}}
		switch name {
		case "down":
			news = api.PropagateNews{Node: name, State: node.PropagateSkipped, Text: "node down is down", Mend: "copy the files by hand"}
			end.Outcome = node.OutcomePartial
		case "refuses":
			news = api.PropagateNews{Node: name, State: node.PropagateRefused, Text: "the files would not work on refuses",
				Problems: []propagate.Problem{{File: "/etc/ha.d/ha.cf", Line: 3, Severity: "error", Text: "bad line", Fix: "write a good one"}}}
			end.Outcome = node.OutcomeRefused
		case "silent":
			news = api.PropagateNews{Node: name, State: node.PropagateUnknown}
			end.Outcome = node.OutcomeUnknown
		case "broken":
			end.Outcome, end.Problems = node.OutcomeBroken, []propagate.Problem{{File: "/etc/ha.d/ha.cf", Line: 7, Severity: "error", Text: "broken"}}
			continue
		default:
			each(news)
			if req.DryRun {
				continue
			}
			news.State = node.PropagateInstalled
		}
		each(news)
	}
	each(end)
}

// compare answers for a node that is called what it is.
func (p *pretender) compare(req api.PropagateRequest, each func(api.PropagateNews)) {
	end := api.PropagateNews{State: node.PropagateEnd, Outcome: node.OutcomeDone}
	each(api.PropagateNews{Node: "node1", State: node.PropagateHere, Standing: &propagate.Standing{}, Files: []propagate.Change{{Name: "ha.cf", State: propagate.Same, After: "0123456789ab"}}})
	for _, name := range req.Nodes {
		news := api.PropagateNews{Node: name, State: node.PropagateSame}
		switch name {
		case "down":
			news.State, news.Text, news.Mend = node.PropagateSkipped, "node down is down", "run it again"
			end.Outcome = node.OutcomePartial
		case "late", "forked":
			news.State, news.Standing, news.Relation = node.PropagateDiffers, &propagate.Standing{Sync: true}, map[string]string{"late": propagate.Behind, "forked": propagate.Apart}[name]
			news.Files = []propagate.Change{{Name: "ha.cf", State: propagate.Changed, Before: "aa", After: "bb", Diff: "@@ -1,1 +1,1 @@\n-deadtime 3\n+deadtime 5\n"},
				{Name: "extra.cf", State: propagate.Removed, Before: "cc"}, {Name: "authkeys", State: propagate.Same}}
			end.Outcome = node.OutcomeDiffers
		}
		each(news)
	}
	each(end)
}
