package sim

import (
	"heartbeat/internal/membership"
	"heartbeat/internal/wire"
)

// Every fourth story is encrypted, in one of the mixes of settings that must work together. It is not drawn, so that the others stay as
// they are.
const encryptedEvery = 4

// keys are those of the cluster: a checksum where nothing is secret, because it is quick.
func (p Plan) keys() wire.Keyring {
	k := wire.Key{Slot: 1, Method: wire.CRC}
	if p.Seed%encryptedEvery == 0 {
		k = wire.Key{Slot: 1, Method: wire.MD5, Secret: "of the simulation"}
	}
	return wire.Keyring{Sign: 1, Keys: []wire.Key{k}}
}

// encryption is the setting of one machine.
func (p Plan) encryption(machine int) membership.Encryption {
	if p.Seed%encryptedEvery != 0 {
		return membership.EncryptionOff
	}
	mixes := [...][2]membership.Encryption{
		{membership.EncryptionOn, membership.EncryptionOn},
		{membership.EncryptionRequired, membership.EncryptionRequired},
		{membership.EncryptionOff, membership.EncryptionRequired},
		{membership.EncryptionOn, membership.EncryptionRequired},
	}
	return mixes[p.Seed/encryptedEvery%uint64(len(mixes))][machine%2]
}
