package metrics

import (
	"slices"
	"strings"

	"heartbeat/internal/node"
)

// families are all metrics but heartbeat_up.
func families() []family {
	return append([]family{
		{"info", "The node and the version of Heartbeat on it; always 1.", gauge, []string{"node", "version"}, func(st *node.Status, give emit) {
			give(1, st.Node, st.Version)
		}},
		{"start_time_seconds", "When Heartbeat was started here, in seconds since 1970.", gauge, nil, func(st *node.Status, give emit) {
			give(float64(st.Started.UnixMilli()) / 1000)
		}},
		{"state", "1 for the state of this node: starting, running or stopping.", gauge, []string{"state"}, func(st *node.Status, give emit) {
			one(give, st.State, []string{"starting", "running", "stopping"})
		}},
		{"communication_up", "Whether this node has found the others, or waited for them long enough.", gauge, nil, func(st *node.Status, give emit) {
			give(truth(st.CommUp))
		}},
		{"protected", "Whether another active node could take over what runs here, now.", gauge, nil, func(st *node.Status, give emit) {
			give(truth(st.Protected))
		}},
		{"attention", "How many things need a human; heartbeat status says what and how.", gauge, nil, func(st *node.Status, give emit) {
			give(float64(len(st.Attention)))
		}},
		{"node_status", "1 for the status of each node: init, up, active, dead, or ping for a ping node that answers.", gauge, []string{"node", "type", "status"}, nodeStatus},
		{"node_heard_seconds", "How long ago a node was heard last; missing for one that never was.", gauge, []string{"node"}, func(st *node.Status, give emit) {
			for _, n := range st.Nodes {
				if !n.Self && n.HeardAgo >= 0 {
					give(n.HeardAgo.Seconds(), n.Name)
				}
			}
		}},
		{"link_up", "Whether a node is heard on a link. 0 while the node is alive means that redundancy is lost: mend it before the next link fails.", gauge, []string{"node", "link"}, func(st *node.Status, give emit) {
			for _, n := range st.Nodes {
				for _, l := range n.Links {
					give(truth(l.Up), n.Name, l.Name)
				}
			}
		}},
		{"silence_longest_seconds", "The longest silence of a node between two signs of life while it lived. It must stay well below deadtime.", gauge, []string{"node"}, func(st *node.Status, give emit) {
			for _, s := range st.Timing.Silences {
				if s.Link == "" {
					give(s.Longest.Seconds(), s.Node)
				}
			}
		}},
		{"deadtime_seconds", "The deadtime in force.", gauge, nil, func(st *node.Status, give emit) { give(st.Timing.Deadtime.Seconds()) }},
		{"own_delay_longest_seconds", "How late this node was at most at what was due: the delay of its own scheduling.", gauge, nil, func(st *node.Status, give emit) {
			give(st.Timing.Delays.Longest.Seconds())
		}},
		{"group_state", "1 for the state of a group on this node: stopped, starting, running, stopping, failed or blocked.", gauge, []string{"group", "state"}, func(st *node.Status, give emit) {
			for _, g := range st.Groups {
				one(func(v float64, labels ...string) { give(v, append([]string{g.Key}, labels...)...) }, g.State, groupStates)
			}
		}},
		{"group_owner", "1 for the node that runs a group, as this node knows it; missing when none does.", gauge, []string{"group", "owner"}, func(st *node.Status, give emit) {
			for _, g := range st.Groups {
				if g.Owner != "" {
					give(1, g.Key, g.Owner)
				}
			}
		}},
		{"quorum", "Whether this node's membership has quorum; missing without consensus membership.", gauge, nil, func(st *node.Status, give emit) {
			if st.Membership != nil {
				give(truth(st.Membership.Quorum))
			}
		}},
		{"members", "How many nodes the agreed membership has; missing without consensus membership.", gauge, nil, func(st *node.Status, give emit) {
			if st.Membership != nil {
				give(float64(len(st.Membership.Members)))
			}
		}},
		{"packets_dropped_total", "Packets that were not accepted, by reason.", counter, []string{"reason"}, func(st *node.Status, give emit) {
			for _, name := range sorted(st.Counters) {
				if reason, ok := strings.CutPrefix(name, "dropped_"); ok {
					give(float64(st.Counters[name]), reason)
				}
			}
		}},
	}, slices.Concat(counted(), perLink(), alerts(), arbitrated())...)
}

var groupStates = []string{"stopped", "starting", "running", "stopping", "failed", "blocked"}

// one gives 1 for the word that holds and 0 for the others.
func one(give emit, word string, all []string) {
	for _, w := range all {
		give(truth(w == word), w)
	}
}

func nodeStatus(st *node.Status, give emit) {
	for _, n := range st.Nodes {
		words := []string{"init", "up", "active", "dead"}
		if n.Type == "ping" {
			words = []string{"init", "ping", "dead"}
		}
		one(func(v float64, labels ...string) { give(v, append([]string{n.Name, n.Type}, labels...)...) }, n.Status, words)
	}
}

// counted are the counters of the node as a whole.
func counted() (list []family) {
	for _, c := range [][3]string{
		{"sent", "messages_sent_total", "Messages of this node to the cluster."},
		{"received", "packets_received_total", "Packets that arrived, copies and refused ones included."},
		{"duplicates", "duplicates_total", "Messages that came once more, mostly over redundant links."},
		{"retransmitted", "retransmitted_total", "Messages that were sent again because somebody missed them."},
		{"requested", "retransmissions_requested_total", "Messages of others that were missed here and asked for."},
		{"lost", "messages_lost_total", "Messages that were given up."},
		{"relayed", "relayed_total", "Messages passed on round a ring of serial lines."},
		{"late_heartbeats", "late_heartbeats_total", "Heartbeats that came after warntime."},
		{"self_pauses", "self_pauses_total", "How often this node itself did not run for a while."},
		{"events_lost", "events_lost_total", "Records of the timeline that were lost."},
		{"journal_lines_lost", "journal_lines_lost_total", "Records of the timeline that could not be stored."},
		{"log_lines_lost", "log_lines_lost_total", "Log lines that were lost because a target did not keep up."},
	} {
		list = append(list, family{c[1], c[2], counter, nil, func(st *node.Status, give emit) { give(float64(st.Counters[c[0]])) }})
	}
	return append(list,
		family{"unacknowledged", "Sent messages that some live node has not acknowledged.", gauge, nil, func(st *node.Status, give emit) {
			give(float64(st.Counters["queued_unacked"]))
		}},
		family{"queue_full_total", "What was dropped because a queue inside the node was full.", counter, []string{"queue"}, func(st *node.Status, give emit) {
			for _, name := range sorted(st.Counters) {
				if queue, ok := strings.CutPrefix(name, "queue_full_"); ok {
					give(float64(st.Counters[name]), queue)
				}
			}
		}})
}

// perLink are the counters of this node's own links.
func perLink() (list []family) {
	for _, c := range []struct {
		suffix, name, help string
		kind               kind
	}{
		{"_sent", "link_packets_sent_total", "Packets sent on a link.", counter},
		{"_received", "link_packets_received_total", "Packets received on a link.", counter},
		{"_send_errors", "link_send_errors_total", "Packets that could not be sent on a link.", counter},
		{"_overflows", "link_receive_overflows_total", "Packets that the kernel dropped because they came faster than they were read.", counter},
		{"_failing", "link_failing", "How many lines of a link cannot send now; more than 0 needs a human.", gauge},
	} {
		list = append(list, family{c.name, c.help, c.kind, []string{"link"}, func(st *node.Status, give emit) {
			for _, name := range sorted(st.Counters) {
				link, ok := strings.CutPrefix(name, "link_")
				if link, ok2 := strings.CutSuffix(link, c.suffix); ok && ok2 {
					give(float64(st.Counters[name]), link)
				}
			}
		}})
	}
	return list
}

func sorted(counters map[string]uint64) []string {
	names := make([]string, 0, len(counters))
	for name := range counters {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
