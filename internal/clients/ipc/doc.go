// Package ipc is the framing of the classic client API (messaging spec, section 17.1):
// what programs linked with libheartbeat write to the socket "register", and what they read.
//
// A frame is a header of two 32-bit words in the byte order of the machine, the
// length of the body and a magic number, and then the body: one message without
// authentication, in classic text that ends in a NUL, or as a netstring.
//
// It is pure: bytes in, message out, and back.
package ipc
