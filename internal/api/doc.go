// Package api is the door of a running node: HTTP/1.1 with JSON on a unix socket
// in the run directory, and the client that every command uses.
//
//	GET  /v1/status                 the node's status
//	GET  /v1/metrics                the same in numbers, in the text format of Prometheus
//	GET  /v1/events?after=N&max=M   records of the timeline; with follow=1 a stream (server-sent events)
//	POST /v1/standby  {"set":"all"} hand resources over; the answer says what was done, or why not
//	POST /v1/takeover {"set":"all"} ask the other nodes for resources
//	POST /v1/confirm {"node":"n2"}   a human says that a silent node is down
//	POST /v1/fence {"op":"test"}    ask the fencing devices: test, off, reset
//	GET  /v1/clients                the programs that are signed on, here or at the classic socket
//	GET  /v1/clients/NAME?node=N    whether a program is signed on at a node of the cluster
//	GET  /v1/messages?as=NAME       signs on as a client and streams its messages and the changes of the cluster (server-sent events)
//	POST /v1/messages {"as":…}      sends a message to all clients of that name
//	POST /v1/propagate {"files":…}  give the configuration files to other nodes (root only); the answer is one JSON object a line, as it happens
//	POST /v1/reload                 read the configuration again; the answer lists its problems
//	POST /v1/stop                   hand everything over and leave
//
// Who may come in is decided by the file system and again by the peer's
// credentials, which the kernel vouches for: root, the user the node runs as, and the group haclient.
// The socket exists as soon as the process does, long before the cluster is
// up, so that a starting node can be asked what it waits for.
//
// Every error is {"error":{"text":…,"mend":…}}: what is wrong and what to do.
package api

// SocketName is the name of the socket in the run directory.
const SocketName = "api.sock"

// Group is the classic group of people who may use cluster commands without being root.
const Group = "haclient"
