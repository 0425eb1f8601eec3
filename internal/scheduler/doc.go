// Package scheduler is the policy engine of the cluster resource manager: it reads a cluster information base and decides what is
// to be done next, as Pacemaker does. Schedule is a pure function of a document, a time and options. The document is never changed;
// one run uses one goroutine, and runs share nothing.
//
// # The way through a run
//
// A cluster holds everything of one run. Status fills it from the document (properties, nodes, resources, tags, history), Decide
// goes on:
//
//  1. scores by node for each resource: health, locations, tickets, stickiness, fail counts (location, failcount, health, ticket)
//  2. orderings that nobody configured (implicit, changes, history)
//  3. a node for each resource, colocated ones asked before (assign, colocation_*, instances, promotion, utilization)
//  4. actions: probes, then what each resource needs for its next role (probes, primitive_actions, recurring,
//     collective_actions, notify), then for nodes (fencing, remote)
//  5. orderings take effect until nothing changes any more (update, update_summary, influence)
//  6. the graph: actions that are to be done, each with the actions it waits for (graph, graph_write, dot)
//
// Texts for people come from summary (what will change) and status_text (how things are). Package simulate, below, executes a graph
// in memory.
//
// # Things to know before a change
//
// The results are compared with recorded ones of Pacemaker, ids of actions included, so the order in which actions and orderings
// are made is part of the behaviour: newest first in some lists, oldest first in others. An action is made on first use by
// (task, resource, node), gets the next id, and is never removed; flags decide whether it counts. The first reason that takes
// effect is the one that is shown. All texts that order things compare as the C locale does, but names of nodes, which compare by
// their numbers.
//
// Resources of four kinds (primitive, group, clone, bundle) are one type with a variant, because nearly every step treats them
// alike but in one detail; what only one kind has is in its own part (clone, bundle).
//
// What is not understood is named in Notes, or makes cib.Upgrade fail; nothing is guessed.
//
// The contract is the scheduler spec; cases_test.go runs the recorded cases.
package scheduler
