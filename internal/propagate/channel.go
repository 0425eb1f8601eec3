package propagate

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"heartbeat/internal/seal"
)

// A Hello opens a conversation, or welcomes it.
type Hello struct {
	Version      int    `json:"v"`
	Step         string `json:"step"` // hello, welcome
	From         string `json:"from"`
	To           string `json:"to"`
	Conversation string `json:"conversation"`
	Public       []byte `json:"public"` // X25519
}

// purpose keeps what is sealed here apart from datagrams, which are sealed with the same key.
const purpose = "heartbeat files 1\n"

// Seal hides a hello with the key of a slot.
func (h Hello) Seal(box *seal.Box, slot int, n *seal.Nonce) ([]byte, error) {
	h.Version = version
	text, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	return box.Seal(nil, slot, n, append([]byte(purpose), text...))
}

// OpenHello opens what Seal made, and checks that it belongs to the message that brought it.
func OpenHello(box *seal.Box, data []byte, step, from, to, conversation string) (Hello, error) {
	text, _, err := box.Open(nil, data)
	if err != nil {
		return Hello{}, err
	}
	if len(text) < len(purpose) || string(text[:len(purpose)]) != purpose {
		return Hello{}, errors.New("what was sealed is something else")
	}
	var h Hello
	if err := decode(text[len(purpose):], &h); err != nil {
		return Hello{}, err
	}
	switch {
	case h.Version != version:
		return Hello{}, fmt.Errorf("version %d is not understood here", h.Version)
	case h.Step != step || h.From != from || h.To != to || h.Conversation != conversation || len(conversation) != 2*conversationLen:
		return Hello{}, errors.New("it was meant for another message")
	}
	return h, nil
}

// conversationLen is the number of random bytes in the name of a conversation.
const conversationLen = 16

// A Channel hides what follows hello and welcome. Messages must come in the order in which they were sealed.
type Channel struct {
	out, in        cipher.AEAD
	sent, received uint64
}

// NewChannel agrees on keys from both sides' hellos. Mine is the opener's if opener is set.
func NewChannel(private *ecdh.PrivateKey, opener bool, mine, theirs Hello) (*Channel, error) {
	public, err := ecdh.X25519().NewPublicKey(theirs.Public)
	if err != nil {
		return nil, fmt.Errorf("agreeing on a key with %s: %w", theirs.From, err)
	}
	shared, err := private.ECDH(public)
	if err != nil {
		return nil, fmt.Errorf("agreeing on a key with %s: %w", theirs.From, err)
	}
	first, second := mine, theirs
	if !opener {
		first, second = theirs, mine
	}
	h := sha256.New()
	for _, part := range [][]byte{[]byte(first.Conversation), first.Public, second.Public, []byte(first.From), []byte(first.To)} {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		h.Write(part)
	}
	salt := h.Sum(nil)
	forth, err := direction(shared, salt, "from the opener")
	if err != nil {
		return nil, err
	}
	back, err := direction(shared, salt, "to the opener")
	if err != nil {
		return nil, err
	}
	if opener {
		return &Channel{out: forth, in: back}, nil
	}
	return &Channel{out: back, in: forth}, nil
}

func direction(shared, salt []byte, label string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, shared, salt, purpose+label, keyLen)
	if err != nil {
		return nil, fmt.Errorf("deriving a key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("preparing a key: %w", err)
	}
	return cipher.NewGCM(block)
}

// Seal hides the next message.
func (c *Channel) Seal(text []byte) []byte {
	c.sent++
	return c.out.Seal(nil, nonce(c.sent), text, nil)
}

// Open reads the next message.
func (c *Channel) Open(box []byte) ([]byte, error) {
	text, err := c.in.Open(nil, nonce(c.received+1), box, nil)
	if err != nil {
		return nil, errors.New("it was changed on its way, or is none of this conversation")
	}
	c.received++
	return text, nil
}

// Sizes of AES-256-GCM, in bytes. A key seals a handful of messages in its life, so a counter is nonce enough.
const (
	keyLen   = 32
	nonceLen = 12
)

func nonce(n uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, nonceLen-8, nonceLen), n)
}
