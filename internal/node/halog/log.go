package halog

import (
	"fmt"
	"io/fs"
	"log/slog"
	"sync/atomic"
	"time"

	"heartbeat/internal/logd/record"
)

// Config says where lines go. It is comparable.
type Config struct {
	LogFile   string      // empty: none
	DebugFile string      // also takes debug lines; empty: none
	Facility  string      // empty or "none": no syslog
	Classic   bool        // file lines in the older form (syslogmsgfmt off)
	Host      string      // node name
	Entity    string      // program in the lines; empty: heartbeat
	Prefix    string      // what lines in syslog begin with (syslogprefix); empty: nothing
	Mode      fs.FileMode // of files that are made; 0: 0640
	PID       int
	Debug     int    // above 0: debug lines are written
	Socket    string // of syslog; empty: /dev/log
	Guests    int    // lines of other programs that may wait (see Put); 0: 256

	Logd      string        // socket of the logging daemon, which gets all lines while it runs; empty: none
	LogdRetry time.Duration // between two attempts to reach it; 0: a minute
}

// change is a Reopen, or with keep only a Flush; made is closed when it is in force.
type change struct {
	cfg  Config
	keep bool
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
	guests  chan line
	set     chan change
	stop    chan struct{}
	done    chan struct{}
}

// Open starts a log. Nothing can fail here: a file that cannot be opened is tried again.
func Open(cfg Config) *Log {
	guests := cfg.Guests
	if guests == 0 {
		guests = 256
	}
	l := &Log{in: make(chan line, queued), guests: make(chan line, guests), set: make(chan change), stop: make(chan struct{}), done: make(chan struct{})}
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
	l.order(change{cfg: cfg, made: make(chan struct{})})
}

// Flush returns when what was said before is written, unless the disk hangs.
func (l *Log) Flush() { l.order(change{keep: true, made: make(chan struct{})}) }

func (l *Log) order(c change) {
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

// Put writes a line of another program, and waits while too many of them wait: its sender is held up and not the lines of this program.
func (l *Log) Put(r record.Line) {
	select {
	case l.guests <- guest(r, time.Now()):
	case <-l.done:
	}
}

func (l *Log) run(s *sinks) {
	defer close(l.done)
	defer func() { s.close() }()
	var told uint64
	write := func(ln line) {
		s.write(ln)
		if n := l.dropped.Load(); n > told && len(l.in) == 0 {
			s.write(line{at: time.Now(), priority: warning, text: fmt.Sprintf("%d log lines were lost because the disk or syslog was too slow", n-told), word: true})
			told = n
		}
	}
	drain := func() {
		for len(l.in) > 0 {
			write(<-l.in)
		}
		for len(l.guests) > 0 {
			write(<-l.guests)
		}
	}
	for {
		select {
		case ln := <-l.in: // what this program itself says goes first
			write(ln)
			continue
		default:
		}
		select {
		case ln := <-l.in:
			write(ln)
		case ln := <-l.guests:
			write(ln)
		case c := <-l.set:
			drain() // what was said before the change belongs to the old files
			if !c.keep {
				s.close()
				s = newSinks(c.cfg)
			}
			close(c.made)
		case <-l.stop:
			drain()
			return
		}
	}
}
