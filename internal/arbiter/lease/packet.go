package lease

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"heartbeat/internal/arbiter"
	"heartbeat/internal/wire"
)

// Size is that of every datagram, in bytes: an answer is never larger than its question.
const Size = 320

// Version is that of the protocol.
const Version = 1

const (
	magic    = "HBWITN"
	idLen    = 8
	tagLen   = sha256.Size
	maxName  = 100 // of a node, in bytes
	fixedLen = len(magic) + 2 + idLen
)

// label keeps the derived keys apart from every other use of the secret.
const label = "heartbeat witness 1, slot "

// The kinds of datagrams.
const (
	kindRequest = 1
	kindReply   = 2
)

// Errors of reading a datagram.
var (
	ErrNoise   = errors.New("it is no datagram of the witness protocol")
	ErrVersion = errors.New("it speaks another version of the witness protocol")
	ErrUnknown = errors.New("it is signed with a key that is not known here")
	ErrForged  = errors.New("its signature is wrong")
)

// A Key signs and verifies, derived from one key of authkeys.
type Key struct {
	id  [idLen]byte
	mac []byte
}

// NewKey derives it. A key without secret cannot sign.
func NewKey(k wire.Key) (Key, error) {
	if k.Secret == "" {
		return Key{}, fmt.Errorf("key %d has no secret (method %s): a witness needs one", k.Slot, k.Method)
	}
	mac, err := hkdf.Key(sha256.New, []byte(k.Secret), nil, label+strconv.Itoa(k.Slot), sha256.Size)
	if err != nil {
		return Key{}, fmt.Errorf("deriving the witness key of slot %d: %w", k.Slot, err)
	}
	out := Key{mac: mac}
	_, err = hex.Decode(out.id[:], []byte(k.ID()))
	return out, err
}

// ID names the key in datagrams.
func (k Key) ID() [idLen]byte { return k.id }

// A Request is what a node asks.
type Request struct {
	Nonce      uint64 // random; the answer repeats it
	Ticket     uint64 // of the desk's last answer; 0 at first
	Op         arbiter.Op
	Claim      bool // the node believes that it holds the lease
	Lease      time.Duration
	Node, Peer string
}

// Result is how a desk answers.
type Result uint8

const (
	Retry   Result = iota // the ticket was old; this answer has the right one
	Noted                 // to a report or release
	Granted               // Lease and Free hold
	Denied                // Holder and Left hold; Holder is empty when the desk may not grant yet
	Full                  // it serves too many clusters
)

// A Reply is the desk's answer.
type Reply struct {
	Nonce  uint64
	Ticket uint64 // for the next request
	Result Result
	Lease  time.Duration // granted
	Free   time.Duration // granted: for how long the other node has not held it
	Left   time.Duration // denied
	Holder string
}

// body is what both have on the wire.
type body struct {
	nonce, ticket     uint64
	code, flags       byte
	lease, free, left time.Duration
	first, second     string
}

func (k Key) encode(kind byte, b body) ([]byte, error) {
	for _, name := range []string{b.first, b.second} {
		if len(name) > maxName {
			return nil, fmt.Errorf("node name %q is longer than %d bytes", name, maxName)
		}
	}
	out := make([]byte, 0, Size)
	out = append(out, magic...)
	out = append(out, Version, kind)
	out = append(out, k.id[:]...)
	out = binary.BigEndian.AppendUint64(out, b.nonce)
	out = binary.BigEndian.AppendUint64(out, b.ticket)
	out = append(out, b.code, b.flags)
	for _, d := range []time.Duration{b.lease, b.free, b.left} {
		out = binary.BigEndian.AppendUint32(out, millis(d))
	}
	for _, name := range []string{b.first, b.second} {
		out = append(out, byte(len(name)))
		out = append(out, name...)
	}
	out = out[:Size-tagLen] // the rest is zero
	return append(out, k.tag(out)...), nil
}

func millis(d time.Duration) uint32 {
	return uint32(min(max(d.Milliseconds(), 0), int64(^uint32(0))))
}

func (k Key) tag(data []byte) []byte {
	h := hmac.New(sha256.New, k.mac)
	h.Write(data)
	return h.Sum(nil)
}

// Sender says which key a datagram names, before it is verified.
func Sender(data []byte) (id [idLen]byte, err error) {
	if len(data) < fixedLen || string(data[:len(magic)]) != magic {
		return id, ErrNoise
	}
	if data[len(magic)] != Version {
		return id, fmt.Errorf("%w: %d, here %d", ErrVersion, data[len(magic)], Version)
	}
	if len(data) != Size {
		return id, ErrNoise
	}
	copy(id[:], data[len(magic)+2:])
	return id, nil
}

func (k Key) decode(kind byte, data []byte) (b body, err error) {
	id, err := Sender(data)
	if err != nil {
		return b, err
	}
	if id != k.id {
		return b, ErrUnknown
	}
	signed := data[:Size-tagLen]
	if !hmac.Equal(k.tag(signed), data[Size-tagLen:]) {
		return b, ErrForged
	}
	if data[len(magic)+1] != kind {
		return b, ErrNoise
	}
	r := signed[fixedLen:]
	b.nonce, b.ticket = binary.BigEndian.Uint64(r), binary.BigEndian.Uint64(r[8:])
	b.code, b.flags = r[16], r[17]
	r = r[18:]
	for _, d := range []*time.Duration{&b.lease, &b.free, &b.left} {
		*d = time.Duration(binary.BigEndian.Uint32(r)) * time.Millisecond
		r = r[4:]
	}
	for _, name := range []*string{&b.first, &b.second} {
		n := int(r[0])
		if n > maxName {
			return body{}, ErrNoise
		}
		*name, r = string(r[1:1+n]), r[1+n:]
	}
	return b, nil
}

const flagClaim = 1

// EncodeRequest signs a request.
func (k Key) EncodeRequest(r Request) ([]byte, error) {
	b := body{nonce: r.Nonce, ticket: r.Ticket, code: byte(r.Op), lease: r.Lease, first: r.Node, second: r.Peer}
	if r.Claim {
		b.flags = flagClaim
	}
	return k.encode(kindRequest, b)
}

// DecodeRequest verifies and reads one.
func (k Key) DecodeRequest(data []byte) (Request, error) {
	b, err := k.decode(kindRequest, data)
	if err != nil {
		return Request{}, err
	}
	if b.code > byte(arbiter.Release) || !wire.ValidName(b.first) || !wire.ValidName(b.second) || b.first == b.second {
		return Request{}, ErrNoise
	}
	return Request{Nonce: b.nonce, Ticket: b.ticket, Op: arbiter.Op(b.code), Claim: b.flags&flagClaim != 0, Lease: b.lease, Node: b.first, Peer: b.second}, nil
}

// EncodeReply signs an answer.
func (k Key) EncodeReply(r Reply) ([]byte, error) {
	return k.encode(kindReply, body{nonce: r.Nonce, ticket: r.Ticket, code: byte(r.Result), lease: r.Lease, free: r.Free, left: r.Left, first: r.Holder})
}

// DecodeReply verifies and reads one.
func (k Key) DecodeReply(data []byte) (Reply, error) {
	b, err := k.decode(kindReply, data)
	if err != nil {
		return Reply{}, err
	}
	if b.code > byte(Full) {
		return Reply{}, ErrNoise
	}
	return Reply{Nonce: b.nonce, Ticket: b.ticket, Result: Result(b.code), Lease: b.lease, Free: b.free, Left: b.left, Holder: b.first}, nil
}
