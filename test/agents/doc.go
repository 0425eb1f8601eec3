// Package agents tests the built-in resource agents as programs: by hand
// (`heartbeat agent`), and as OCF agents under ocf-tester, on real kernel objects
// in namespaces of their own.
package agents
