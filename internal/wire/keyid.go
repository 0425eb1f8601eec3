package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// keyIDLabel keeps identifiers apart from every other use of a secret.
const keyIDLabel = "heartbeat key identifier 1, slot "

// keyIDLen is the length of an identifier, in hexadecimal digits.
const keyIDLen = 16

// ID names the key: equal for equal slot, method and secret. It says no more about the secret than any signed packet does.
func (k Key) ID() string {
	h := hmac.New(sha256.New, []byte(k.Secret))
	h.Write([]byte(keyIDLabel + strconv.Itoa(k.Slot) + " " + string(k.Method)))
	return hex.EncodeToString(h.Sum(nil))[:keyIDLen]
}

// A KeyMark is one key of a node, as it announces it.
type KeyMark struct {
	Slot  int
	ID    string
	Signs bool // the node signs with it
}

// Marks are the announcement of a keyring, in the order of the slots in the file.
func (k *Keyring) Marks() []KeyMark {
	var out []KeyMark
	for _, key := range k.Keys {
		if key.Slot >= 0 && key.Slot <= maxSlot {
			out = append(out, KeyMark{Slot: key.Slot, ID: key.ID(), Signs: key.Slot == k.Sign})
		}
	}
	return out
}

// FormatMarks writes marks as they stand in a status message: "1*:ID 2:ID", the star at the key that signs.
func FormatMarks(marks []KeyMark) string {
	var b strings.Builder
	for _, m := range marks {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.Itoa(m.Slot))
		if m.Signs {
			b.WriteByte('*')
		}
		b.WriteString(":" + m.ID)
	}
	return b.String()
}

// ParseMarks reads them. What is not of that form is left out: a newer peer may say more than we understand.
func ParseMarks(text string) []KeyMark {
	var out []KeyMark
	for word := range strings.FieldsSeq(text) {
		slot, id, ok := strings.Cut(word, ":")
		slot, signs := strings.CutSuffix(slot, "*")
		n, err := strconv.Atoi(slot)
		if !ok || err != nil || n < 0 || n > maxSlot || strconv.Itoa(n) != slot || !isKeyID(id) {
			continue
		}
		if out = append(out, KeyMark{Slot: n, ID: id, Signs: signs}); len(out) > maxSlot {
			break
		}
	}
	return out
}

func isKeyID(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == keyIDLen
}
