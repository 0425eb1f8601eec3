// Package invent makes up clusters for tests: documents that are of the right form and mean something, but that nobody would write by
// hand. There are member, remote and guest nodes in every state; primitives, groups, clones, promotable clones and bundles; locations,
// colocations, orders and tickets, with sets and rules; utilization, templates, tags, fencing topology; and histories in which
// operations succeeded, failed, are under way, or belong to what is not configured any more.
//
//	root := invent.Cluster(invent.Seeded(17))       // the same seed, the same document
//	root = invent.Cluster(invent.FromBytes(input))  // for fuzzing: each byte is a choice
//
// A document has at most 5 members, 2 remote and 2 guest nodes, 8 resources at the top, and 8 constraints; it stays below 200 kB. What is
// made up passes the check of the schema.
package invent
