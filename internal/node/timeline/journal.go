package timeline

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"heartbeat/internal/event"
)

// DefaultLimit is the size at which the journal is rotated, in bytes: some twenty thousand records,
// years of a quiet cluster. One older file is kept beside it as FILE.1.
const DefaultLimit = 8 << 20

// journalQueue is how many records may wait for the disk.
const journalQueue = 4096

// retryAfter is the pause before a failing disk is tried again.
const retryAfter = 5 * time.Second

// journal writes records to a file, in a goroutine that alone waits for the disk. It never flushes: the
// file explains, it does not decide, and a flush per line would wear out a flash disk for nothing.
type journal struct {
	path   string
	limit  int64
	failed func(error)
	in     chan event.Record
	done   chan struct{}
	lost   atomic.Uint64

	// The rest belongs to the goroutine.
	file    *os.File
	size    int64
	broken  bool
	retryAt time.Time
}

func startJournal(cfg Config) *journal {
	j := &journal{path: cfg.File, limit: cfg.Limit, failed: cfg.FileFailed,
		in: make(chan event.Record, journalQueue), done: make(chan struct{})}
	if j.limit == 0 {
		j.limit = DefaultLimit
	}
	if j.failed == nil {
		j.failed = func(error) {}
	}
	go j.run()
	return j
}

func (j *journal) add(r event.Record) {
	select {
	case j.in <- r:
	default:
		j.lost.Add(1)
	}
}

func (j *journal) close(patience time.Duration) {
	close(j.in)
	give := time.NewTimer(patience)
	defer give.Stop()
	select {
	case <-j.done:
	case <-give.C:
	}
}

func (j *journal) run() {
	defer close(j.done)
	for r := range j.in {
		j.write(r)
	}
	if j.file != nil {
		j.file.Close()
	}
}

// write appends one line. A line that could not be written whole is cut off again, so that the file
// never holds half a record between two good ones.
func (j *journal) write(r event.Record) {
	if j.broken && time.Now().Before(j.retryAt) {
		j.lost.Add(1)
		return
	}
	line, err := encode(r)
	if err == nil {
		err = j.append(line)
	}
	if err != nil {
		j.lost.Add(1)
		j.retryAt = time.Now().Add(retryAfter)
		if !j.broken {
			j.broken = true
			j.failed(err)
		}
		return
	}
	if j.broken {
		j.broken = false
		j.failed(nil)
	}
}

func (j *journal) append(line []byte) error {
	if err := j.ready(int64(len(line))); err != nil {
		return err
	}
	n, err := j.file.Write(line)
	if err != nil && n > 0 {
		if j.file.Truncate(j.size) == nil {
			n = 0
		}
	}
	j.size += int64(n)
	if err != nil {
		j.file.Close()
		j.file = nil
	}
	return err
}

// ready opens the file, and rotates it when the line would go beyond the limit.
func (j *journal) ready(n int64) error {
	if j.file != nil && j.size+n > j.limit {
		j.file.Close()
		j.file = nil
		if err := os.Rename(j.path, j.path+".1"); err != nil {
			return fmt.Errorf("rotating the journal: %w", err)
		}
	}
	if j.file != nil {
		return nil
	}
	f, err := os.OpenFile(j.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return fmt.Errorf("opening the journal: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return fmt.Errorf("opening the journal: %w", err)
	}
	j.file, j.size = f, info.Size()
	if j.size+n > j.limit && j.size > 0 {
		return j.ready(n)
	}
	return nil
}
