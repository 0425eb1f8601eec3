// Package simulate pretends: it carries out a transition graph inside a copy of a cluster's document, writing the history that
// real executors would write, and it changes documents as if nodes, operations or tickets had done something.
//
// It is pure like the scheduler itself; the caller gives the time and gets the changed document and the lines to print. The contract is
// the scheduler spec, sections 14.5 and 1.
package simulate
