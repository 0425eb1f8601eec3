// Package node composes one node of the cluster: files, sockets, clocks and
// children around the two cores that decide (membership and takeover).
//
// Open reads and checks everything a start needs and refuses with all problems at
// once; Run speaks. Two loops do the work:
//
//   - the pulse (pulse.go): heartbeat links and membership, alone on a thread with
//     real-time priority. It never waits for a disk, a lock or another goroutine.
//   - the resource loop (resources.go): takeover, fed by the pulse, by the executor's
//     results and by administrators.
//
// They talk through bounded queues: outbox.go upward, job and post downward; package
// bridge says what each means to the other. Everything that may block has a
// goroutine of its own: the timeline and its file, the log, event scripts, the executor's
// workers, systemd.
//
//	n, err := node.Open(node.Options{Etc: "/etc/ha.d", State: "/var/lib/heartbeat", Run: "/run/heartbeat"})
//	if err != nil { … a *ConfigError lists every problem … }
//	err = n.Run(ctx) // until Shutdown has handed everything over
package node
