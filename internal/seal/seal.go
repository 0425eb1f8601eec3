// Package seal hides datagrams of the cluster from everybody who has no key: XChaCha20-Poly1305 over the whole datagram, between nodes of
// our kind (messaging spec, section 22). It is pure: keys, salt and counter come in as values.
//
// A sealed datagram:
//
//	@@@\n  SLOT (1 byte)  NONCE (24 bytes)  the datagram, encrypted  TAG (16 bytes)
//
// The mark is none of C Heartbeat's, which drops such a datagram as noise. Mark, slot and nonce are authenticated with the rest. What is
// inside is signed as ever: sealing adds secrecy and takes nothing away.
//
// The key of a slot is derived from its secret in authkeys by HKDF-SHA256 with a label of its own, so that nothing that is ever signed
// with the secret says anything about it. A nonce is 16 random bytes, drawn once in the life of a daemon, and a counter: no two
// datagrams of any two lives or nodes share one, also when a machine is restored from a copy of its disk.
package seal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/crypto/chacha20poly1305"
)

// Mark begins a sealed datagram.
const Mark = "@@@\n"

const (
	slots     = 16
	headerLen = len(Mark) + 1 + chacha20poly1305.NonceSizeX
	tagLen    = chacha20poly1305.Overhead

	// Overhead is by how many bytes a sealed datagram is larger than what is inside.
	Overhead = headerLen + tagLen
)

// label keeps the derived keys apart from every other use of the secret.
const label = "heartbeat datagram seal 1, slot "

// Errors of Open.
var (
	ErrMalformed   = errors.New("a sealed datagram of this size or form does not exist")
	ErrUnknownSlot = errors.New("sealed with a key that is not in authkeys here")
	ErrForged      = errors.New("sealed with another key, or changed on its way")
)

// A Key is one key of authkeys. One without secret seals nothing.
type Key struct {
	Slot   int // 0 to 15
	Secret string
}

// A Box seals and opens with the keys of one authkeys file. It is not changed after New.
type Box struct{ keys [slots]cipher.AEAD }

// New derives the keys; later keys of a slot replace earlier ones.
func New(keys []Key) (*Box, error) {
	b := &Box{}
	for _, k := range keys {
		if k.Slot < 0 || k.Slot >= slots {
			return nil, fmt.Errorf("key slot %d is not 0 to %d", k.Slot, slots-1)
		}
		if k.Secret == "" {
			b.keys[k.Slot] = nil
			continue
		}
		derived, err := hkdf.Key(sha256.New, []byte(k.Secret), nil, label+strconv.Itoa(k.Slot), chacha20poly1305.KeySize)
		if err != nil {
			return nil, fmt.Errorf("deriving the sealing key of slot %d: %w", k.Slot, err)
		}
		if b.keys[k.Slot], err = chacha20poly1305.NewX(derived); err != nil {
			return nil, fmt.Errorf("preparing the sealing key of slot %d: %w", k.Slot, err)
		}
	}
	return b, nil
}

// Has says whether the box can seal with a slot.
func (b *Box) Has(slot int) bool { return slot >= 0 && slot < slots && b.keys[slot] != nil }

// A Nonce makes the nonces of one life.
type Nonce struct {
	salt    [16]byte
	counter uint64
}

// NewNonce begins a life. The salt must be random and new, 128 bits of it.
func NewNonce(salt [16]byte) *Nonce { return &Nonce{salt: salt} }

// Seal appends the sealed form of a datagram.
func (b *Box) Seal(dst []byte, slot int, n *Nonce, datagram []byte) ([]byte, error) {
	if !b.Has(slot) {
		return dst, fmt.Errorf("key %d cannot seal: it has no secret", slot)
	}
	n.counter++
	start := len(dst)
	dst = append(dst, Mark...)
	dst = append(dst, byte(slot))
	dst = append(dst, n.salt[:]...)
	dst = binary.BigEndian.AppendUint64(dst, n.counter)
	header := dst[start:]
	return b.keys[slot].Seal(dst, header[len(Mark)+1:], datagram, header), nil
}

// Sealed says whether a datagram claims to be sealed.
func Sealed(data []byte) bool { return len(data) >= len(Mark) && string(data[:len(Mark)]) == Mark }

// Open appends what is in a sealed datagram, and tells the slot that it was sealed with.
func (b *Box) Open(dst, data []byte) (datagram []byte, slot int, err error) {
	if !Sealed(data) || len(data) < Overhead {
		return dst, 0, ErrMalformed
	}
	if slot = int(data[len(Mark)]); slot >= slots {
		return dst, 0, ErrMalformed
	}
	if b.keys[slot] == nil {
		return dst, slot, ErrUnknownSlot
	}
	header, sealed := data[:headerLen], data[headerLen:]
	datagram, err = b.keys[slot].Open(dst, header[len(Mark)+1:], sealed, header)
	if err != nil {
		return dst, slot, ErrForged
	}
	return datagram, slot, nil
}
