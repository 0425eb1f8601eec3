// Package membership knows who is alive. It is the core of the pulse: it is given
// datagrams and the time, and it returns datagrams to send, messages for resource
// management, and verdicts about nodes and links (messaging spec, sections 8 to 14).
//
// What it guarantees:
//
//   - A node is declared dead when nothing authentic was heard from it for exactly
//     its deadtime, never earlier. Time during which this node itself did not run
//     is not silence of others.
//   - Messages of one sender are delivered once and in order, while both live.
//   - Two nodes that hear each other are active within a few packets: every step
//     of the start-up is caused by a packet, not by a polling grid.
//   - Packets that are forged, replayed, or claim an identity that belongs to
//     somebody else change nothing but counters, and cannot flood the log.
//
// What it does not do: read clocks, sockets or files. Step is given everything:
//
//	effects := core.Step(now, membership.PacketArrived{Link: "eth0", Data: packet})
//	wakeUp := core.NextDeadline()
//
// The shell empties its sockets before it sends a Tick, because only a Tick
// declares nodes and links dead.
package membership
