// Package cib knows what the XML of a cluster information base means, below the level of resources and nodes: the text forms of
// scores, intervals and booleans, blocks of name-value pairs, rules, references by id, digests of parameters, and how documents
// of older schemas become such of the newest one.
//
// Nothing here changes a tree that was handed in: upgrades return a new tree that shares with the old one what stayed the same.
// The contract is the scheduler spec, sections 3, 4, 12.3 and 18.
package cib
