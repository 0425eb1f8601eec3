package wire

import "errors"

// A wrapper is a message that contains another one, compressed (messaging spec, section 4.5).

// wrap compresses the whole message into a new one. Inside stands what C puts
// there: classic text with its auth field and NUL, or netstring without trailer.
func wrap(m *Message, d Dialect, key *Key, algorithm Algorithm) ([]byte, error) {
	var plain []byte
	if d != Netstring && carriesClassic(m) {
		plain = append(appendSignedClassic(plain, m, key), 0)
	} else {
		plain = appendNetstring(plain, m, authField)
	}
	packed, err := deflate(algorithm, plain)
	if err != nil {
		return nil, err
	}
	return appendSigned(nil, &Message{Fields: []Field{
		{Name: payloadField, Type: Binary, Value: string(packed)},
		{Name: algorithmField, Value: string(algorithm)},
	}}, Netstring, key), nil
}

func isWrapper(m *Message) bool {
	_, ok := m.Lookup(payloadField)
	return ok
}

// unwrap returns the message inside a verified wrapper. The signature of the
// wrapper covers it, so that an auth field inside need not be verified.
func unwrap(wrapper *Message) (*Message, Dialect, *DropError) {
	plain, err := inflate(Algorithm(wrapper.Get(algorithmField)), wrapper.Get(payloadField))
	switch {
	case errors.Is(err, errInflated):
		return nil, 0, &DropError{Oversized, err.Error()}
	case err != nil:
		return nil, 0, &DropError{Malformed, err.Error()}
	}
	m, d, err := Parse(plain)
	if err != nil {
		return nil, 0, &DropError{Malformed, "inflated: " + err.Error()}
	}
	if isWrapper(m) { // its limits would multiply
		return nil, 0, &DropError{Malformed, "a compressed message inside a compressed message"}
	}
	if removeAuth(m); d == Classic {
		d = Hybrid // the sender speaks netstring, or it could not have sent the wrapper
	}
	return m, d, nil
}
