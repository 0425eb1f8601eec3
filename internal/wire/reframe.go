package wire

// AppendOwnFrame appends the serial form of a datagram of our own: classic text, signed anew (messaging spec, section 15). The
// datagram is not verified; it may be signed with a key that is gone by now. A bundle becomes several frames.
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
