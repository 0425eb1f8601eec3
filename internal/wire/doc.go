// Package wire is the message of the cluster and its encodings: classic text,
// hybrid and netstring, their signatures and their compression, byte for byte
// as Linux-HA Heartbeat 2.1 and 3.0 send them (messaging spec, sections 4 and 5).
//
// It is pure: bytes in, message out, and back.
package wire
