package filestore

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"heartbeat/internal/fsutil"
	"heartbeat/internal/propagate"
)

// Names of the records in the state directory. They hold keys and are readable by nobody else (mode 0600).
const (
	pendingName = "propagate.pending"
	lastName    = "propagate.last"
)

// A Record is one change, written down whole.
type Record struct {
	From string        `json:"from"` // node where it was ordered
	By   string        `json:"by"`   // who ordered it there
	At   time.Time     `json:"at"`
	Undo bool          `json:"undo,omitempty"`
	Old  propagate.Set `json:"old"`
	New  propagate.Set `json:"new"`
}

// Undone is the change that takes this one back.
func (r Record) Undone() Record { return Record{Undo: !r.Undo, Old: r.New, New: r.Old} }

// A record on the disk is "sha256 DIGEST\n" and JSON, so that half of one, or another file, is known as such.
const digestMark = "sha256 "

func (r Record) write(path string) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	return fsutil.Replace(path, append([]byte(digestMark+hex.EncodeToString(sum[:])+"\n"), data...), 0o600)
}

func readRecord(path string) (Record, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Record{}, err
	}
	r, err := parseRecord(data)
	if err != nil {
		return Record{}, fmt.Errorf("%s: %w; look at the configuration, then remove that file", path, err)
	}
	return r, nil
}

func parseRecord(data []byte) (r Record, err error) {
	head, body, ok := bytes.Cut(data, []byte("\n"))
	sum := sha256.Sum256(body)
	if !ok || string(head) != digestMark+hex.EncodeToString(sum[:]) {
		return Record{}, fmt.Errorf("it is damaged: its digest is wrong")
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return Record{}, fmt.Errorf("it is damaged: %w", err)
	}
	if !slices.Equal(r.Old.Names(), r.New.Names()) {
		return Record{}, fmt.Errorf("it speaks of other files before than after")
	}
	for _, set := range []propagate.Set{r.Old, r.New} {
		for _, f := range set {
			if !propagate.Shareable(f.Name) {
				return Record{}, fmt.Errorf("it speaks of a file %.40q", f.Name)
			}
		}
	}
	return r, nil
}
