// Package alert decides who is told what about the events of the timeline: by mail, webhook or program.
//
// A Core is a pure state machine. It makes incidents out of events: an alarm that an all-clear will end, or a notice about something
// that is over already. An incident is told once, with what followed from it within a short time; repeats are counted and told in
// ever longer intervals; what comes and goes is told as one incident that is over when it has kept still; in a cluster one node tells
// what all of them see. Each channel has a queue of its own that is worked off in order: what cannot be delivered is tried again, and
// what is given up or finds the queue full is counted and told as soon as the channel works.
//
// Package deliver is the shell: it speaks SMTP and HTTP, runs programs, and keeps the state in a file.
package alert
