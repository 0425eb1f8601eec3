package wire

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strings"
	"testing"
)

func TestDigestsAreTheOnesOfTheStandardLibrary(t *testing.T) {
	for method, h := range map[Method]func() hash.Hash{MD5: md5.New, SHA1: sha1.New, SHA256: sha256.New} {
		for _, n := range []int{0, 1, 63, 64, 65, 200} {
			key := Key{Slot: 1, Method: method, Secret: strings.Repeat("k", n)}
			for _, data := range []string{"", "data", strings.Repeat("data", 1000)} {
				mac := hmac.New(h, []byte(key.Secret))
				mac.Write([]byte(data))
				want := hex.EncodeToString(mac.Sum(nil))
				var text digestText
				if got, _ := key.sign([]byte(data), 0, &text); string(got) != want {
					t.Errorf("%s, key of %d bytes, %d bytes of data: %s, want %s", method, n, len(data), got, want)
				}
			}
		}
	}
}

// The value is the one of the example in section 4.7 of the messaging spec.
func TestCRCCoversTheLinesAndHasNoLeadingZeros(t *testing.T) {
	lines := "t=NS_ackmsg\ndest=w1\nackseq=4\n(1)destuuid=XowPRi0lTGqb/0NG+y8+pA==\nsrc=w1\n" +
		"(1)srcuuid=XowPRi0lTGqb/0NG+y8+pA==\nhg=6b00faf5\nts=6b00faf5\nttl=4\n"
	if got := crc([]byte(lines)); got != 0x8fcaf49a {
		t.Errorf("%x, want 8fcaf49a", got)
	}
	key := Key{Slot: 1, Method: CRC}
	for i := range 10000 {
		data := []byte{byte(i), byte(i >> 8)}
		var text digestText
		if got, _ := key.sign(data, 0, &text); len(got) > 1 && got[0] == '0' {
			t.Fatalf("%v: %s", data, got)
		}
	}
}
