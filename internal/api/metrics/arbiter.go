package metrics

import "heartbeat/internal/node"

// arbitrated are the metrics of take_over arbiter; missing with another policy.
func arbitrated() []family {
	return []family{
		{"entitled", "Whether this node may run resources: the other node acknowledges its heartbeats, or the arbiter granted it the lease. Missing without take_over arbiter.", gauge, nil, func(st *node.Status, give emit) {
			if st.Arbiter != nil {
				give(truth(st.Arbiter.Entitled))
			}
		}},
		{"arbiter_lease", "Whether this node holds the lease of the arbiter: 1 only while the nodes do not see each other. Missing without take_over arbiter.", gauge, nil, func(st *node.Status, give emit) {
			if st.Arbiter != nil {
				give(truth(st.Arbiter.Lease))
			}
		}},
		{"arbiter_answers", "Whether a reference of the arbiter answers this node. 0 means that a cut now would stop everything.", gauge, []string{"kind", "reference"}, func(st *node.Status, give emit) {
			if st.Arbiter != nil {
				for _, r := range st.Arbiter.References {
					give(truth(r.Answers), st.Arbiter.Kind, r.Name)
				}
			}
		}},
	}
}
