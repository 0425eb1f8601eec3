// Package cluster holds the end-to-end tests: real daemons with real sockets in
// the virtual machines of package lab, treated as the world treats them — noise
// and foreign packets on the wire, broken files, full disks, crashes, scripts that
// fail or hang, and every classic command.
package cluster
