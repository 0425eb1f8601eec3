package wire

import (
	"bytes"
	"encoding/base64"
)

// AppendOwnFrame appends the serial form of a datagram of our own: classic text, signed anew (messaging spec, section 15). The
// datagram is not verified; it may be signed with a key that is gone by now. A bundle becomes several frames;
// a datagram of another form, an encrypted one, is carried whole (see CarriedIn).
func (k *Keyring) AppendOwnFrame(dst, packet []byte) ([]byte, error) {
	if IsBundle(packet) {
		start := len(dst)
		for one := range Bundled(packet) {
			var err error
			if dst, err = k.AppendOwnFrame(dst, one); err != nil {
				return dst[:start], err
			}
		}
		return dst, nil
	}
	if !startsWith(packet, netstringStart) && !startsWith(packet, classicStart) {
		return appendCarrier(dst, packet), nil
	}
	m, err := ownMessage(packet)
	if err != nil {
		return dst, err
	}
	return k.AppendFrame(dst, m)
}

func ownMessage(packet []byte) (m *Message, err error) {
	if startsWith(packet, netstringStart) {
		signed, _, drop := splitTrailer(packet)
		if drop != nil {
			return nil, drop
		}
		m, err = parseNetstring(string(signed), 0)
	} else {
		m, err = ParseClassic(packet)
	}
	if err != nil {
		return nil, err
	}
	removeAuth(m)
	if !isWrapper(m) {
		return m, nil
	}
	inner, _, drop := unwrap(m)
	if drop != nil {
		return nil, drop
	}
	removeAuth(inner)
	return inner, nil
}

// A carrier is a frame whose only field is a datagram that is no text: it proves itself, and is not signed once more. C
// Heartbeat drops it as unsigned; what is in it would be noise to C on any medium.
const carrierField = "(1)datagram="

func appendCarrier(dst, packet []byte) []byte {
	dst = append(dst, classicStart+carrierField...)
	dst = base64.StdEncoding.AppendEncode(dst, packet)
	return append(dst, "\n"+classicEnd...)
}

// CarriedIn appends the datagram that a frame carries to dst; false for a frame that is a message itself.
func CarriedIn(dst, frame []byte) ([]byte, bool) {
	text, ok := bytes.CutPrefix(frame, []byte(classicStart+carrierField))
	if !ok {
		return dst, false
	}
	if text, ok = bytes.CutSuffix(text, []byte("\n"+classicEnd)); !ok || bytes.ContainsAny(text, "\r\n") {
		return dst, false
	}
	packet, err := base64.StdEncoding.AppendDecode(dst, text)
	return packet, err == nil
}
