package halog

import (
	"net"
	"os"
	"time"
)

// retryAfter is the pause before a sink that failed is tried again.
const retryAfter = 5 * time.Second

// sinks are the open files and the syslog socket. They belong to the goroutine of a Log.
type sinks struct {
	cfg        Config
	log, debug *sink
	syslog     *sink
	facility   int
	logd       *daemon
}

func newSinks(cfg Config) *sinks {
	if cfg.Socket == "" {
		cfg.Socket = "/dev/log"
	}
	s := &sinks{cfg: cfg, logd: newDaemon(cfg)}
	if isFile(cfg.LogFile) {
		s.log = &sink{open: s.fileOpener(cfg.LogFile)}
	}
	if isFile(cfg.DebugFile) && cfg.DebugFile != cfg.LogFile {
		s.debug = &sink{open: s.fileOpener(cfg.DebugFile)}
	}
	if n, ok := Facility(cfg.Facility); ok {
		s.facility = n
		s.syslog = &sink{open: func() (conn, error) { return net.Dial("unixgram", cfg.Socket) }}
	}
	return s
}

// isFile leaves /dev/null alone: C sets it where there is only a facility.
func isFile(path string) bool { return path != "" && path != os.DevNull }

// fileOpener opens a log file. One that is made gets the mode of the configuration, whatever the umask of who started us.
func (s *sinks) fileOpener(path string) func() (conn, error) {
	mode := s.cfg.Mode
	if mode == 0 {
		mode = 0o640
	}
	return func() (conn, error) {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		if os.IsNotExist(err) {
			if f, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, mode); err == nil {
				_ = f.Chmod(mode) // not possible on every file system
			}
		}
		if err != nil {
			return nil, err
		}
		return &logFile{File: f, looked: time.Now()}, nil
	}
}

// write hands a line to the logging daemon, or to every sink that wants it. Debug lines go to the debug file, and to the log file when
// both are one; to syslog go only those of other programs, which had a reason to send them.
func (s *sinks) write(l line) {
	if s.logd.take(s.cfg, s.facility, l) {
		return
	}
	text := s.cfg.fileLine(l)
	if l.priority <= info || s.cfg.DebugFile == s.cfg.LogFile {
		s.log.write(text)
	}
	s.debug.write(text)
	if l.priority <= info || l.entity != "" {
		s.syslog.write(s.cfg.syslogPacket(l, s.facility))
	}
}

func (s *sinks) close() {
	s.log.close()
	s.debug.close()
	s.syslog.close()
	s.logd.close()
}

// A sink is one file or socket that is opened when needed, and again after a failure. A nil sink takes nothing.
type sink struct {
	open    func() (conn, error)
	to      conn
	retryAt time.Time
}

type conn interface {
	Write([]byte) (int, error)
	Close() error
}

func (s *sink) write(text string) {
	if s == nil {
		return
	}
	if f, ok := s.to.(*logFile); ok && f.rotated() {
		s.close()
	}
	if s.to == nil {
		if time.Now().Before(s.retryAt) {
			return
		}
		if s.to, _ = s.open(); s.to == nil {
			s.retryAt = time.Now().Add(retryAfter)
			return
		}
	}
	if c, ok := s.to.(net.Conn); ok {
		// A syslog daemon that does not read must not hold up the files behind it.
		c.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	}
	if _, err := s.to.Write([]byte(text)); err != nil {
		s.close()
		s.retryAt = time.Now().Add(retryAfter)
	}
}

func (s *sink) close() {
	if s != nil && s.to != nil {
		s.to.Close()
		s.to = nil
	}
}
