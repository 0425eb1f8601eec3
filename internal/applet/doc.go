// Package applet holds the commands of the one binary: flags, a call, print, exit code.
//
// A command is chosen by the name the binary was called with (cl_status,
// hb_standby, …), then by the first argument: a classic name, a verb
// (heartbeat status), or, as with the classic daemon, options or nothing
// (heartbeat -s; heartbeat alone starts a node in the background).
//
// Verbs are built with cobra. The classic commands read their options as C's
// getopt does and print what C prints, to the letter, because scripts read it.
// All commands speak to the node through package api, and none waits for ever.
//
// Exit codes of the verbs: 0 done or all is well, 1 not well, 2 refused (status: a group runs
// nowhere), 3 timed out, 4 not running, 5 not permitted, 6 configuration error, 64 wrong usage.
package applet
