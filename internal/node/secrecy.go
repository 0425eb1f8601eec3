package node

import (
	"crypto/rand"

	"heartbeat/internal/membership"
)

// encryption is the setting of that name.
func encryption(setting string) membership.Encryption {
	switch setting {
	case "on":
		return membership.EncryptionOn
	case "required":
		return membership.EncryptionRequired
	}
	return membership.EncryptionOff
}

// sealSalt is new in every life, so that no nonce is ever used twice whatever happens to the disk.
func sealSalt() (salt [16]byte) {
	rand.Read(salt[:])
	return salt
}

// encryption says what the packets of this node are.
func (s *sight) encryption() string {
	switch {
	case s.cluster.Sealed:
		return "on"
	case len(s.cluster.CannotOpen) > 0:
		return "wanted"
	}
	return "off"
}
