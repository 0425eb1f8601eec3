package node

import (
	"crypto/rand"
	"fmt"

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

// keyTrap warns of several keys beside a C node, which verifies with the key that it signs with, whatever a packet names (messaging
// spec, section 5.3): the usual way to use them would make the nodes deaf to each other.
func (s *sight) keyTrap(self string) (out []string) {
	secrets := map[string]bool{}
	for _, k := range s.cfg.AuthKeys.Keys {
		secrets[k.Secret] = true
	}
	for _, v := range s.cluster.Nodes {
		live := v.Status == membership.Up || v.Status == membership.Active
		if v.Name == self || len(secrets) < 2 || !live || kindOf(v, self) != "c" {
			continue
		}
		out = append(out, fmt.Sprintf("authkeys has several keys and node %s is C Heartbeat, which understands only the one that it signs with itself (%d): change the auth line on all nodes at the same moment only", v.Name, v.Signs))
	}
	return out
}
