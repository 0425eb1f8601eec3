// Command heartbeat is the node, its commands and the lab: one binary that
// chooses by the name it is called with, then by its first argument.
package main
