package halog

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// Config says where lines go. It is comparable.
type Config struct {
	LogFile   string // empty: none
	DebugFile string // also takes debug lines; empty: none
	Facility  string // empty or "none": no syslog
	Classic   bool   // file lines in the older form (syslogmsgfmt off)
	Host      string // node name
	PID       int
	Debug     int    // above 0: debug lines are written
	Socket    string // of syslog; empty: /dev/log
}

// change is a Reopen; made is closed when it is in force.
type change struct {
	cfg  Config
	made chan struct{}
}

// reopenPatience is how long a Reopen waits for a slow disk.
const reopenPatience = 2 * time.Second

// queued is how many lines may wait for the disk.
const queued = 4096

// A Log is safe for concurrent use.
type Log struct {
	level   atomic.Int64
	dropped atomic.Uint64
	in      chan line
	set     chan change
	stop    chan struct{}
	done    chan struct{}
}

// Open starts a log. Nothing can fail here: a file that cannot be opened is tried again.
func Open(cfg Config) *Log {
	l := &Log{in: make(chan line, queued), set: make(chan change), stop: make(chan struct{}), done: make(chan struct{})}
	l.SetDebug(cfg.Debug)
	go l.run(newSinks(cfg))
	return l
}

// SetDebug changes the debug level (SIGUSR1, SIGUSR2).
func (l *Log) SetDebug(level int) {
	min := slog.LevelInfo
	if level > 0 {
		min = slog.LevelDebug
	}
	l.level.Store(int64(min))
}

// Reopen closes all files and goes on with cfg: after a rotation the names are the same, after a reload
// they may differ. Lines that come after its return go to the new files, unless the disk
// hangs: then the caller goes on without waiting for it.
func (l *Log) Reopen(cfg Config) {
	l.SetDebug(cfg.Debug)
	c := change{cfg, make(chan struct{})}
	give := time.NewTimer(reopenPatience)
	defer give.Stop()
	select {
	case l.set <- c:
	case <-l.done:
		return
	case <-give.C:
		return
	}
	select {
	case <-c.made:
	case <-l.done:
	case <-give.C:
	}
}

// Dropped counts lines that found the queue full.
func (l *Log) Dropped() uint64 { return l.dropped.Load() }

// Close writes what waits, for no longer than patience. Later lines are forgotten.
func (l *Log) Close(patience time.Duration) {
	close(l.stop)
	give := time.NewTimer(patience)
	defer give.Stop()
	select {
	case <-l.done:
	case <-give.C:
	}
}

func (l *Log) put(ln line) {
	select {
	case l.in <- ln:
	default:
		l.dropped.Add(1)
	}
}

func (l *Log) run(s *sinks) {
	defer close(l.done)
	defer func() { s.close() }()
	var told uint64
	write := func(ln line) {
		s.write(ln)
		if n := l.dropped.Load(); n > told && len(l.in) == 0 {
			s.write(line{time.Now(), slog.LevelWarn, fmt.Sprintf("%d log lines were lost because the disk or syslog was too slow", n-told)})
			told = n
		}
	}
	for {
		select {
		case ln := <-l.in:
			write(ln)
		case c := <-l.set:
			for len(l.in) > 0 { // what was said before the change belongs to the old files
				write(<-l.in)
			}
			s.close()
			s = newSinks(c.cfg)
			close(c.made)
		case <-l.stop:
			for len(l.in) > 0 {
				write(<-l.in)
			}
			return
		}
	}
}
