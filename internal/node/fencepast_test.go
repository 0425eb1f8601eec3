package node

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/fencing"
)

func TestFencingsAreRememberedOverARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), fencePastFile)
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	f := &fencer{past: path, record: func(e event.Event) { t.Error(e.Text) }}
	f.keepFencings([]fencing.Shot{{Node: "n2", At: at}, {Node: "n3", At: at.Add(time.Minute)}})
	got := readFencings(path)
	if len(got) != 2 || got[0].Node != "n2" || !got[1].At.Equal(at.Add(time.Minute)) {
		t.Errorf("%+v", got)
	}
	if err := os.WriteFile(path, []byte("rubbish\n\nn2 yesterday\nn2 2030-01-02T03:04:05Z\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := readFencings(path); len(got) != 1 {
		t.Errorf("%+v", got)
	}
	if got := readFencings(path + ".none"); got != nil {
		t.Errorf("%+v", got)
	}
}
