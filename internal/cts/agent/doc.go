// Package agent is the cluster test suite's hand on a machine that it reaches through one pipe only: a serial port, a session of ssh. Serve answers
// requests on the machine (`heartbeat cts agent`), Client asks them from here. Both speak JSON, one request or answer a line.
//
// A machine that is emulated needs tens of milliseconds for a process; so files, addresses, status and timeline are read by the agent
// itself.
package agent
