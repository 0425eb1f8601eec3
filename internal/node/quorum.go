package node

import (
	"slices"
	"strings"

	"heartbeat/internal/ccm"
	"heartbeat/internal/conf"
)

// quorumConfig is what ha.cf says about quorum: env quorum and env tiebreaker as with C, and the votes of ping nodes.
func quorumConfig(h conf.HaCf) ccm.QuorumConfig {
	var q ccm.QuorumConfig
	q.Plugins, _ = ccm.ParsePlugins(h.EnvValue("quorum"), ccm.Plugins())
	q.TieBreakers, _ = ccm.ParsePlugins(h.EnvValue("tiebreaker"), ccm.TieBreakers())
	_, pings := linksAndPings(h.Media)
	for _, name := range pings {
		vote := ccm.PingVote{Name: name, Votes: 1}
		for _, w := range h.Settings.Weights {
			if w.Target == name {
				vote.Votes = w.Value
			}
		}
		if vote.Votes > 0 {
			q.Pings = append(q.Pings, vote)
		}
	}
	return q
}

// oddQuorum lists what ha.cf says about quorum and nobody understands. C leaves such a plug-in out, and so do we.
func oddQuorum(h conf.HaCf) (out conf.Problems) {
	say := func(msg, fix string) {
		out = append(out, conf.Problem{File: h.File, Severity: conf.Warning, Msg: msg, Fix: fix})
	}
	for variable, known := range map[string][]string{"quorum": ccm.Plugins(), "tiebreaker": ccm.TieBreakers()} {
		names, unknown := ccm.ParsePlugins(h.EnvValue(variable), known)
		for _, u := range unknown {
			say("env "+variable+": there is no plug-in "+u+"; it is left out", "choose from "+strings.Join(known, ", "))
		}
		_, pings := linksAndPings(h.Media)
		if len(pings) == 0 && (slices.Contains(names, "ping") || slices.Contains(names, "connected")) {
			say("env "+variable+" asks ping nodes, and there are none", "add a ping or ping_group line")
		}
		if h.EnvValue(variable) != "" && !h.RunsConsensus() {
			say("env "+variable+" is of no use without consensus membership", "add: #!hb consensus on")
		}
	}
	return out
}
