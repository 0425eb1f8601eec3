package disk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"
)

// The area: one block of header, then the blocks of either node.
const (
	Block  = 4096 // bytes; the direct I/O of every disk can write so much
	record = 512  // of them are used: the smallest sector
	places = 16   // blocks of a node
	Size   = (1 + 2*places) * Block

	version  = 1
	longName = 100
)

var (
	headerMagic = []byte("HBDISKLK")
	recordMagic = []byte("HBDLREC1")
)

// ErrNoArea says that what was read is no area of a disk lock.
var ErrNoArea = errors.New("there is no disk lock on it")

// A Header says whose area it is.
type Header struct {
	ID    [16]byte // random: an area that is made anew has another one
	Nodes [2]string
	Made  time.Time
}

// Encode makes the first block.
func (h Header) Encode() ([]byte, error) {
	b := make([]byte, Block)
	copy(b, headerMagic)
	binary.BigEndian.PutUint16(b[8:], version)
	binary.BigEndian.PutUint32(b[12:], Block)
	binary.BigEndian.PutUint32(b[16:], places)
	copy(b[20:], h.ID[:])
	binary.BigEndian.PutUint64(b[36:], uint64(h.Made.UnixMilli()))
	at := 44
	for _, name := range h.Nodes {
		if name == "" || len(name) > longName {
			return nil, fmt.Errorf("a disk lock is for two nodes with names of 1 to %d bytes, not %q", longName, name)
		}
		b[at] = byte(len(name))
		copy(b[at+1:], name)
		at += 1 + longName
	}
	if h.Nodes[0] == h.Nodes[1] {
		return nil, fmt.Errorf("a disk lock is for two nodes, and both are called %s", h.Nodes[0])
	}
	seal(b)
	return b, nil
}

// DecodeHeader reads the first block.
func DecodeHeader(b []byte) (h Header, err error) {
	if len(b) < record || !bytes.HasPrefix(b, headerMagic) {
		return h, ErrNoArea
	}
	switch v := binary.BigEndian.Uint16(b[8:]); {
	case !sealed(b):
		return h, errors.New("the header of the disk lock is damaged")
	case v != version, binary.BigEndian.Uint32(b[12:]) != Block, binary.BigEndian.Uint32(b[16:]) != places:
		return h, fmt.Errorf("the disk lock has format %d, and this program knows %d", v, version)
	}
	copy(h.ID[:], b[20:])
	h.Made = time.UnixMilli(int64(binary.BigEndian.Uint64(b[36:])))
	at := 44
	for i := range h.Nodes {
		n := int(b[at])
		if n == 0 || n > longName {
			return h, errors.New("the header of the disk lock names no nodes")
		}
		h.Nodes[i] = string(b[at+1 : at+1+n])
		at += 1 + longName
	}
	return h, nil
}

// index is the place of a node in the header; -1: it has none.
func (h Header) index(node string) int {
	for i, name := range h.Nodes {
		if name == node {
			return i
		}
	}
	return -1
}

// State is what a node says of itself.
type State uint8

const (
	Free State = iota // it has no lease and wants none
	Bid               // it wants the lease
	Held              // it has it
)

func (s State) String() string { return [...]string{"free", "bids", "holds"}[s] }

// A Record is the word of a node.
type Record struct {
	State State
	Life  uint64        // of the node that wrote it, rising
	Seq   uint64        // within the life, rising
	Busy  uint64        // number of the last record in this life that was not free; 0: none was
	Lease time.Duration // a busy record counts so long
	Wall  int64         // milliseconds since 1970 by the writer's clock, for people only
}

// newer says that r was written after o, by the same node.
func (r Record) newer(o Record) bool { return r.Life > o.Life || r.Life == o.Life && r.Seq > o.Seq }

func (r Record) encode(id [16]byte, node int) []byte {
	b := make([]byte, Block)
	copy(b, recordMagic)
	copy(b[8:], id[:])
	b[24], b[25] = byte(node), byte(r.State)
	binary.BigEndian.PutUint32(b[28:], uint32(r.Lease.Milliseconds()))
	for i, v := range []uint64{r.Life, r.Seq, r.Busy, uint64(r.Wall)} {
		binary.BigEndian.PutUint64(b[32+8*i:], v)
	}
	seal(b)
	return b
}

// decodeRecord reads a block of a node; ok is false for one that is damaged or of another area.
func decodeRecord(b []byte, id [16]byte, node int) (r Record, ok bool) {
	if !bytes.HasPrefix(b, recordMagic) || !sealed(b) || !bytes.Equal(b[8:24], id[:]) || int(b[24]) != node || b[25] > byte(Held) {
		return r, false
	}
	r.State = State(b[25])
	r.Lease = time.Duration(binary.BigEndian.Uint32(b[28:])) * time.Millisecond
	r.Life, r.Seq, r.Busy = binary.BigEndian.Uint64(b[32:]), binary.BigEndian.Uint64(b[40:]), binary.BigEndian.Uint64(b[48:])
	r.Wall = int64(binary.BigEndian.Uint64(b[56:]))
	return r, true
}

func seal(b []byte) {
	binary.BigEndian.PutUint32(b[record-4:], sum(b))
}

func sealed(b []byte) bool {
	return binary.BigEndian.Uint32(b[record-4:]) == sum(b)
}

// sum is the checksum of a block. Its table is made by the first that asks, not by every command that starts.
func sum(b []byte) uint32 { return crc32.Checksum(b[:record-4], crc32.MakeTable(crc32.Castagnoli)) }

// offset is where a block of a node stands in the area.
func offset(node, place int) int { return (1 + node*places + place) * Block }

// untouched says that a block was never written since the area was made.
func untouched(b []byte) bool { return [record]byte(b) == [record]byte{} }
