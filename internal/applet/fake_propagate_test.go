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
