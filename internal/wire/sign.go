package wire

import (
	"fmt"
	"strconv"
)

// A Codec encodes for one node's configuration. The zero Dialect and
// Compression are the ones that C Heartbeat 3.0.6 uses by default.
type Codec struct {
	Keys        Keyring
	Dialect     Dialect
	Compression Compression
}

// AppendPacket appends the signed datagram of the message. Fields keep their
// order, fields called auth are replaced by the signature; what to compress is
// compressed (messaging spec, sections 4.5 and 5.2), and so is, whatever is configured,
// what no datagram would carry otherwise: every C Heartbeat inflates it. Nothing is allocated when dst has room
// for twice the message and its pads, and nothing is compressed. After an error dst has its
// old length.
func (c *Codec) AppendPacket(dst []byte, m *Message) ([]byte, error) {
	return c.Keys.appendPacket(dst, m, c.Dialect, c.Compression)
}

// Decode is Keyring.Decode: all dialects and algorithms are accepted from anyone.
func (c *Codec) Decode(data []byte) (*Message, Dialect, error) { return c.Keys.Decode(data) }

// AppendPacket is Codec.AppendPacket without configured compression.
func (k *Keyring) AppendPacket(dst []byte, m *Message, d Dialect) ([]byte, error) {
	return k.appendPacket(dst, m, d, Compression{})
}

// Encode is AppendPacket to new memory.
func (k *Keyring) Encode(m *Message, d Dialect) ([]byte, error) { return k.AppendPacket(nil, m, d) }

// AppendFrame appends the signed message as it travels on serial lines: classic
// text without NUL, whatever it contains (section 4.2).
func (k *Keyring) AppendFrame(dst []byte, m *Message) ([]byte, error) {
	key, err := k.signer()
	if err != nil {
		return dst, err
	}
	if err := check(m, 0); err != nil {
		return dst, err
	}
	if err := checkClassic(m, 0); err != nil {
		return dst, err
	}
	return appendSignedClassic(dst, m, key), nil
}

func (k *Keyring) appendPacket(dst []byte, m *Message, d Dialect, c Compression) ([]byte, error) {
	key, err := k.signer()
	if err != nil {
		return dst, err
	}
	if err := check(m, 0); err != nil {
		return dst, err
	}
	if m, err = c.Pack(m, d); err != nil {
		return dst, err
	}
	start := len(dst)
	dst = appendSigned(dst, m, d, key)
	size := len(dst) - start
	if size <= SafePacket && (!c.Whole || size <= c.Threshold) {
		return dst, nil
	}
	wrapped, err := wrap(m, d, key, c.algorithm())
	switch {
	case err != nil:
		return dst[:start], err
	case len(wrapped) < size:
		dst = append(dst[:start], wrapped...)
	}
	if size := len(dst) - start; size >= MaxPacket {
		return dst[:start], fmt.Errorf("message of %d bytes cannot be sent: at most %d; send less at once", size, MaxPacket-1)
	}
	return dst, nil
}

// appendSigned appends the datagram of a checked message.
func appendSigned(dst []byte, m *Message, d Dialect, key *Key) []byte {
	classic := d != Netstring && carriesClassic(m)
	if d == Classic && classic {
		return append(appendSignedClassic(dst, m, key), 0)
	}
	start := len(dst)
	dst = append(dst, netstringStart...)
	dst = appendNetstringFields(dst, m, authField)
	if classic {
		dst = appendInnerAuth(dst, m, key)
	}
	dst = append(dst, netstringEnd...)

	var text digestText
	digest, dst := key.sign(dst, start, &text)
	dst = appendLength(dst, key, digest, 0)
	dst = appendSlot(dst, key, digest)
	return append(dst, ',')
}

// appendInnerAuth appends the classic signature as a netstring field, which makes the dialect hybrid.
func appendInnerAuth(dst []byte, m *Message, key *Key) []byte {
	mark := len(dst) // what follows is scratch space
	dst = key.appendPad(dst)
	dst = appendLines(dst, m, 0, authField)
	var text digestText
	digest := key.digest(&text, dst[mark:])
	dst = appendLength(dst[:mark], key, digest, len("(0)")+len(authField)+len("="))
	dst = append(dst, "(0)"+authField+"="...)
	dst = appendSlot(dst, key, digest)
	return append(dst, ',')
}

func appendSignedClassic(dst []byte, m *Message, key *Key) []byte {
	dst = append(dst, classicStart...)
	start := len(dst)
	dst = appendLines(dst, m, 0, authField)
	var text digestText
	digest, dst := key.sign(dst, start, &text)
	dst = append(dst, authField+"="...)
	dst = appendSlot(dst, key, digest)
	return append(dst, "\n"+classicEnd...)
}

// sign returns the digest of dst from start on. It uses the space behind dst and
// gives it back, so that a reused buffer is all the memory that signing needs.
func (k *Key) sign(dst []byte, start int, text *digestText) (digest, same []byte) {
	end := len(dst)
	dst = k.appendPad(dst)
	dst = append(dst, dst[start:end]...)
	return k.digest(text, dst[end:]), dst[:end]
}

// appendSlot appends "IDX DIGEST".
func appendSlot(dst []byte, key *Key, digest []byte) []byte {
	dst = strconv.AppendInt(dst, int64(key.Slot), 10)
	dst = append(dst, ' ')
	return append(dst, digest...)
}

// appendLength appends the "LEN:" of what appendSlot appends and of extra bytes before it.
func appendLength(dst []byte, key *Key, digest []byte, extra int) []byte {
	dst = strconv.AppendInt(dst, int64(extra+decimalLen(key.Slot)+1+len(digest)), 10)
	return append(dst, ':')
}

// signer is the key that signs.
func (k *Keyring) signer() (*Key, error) {
	key := k.key(k.Sign)
	if key == nil {
		return nil, fmt.Errorf("signing slot %d has no key; define it in authkeys", k.Sign)
	}
	if !key.Method.known() {
		return nil, fmt.Errorf("signing slot %d: method %s is not crc, md5, sha1 or sha256", k.Sign, quote(string(key.Method)))
	}
	return key, nil
}

// key is the key of a slot, nil when it has none.
func (k *Keyring) key(slot int) *Key {
	for i := range k.Keys {
		if k.Keys[i].Slot == slot && slot >= 0 && slot <= maxSlot {
			return &k.Keys[i]
		}
	}
	return nil
}

// maxSlot is the highest slot of authkeys (section 1).
const maxSlot = 15
