// Package forecast answers "what would happen if". It builds the resource managers (package takeover) of all nodes that live, in the state
// in which the cluster is now, and lets them play what was asked for in virtual time, with a network that loses nothing and
// agents that take as long as they last took. What they decide is the answer: there is no second opinion that could differ from the cluster's.
//
//	plan := forecast.Play(present, []forecast.Step{{Verb: "down", Node: "n1"}})
//
// It is pure: it does nothing to the cluster, and the same present gives the same plan.
package forecast
