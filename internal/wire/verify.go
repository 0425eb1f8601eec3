package wire

import (
	"bytes"
	"crypto/subtle"
	"fmt"
)

// Decode verifies a datagram or a serial frame with the method and the key of the
// slot that it names, and reads it; wrapped messages are inflated. The signature
// is no part of the message returned. The dialect is the sender's: Hybrid also for
// a wrapper around classic text. The error is always a *DropError.
func (k *Keyring) Decode(data []byte) (*Message, Dialect, error) {
	m := &Message{Fields: make([]Field, 0, fieldsGuess)}
	d, drop := k.decode(m, data, copied)
	if drop != nil { // not returned as it is: a nil *DropError would be an error
		return nil, 0, drop
	}
	return m, d, nil
}

// decode fills an empty message; text makes strings of what is read.
func (k *Keyring) decode(m *Message, data []byte, text func([]byte) string) (d Dialect, drop *DropError) {
	switch {
	case len(data) > MaxPacket:
		return 0, &DropError{Oversized, fmt.Sprintf("%d bytes, at most %d", len(data), MaxPacket)}
	case startsWith(data, netstringStart):
		d, drop = k.decodeNetstring(m, data, text)
	case startsWith(data, classicStart):
		d, drop = k.decodeClassic(m, data, text)
	default:
		drop = &DropError{Malformed, errStart.Error()}
	}
	if drop == nil && isWrapper(m) {
		var inner *Message
		if inner, d, drop = unwrap(m); drop == nil {
			*m = *inner
		}
	}
	return d, drop
}

func copied(b []byte) string { return string(b) }

// stackScratch is room for the pad and the signed bytes of usual packets.
const stackScratch = 2048

// decodeNetstring verifies the trailer only, as C does: it covers an auth field inside (section 5.2).
func (k *Keyring) decodeNetstring(m *Message, data []byte, text func([]byte) string) (Dialect, *DropError) {
	signed, token, drop := splitTrailer(data)
	if drop != nil {
		return 0, drop
	}
	key, digest, drop := k.named(data, token)
	if drop != nil {
		return 0, drop
	}
	var stack [stackScratch]byte
	padded := append(key.appendPad(stack[:0]), signed...)
	if drop := key.compare(data, digest, padded); drop != nil {
		return 0, drop
	}
	if err := m.readNetstring(text(signed), 0); err != nil {
		return 0, malformed(data, err)
	}
	if removeAuth(m) {
		return Hybrid, nil
	}
	return Netstring, nil
}

func (k *Keyring) decodeClassic(m *Message, data []byte, text func([]byte) string) (Dialect, *DropError) {
	whole := bytes.TrimSuffix(data, []byte{0})
	lines, ok := bytes.CutSuffix(whole[len(classicStart):], []byte(classicEnd))
	if !ok {
		return 0, &DropError{Malformed, "classic message does not end with <<<" + claim(data)}
	}
	token, ok := authLine(lines)
	if !ok {
		return 0, &DropError{Unsigned, "classic message without auth" + claim(data)}
	}
	key, digest, drop := k.named(data, token)
	if drop != nil {
		return 0, drop
	}
	var stack [stackScratch]byte
	padded := appendOtherLines(key.appendPad(stack[:0]), lines)
	if drop := key.compare(data, digest, padded); drop != nil {
		return 0, drop
	}
	if err := m.readClassic(text(whole), 0); err != nil {
		return 0, malformed(data, err)
	}
	removeAuth(m)
	return Classic, nil
}

// splitTrailer separates what is signed from the "IDX DIGEST" behind it (section 4.4).
func splitTrailer(data []byte) (signed, token []byte, drop *DropError) {
	// A value may contain the mark; the trailer cannot, so the last one counts.
	i := bytes.LastIndex(data, []byte(netstringEnd))
	if i < 0 {
		return nil, nil, &DropError{Malformed, "netstring message does not end with %%%" + claim(data)}
	}
	i += len(netstringEnd)
	signed, trailer := data[:i], data[i:]
	if len(trailer) == 0 {
		return nil, nil, &DropError{Unsigned, "netstring message without trailer" + claim(data)}
	}
	n, rest, ok := leadingDecimal(trailer, 3)
	if !ok || len(rest) != 1+n+1 || rest[0] != ':' || rest[n+1] != ',' {
		return nil, nil, &DropError{Malformed, `trailer is not "length:slot digest,"` + claim(data)}
	}
	return signed, rest[1 : n+1], nil
}

// authLine returns the value of the first auth field.
func authLine(lines []byte) (token []byte, ok bool) {
	for line := range bytes.Lines(lines) {
		if startsWith(line, authField+"=") {
			return bytes.TrimSuffix(line[len(authField)+1:], []byte{'\n'}), true
		}
	}
	return nil, false
}

// appendOtherLines appends what the auth field signs: the lines of all other fields.
func appendOtherLines(dst, lines []byte) []byte {
	for line := range bytes.Lines(lines) {
		if !startsWith(line, authField+"=") {
			dst = append(dst, line...)
		}
	}
	return dst
}

// named finds the key that the "IDX DIGEST" of a packet names.
func (k *Keyring) named(data, token []byte) (*Key, []byte, *DropError) {
	slot, rest, ok := leadingDecimal(token, 3)
	if !ok || len(rest) == 0 || rest[0] != ' ' {
		return nil, nil, &DropError{Malformed, `signature is not "slot digest"` + claim(data)}
	}
	key := k.key(slot)
	if key == nil || !key.Method.known() {
		return nil, nil, &DropError{UnknownSlot, fmt.Sprintf("slot %d%s; is authkeys the same on all nodes?", slot, claim(data))}
	}
	return key, rest[1:], nil
}

// compare says, in constant time, whether the digest is the one of padded.
func (k *Key) compare(data, digest, padded []byte) *DropError {
	var text digestText
	if subtle.ConstantTimeCompare(k.digest(&text, padded), digest) == 1 {
		return nil
	}
	return &DropError{BadDigest, fmt.Sprintf("slot %d, %s%s; is authkeys the same on all nodes?", k.Slot, k.Method, claim(data))}
}

// removeAuth takes the fields out that signed the message and says whether there was one.
func removeAuth(m *Message) bool {
	kept := m.Fields[:0]
	for _, f := range m.Fields {
		if f.Name != authField {
			kept = append(kept, f)
		}
	}
	removed := len(kept) < len(m.Fields)
	m.Fields = kept
	return removed
}

func malformed(data []byte, err error) *DropError {
	return &DropError{Malformed, err.Error() + claim(data)}
}

// leadingDecimal reads 1 to maxDigits decimal digits and returns what follows.
func leadingDecimal(b []byte, maxDigits int) (n int, rest []byte, ok bool) {
	i := 0
	for i < len(b) && i < maxDigits && '0' <= b[i] && b[i] <= '9' {
		n = n*10 + int(b[i]-'0')
		i++
	}
	return n, b[i:], i > 0
}
