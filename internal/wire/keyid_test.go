package wire

import (
	"slices"
	"strings"
	"testing"
)

func TestKeysHaveIdentifiersThatTellThemApart(t *testing.T) {
	keys := []Key{{1, SHA1, "secret"}, {2, SHA1, "secret"}, {1, MD5, "secret"}, {1, SHA1, "secret2"}, {0, CRC, ""}}
	seen := map[string]bool{}
	for _, k := range keys {
		id := k.ID()
		if seen[id] || !isKeyID(id) || id != k.ID() || strings.Contains(id, "secret") {
			t.Errorf("%+v has identifier %q", k, id)
		}
		seen[id] = true
	}
}

func TestMarksSurviveAStatus(t *testing.T) {
	ring := Keyring{Sign: 2, Keys: []Key{{1, SHA1, "a"}, {2, SHA256, "b"}}}
	text := FormatMarks(ring.Marks())
	if got := ParseMarks(text); !slices.Equal(got, ring.Marks()) || !strings.Contains(text, "2*:") || len(text) != 2*keyIDLen+6 {
		t.Errorf("%q became %+v", text, got)
	}
	for _, bad := range []string{"x", "1", "1:", "16:0123456789abcdef", "-1:0123456789abcdef", "1:0123456789abcdeG", "01:0123456789abcdef", "1:0123456789abcdef0"} {
		if got := ParseMarks(bad); got != nil {
			t.Errorf("%q became %+v", bad, got)
		}
	}
}

func FuzzParseMarks(f *testing.F) {
	ring := Keyring{Sign: 2, Keys: []Key{{1, SHA1, "a"}, {2, SHA256, "b"}}}
	f.Add(FormatMarks(ring.Marks()))
	f.Add("1**:x 1*: :* 15*:0123456789abcdef")
	f.Fuzz(func(t *testing.T, text string) {
		marks := ParseMarks(text)
		if len(marks) > maxSlot+1 || !slices.Equal(ParseMarks(FormatMarks(marks)), marks) {
			t.Fatalf("%q became %+v", text, marks)
		}
	})
}
