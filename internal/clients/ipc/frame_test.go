package ipc

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heartbeat/internal/wire"
)

// conversation is what a client and the C daemon said to each other, one frame a file.
func conversation(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/api-*.bin")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d frames in testdata, %v", len(files), err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = data
	}
	return out
}

func TestFramesOfTheCDaemonAreReadAndWrittenByteForByte(t *testing.T) {
	for name, frame := range conversation(t) {
		n, err := BodySize(frame[:HeaderSize])
		if err != nil || n != len(frame)-HeaderSize {
			t.Errorf("%s: body of %d bytes, %v", name, n, err)
			continue
		}
		m, err := Decode(frame[HeaderSize:])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, err := Append([]byte("before"), m, false)
		if err != nil || !bytes.Equal(again, append([]byte("before"), frame...)) {
			t.Errorf("%s: written again, %v (-want +got)\n%s", name, err, cmp.Diff(string(frame), string(again)))
		}
	}
}

func TestWhatClassicTextCannotCarryGoesAsNetstring(t *testing.T) {
	nested := wire.New("t", "crmd")
	nested.Fields = append(nested.Fields, wire.Field{Name: "crm_xml", Type: wire.Struct, Struct: wire.New("a", "1")})
	lines := wire.New("t", "CCM_TYPE_MEM_LIST")
	lines.Fields = append(lines.Fields, wire.Field{Name: "list", Type: wire.List, List: []string{"one\ntwo"}})
	for _, m := range []*wire.Message{nested, lines} {
		frame, err := Append(nil, m, false)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(frame[HeaderSize:], []byte("###\n")) {
			t.Errorf("frame %q", frame[HeaderSize:])
		}
		got, err := Decode(frame[HeaderSize:])
		if d := cmp.Diff(m.Kind(), got.Kind()); err != nil || d != "" {
			t.Errorf("%v %s", err, d)
		}
	}
}

func TestForeignHeadersAreRefused(t *testing.T) {
	header := func(length int32, mark uint32) []byte {
		b := binary.NativeEndian.AppendUint32(nil, uint32(length))
		return binary.NativeEndian.AppendUint32(b, mark)
	}
	for what, h := range map[string][]byte{
		"nothing": {}, "seven bytes": make([]byte, 7), "another protocol": []byte("GET / HT"),
		"no body": header(0, magic), "negative": header(-1, magic), "too long": header(MaxBody+1, magic),
	} {
		if n, err := BodySize(h); err == nil {
			t.Errorf("%s: taken for a body of %d bytes", what, n)
		}
	}
	huge := wire.New("t", "x", "data", strings.Repeat("a", MaxBody))
	if out, err := Append([]byte("kept"), huge, true); err == nil || string(out) != "kept" {
		t.Errorf("a body of more than %d bytes: %v", MaxBody, err)
	}
}

func FuzzFrame(f *testing.F) {
	for _, frame := range conversation(f) {
		f.Add(frame)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < HeaderSize {
			return
		}
		n, err := BodySize(data[:HeaderSize])
		if err != nil || n > len(data)-HeaderSize {
			return
		}
		m, err := Decode(data[HeaderSize:][:n])
		if err != nil {
			return
		}
		frame, err := Append(nil, m, false)
		if err != nil {
			return
		}
		size, err := BodySize(frame[:HeaderSize])
		if err != nil || size != len(frame)-HeaderSize {
			t.Fatalf("what was written has a wrong header: %d, %v", size, err)
		}
		again, err := Decode(frame[HeaderSize:])
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%q", err, frame)
		}
		if d := cmp.Diff(m, again); d != "" {
			t.Errorf("another message came back (-first +second)\n%s", d)
		}
	})
}
