package identity

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/fsutil"
)

// GenerationFile holds a decimal number, right-aligned in 15 columns, and a newline.
const GenerationFile = "hb_generation"

// Generation returns the number of this start, which must be larger than that of any earlier one: peers
// drop what carries an old one. It is on the disk before the function returns, if the disk takes it.
//
//   - The stored number plus one, as C does.
//   - No file: the time in seconds plus one, which is larger than what any reasonable history left, or one more
//     than the machine file remembers, if that is more.
//   - A file that cannot be read or replaced: the larger of both, and a copy in runDir, which other
//     starts since the same boot will find. The file stays as it is.
//
// With fromTime (hbgenmethod time) it is the time, and nothing is stored.
func Generation(stateDir, runDir string, fromTime bool, now time.Time) (uint32, []Notice) {
	clock := uint32(min(max(now.Unix(), 1), math.MaxUint32-1))
	if fromTime {
		return clock, nil
	}
	path, copied := filepath.Join(stateDir, GenerationFile), filepath.Join(runDir, GenerationFile)
	stored, err := readGeneration(path)
	recent, _ := readGeneration(copied) // 0 when there is none, as always on a healthy disk
	recent = max(recent, notedGeneration(stateDir))
	var notices []Notice
	next := max(stored, recent) + 1
	switch {
	case errors.Is(err, fs.ErrNotExist):
		next = max(clock+1, next)
		notices = append(notices, Notice{path, fmt.Sprintf("No Previous generation - starting at %d", next), nil})
	case err != nil:
		next = max(clock+1, next)
		notices = append(notices, Notice{path, fmt.Sprintf("the generation cannot be read; starting at %d, from the clock", next), err})
		if !errors.Is(err, errNoGeneration) {
			keepCopy(copied, next)
			return next, notices
		}
	}
	if err := StoreGeneration(stateDir, next); err != nil {
		next = max(clock+1, next)
		notices = append(notices, Notice{path, fmt.Sprintf("the generation cannot be stored; starting at %d, from the clock, and going on", next), err})
		keepCopy(copied, next)
		return next, notices
	}
	if recent > 0 {
		os.Remove(copied)
	}
	return next, notices
}

// StoreGeneration writes the number to the disk. A disk without room for a new file takes the 16 bytes in
// the place of the old 16 all the same, without ever making the file shorter.
func StoreGeneration(stateDir string, n uint32) error {
	path := filepath.Join(stateDir, GenerationFile)
	text := []byte(formatGeneration(n))
	err := fsutil.Replace(path, text, 0o644)
	if err == nil {
		return nil
	}
	f, e := os.OpenFile(path, os.O_WRONLY, 0)
	if e != nil {
		return err
	}
	defer f.Close()
	if info, e := f.Stat(); e != nil || info.Size() != int64(len(text)) {
		return err
	}
	if _, e := f.WriteAt(text, 0); e != nil {
		return err
	}
	if e := f.Sync(); e != nil {
		return err
	}
	return nil
}

func formatGeneration(n uint32) string { return fmt.Sprintf("%15d\n", n) }

// keepCopy is a second chance, not a promise: the run directory is gone after a reboot.
func keepCopy(path string, n uint32) { _ = os.WriteFile(path, []byte(formatGeneration(n)), 0o644) }

var errNoGeneration = errors.New("not a generation number")

func readGeneration(path string) (uint32, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 32)
	if err != nil || n == math.MaxUint32 {
		return 0, errNoGeneration
	}
	return uint32(n), nil
}
