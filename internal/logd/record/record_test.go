package record

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// fromC is what ha_logger of cluster-glue 1.0.12 (amd64) wrote for `ha_logger -t web -D ha-debug "hello there"`, without the frame's header.
func fromC(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/ha_logger.hex")
	if err != nil {
		t.Fatal(err)
	}
	data, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestALineOfCIsReadAndWrittenByteForByte(t *testing.T) {
	if longSize != 8 {
		t.Log("the recording is of a 64-bit machine")
		return
	}
	data := fromC(t)
	l, err := Decode(data)
	if err != nil || l.Entity != "web" || l.Text != "hello there" || l.Priority != 7 || l.Word || l.Facility != 8 || l.PID == 0 || l.At.Year() < 2026 {
		t.Fatalf("%+v %v", l, err)
	}
	if again := Append(nil, l); string(again) != string(data) {
		t.Errorf("written\n%x, C wrote\n%x", again, data)
	}
}

func TestWhatCannotBeIsCut(t *testing.T) {
	l, err := Decode(Append(nil, Line{Entity: strings.Repeat("e", 100), Text: strings.Repeat("é", MaxText) + "\x00hidden", At: time.Unix(5, 9)}))
	if err != nil || len(l.Entity) != entitySize-1 || len(l.Text) > MaxText || !utf8.ValidString(l.Text) || l.At != time.Unix(5, 0) {
		t.Errorf("entity of %d, text of %d bytes, at %v: %v", len(l.Entity), len(l.Text), l.At, err)
	}
	for what, body := range map[string][]byte{"nothing": nil, "half a header": make([]byte, 50), "another type": make([]byte, headerSize)} {
		if _, err := Decode(body); err == nil {
			t.Errorf("%s was read", what)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(fromC(f))
	f.Add(Append(nil, Line{Entity: "e", Text: "t", Word: true, Priority: 3}))
	f.Fuzz(func(t *testing.T, body []byte) {
		l, err := Decode(body)
		if err != nil {
			return
		}
		again, err := Decode(Append(nil, l))
		if utf8.ValidString(l.Text) && len(l.Text) <= MaxText && len(l.Entity) < entitySize && (err != nil || again != l) {
			t.Errorf("%+v came back as %+v, %v", l, again, err)
		}
		if l.Priority < 0 || l.Priority > 7 {
			t.Errorf("priority %d", l.Priority)
		}
	})
}
