package event

// What the secrecy of the cluster channel reports.
var (
	EncryptionOn      = &Kind{"encryption.on", Info, "Datagrams are encrypted", "Every live node can read encrypted datagrams, so this node sends nothing else.", "none"}
	EncryptionOff     = &Kind{"encryption.off", Warn, "Datagrams are not encrypted", "Encryption is wanted, but a live node cannot read it; this node sends signed text until that changes.", "replace the nodes named by current ones, or give the signing key a secret; with the setting encryption required they would be refused instead"}
	EncryptionRefused = &Kind{"encryption.refused", Error, "A node without encryption is refused", "Encryption is required here, and an authentic node that cannot encrypt speaks. It is not heard; both may run the same resources.", "stop that node, replace it by a current one, or set encryption on instead of required on all nodes"}
)

var securityKinds = []*Kind{EncryptionOn, EncryptionOff, EncryptionRefused}
