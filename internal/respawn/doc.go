// Package respawn decides about the programs that run beside a node: those of the respawn and failfast lines of
// ha.cf (messaging spec, section 16.5). When they start, whether one that ended is started
// again, in which order they stop, and when the machine must be rebooted.
//
// It is a core; package process starts and ends the programs.
//
// The rules are C's, with two exceptions, both at a stop: a failfast program that dies of the signal
// that we stop it with does not reboot the machine, and one that does not end is killed.
package respawn
