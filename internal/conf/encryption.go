package conf

// shortSecret is the length below which a secret can be guessed by whoever records encrypted packets and has time, in characters.
const shortSecret = 16

// checkEncryption finds what keeps the setting encryption from being what it says.
func (c *Config) checkEncryption(n *notes) {
	if e := c.HaCf.Settings.Encryption; e != "on" && e != "required" {
		return
	}
	for _, k := range c.AuthKeys.Keys {
		switch {
		case k.Slot != c.AuthKeys.Sign:
		case k.Secret == "":
			n.fail(k.Line, newKey, "encryption %s needs a secret, and key %d has none", c.HaCf.Settings.Encryption, k.Slot)
		case len(k.Secret) < shortSecret:
			n.warn(k.Line, newKey, "encryption %s with a key of %d characters: whoever records packets can try all keys", c.HaCf.Settings.Encryption, len(k.Secret))
		}
	}
}
