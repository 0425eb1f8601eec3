// Package apphb watches programs that promised to beat: the application heartbeat monitor (resources spec, section 9.5).
//
// A program registers, says how often it is going to beat, and beats. When it does not, or ends without a word, that is told: to the
// log, and to a recovery manager. A program that registered as critical takes the machine with it.
//
// The package is pure: messages in, replies and orders out, at an instant that the caller gives. Package server has the socket.
package apphb
