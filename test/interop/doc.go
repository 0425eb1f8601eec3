// Package interop proves that a Go node and a C Heartbeat 3.0.6 node make one
// cluster: same files, same wire, same tools, nothing changed on the C side.
//
// It holds tests only. They need root, Linux namespaces and Debian's packages
// heartbeat and resource-agents; docs/interop.md tells how to run them, shows the
// table of what is proved and says what C does that no peer can change.
package interop
