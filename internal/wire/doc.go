// Package wire is the message of the cluster and its encodings: classic text,
// hybrid and netstring, their signatures and their compression, byte for byte
// as Linux-HA Heartbeat 2.1 and 3.0 send them (messaging spec, sections 4 and 5).
//
// It is pure: bytes in, message out, and back. Nothing keeps state between two
// packets, so a Keyring may be copied and used by several goroutines at once.
//
// On the network everything is signed:
//
//	packet, err := codec.AppendPacket(packet[:0], message) // reuses the buffer
//	message, dialect, err := codec.Decode(datagram)        // err is a *DropError
//	frame, err := codec.Keys.AppendFrame(frame[:0], message) // serial lines
//
// In the FIFO and on local sockets nothing is: ParseClassic, ParseNetstring and
// Parse read, AppendClassic and AppendNetstring write, ScanClassic cuts a stream
// into messages.
//
// The signature belongs to the encoding. Decode takes the auth field out of the
// message and AppendPacket puts its own in; only the unsigned forms, in which it
// is a field like any other, keep it.
//
// A signature is verified before anything is parsed or inflated. Sizes, nesting,
// field counts and names are bounded; no input panics.
package wire
