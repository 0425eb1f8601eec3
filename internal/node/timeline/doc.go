// Package timeline keeps what happened on this node: the last records in memory,
// for status, events and the API, and all of them in a file of JSON lines that
// is capped and rotated.
//
// Writers never wait. Add hands an event to a goroutine of the timeline through a
// bounded queue; the file has a goroutine and a queue of its own, so a slow or
// full disk delays and loses lines of the file (counted and reported), never a
// record in memory and never a heartbeat.
package timeline
