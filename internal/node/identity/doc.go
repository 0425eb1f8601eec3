// Package identity keeps the small files that say who a node is across restarts:
// its uuid, its generation and its process id (messaging spec, section 14.1).
//
// The rule above all: a good file is never lost. Files are replaced whole, and
// where the disk is full or read-only the old content stays, the node starts all
// the same with values that its peers accept, and the caller is told.
package identity
