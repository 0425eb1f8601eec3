package halog

import (
	"os"
	"time"

	"heartbeat/internal/logd"
	"heartbeat/internal/logd/record"
)

// logdPatience is how long the logging daemon may take to read a line. One that does not read is left, and its lines are
// written here, until it is tried again.
const logdPatience = 100 * time.Millisecond

// daemon is the logging daemon (ha_logd) that runs on this machine, if one does. A nil daemon takes nothing.
type daemon struct {
	socket string
	retry  time.Duration
	client *logd.Client
	nextAt time.Time // of an attempt to reach it
}

func newDaemon(cfg Config) *daemon {
	if cfg.Logd == "" {
		return nil
	}
	d := &daemon{socket: cfg.Logd, retry: cfg.LogdRetry}
	if d.retry <= 0 {
		d.retry = time.Minute
	}
	return d
}

// take hands a line over; false: it is to be written here.
func (d *daemon) take(cfg Config, facility int, l line) bool {
	if d == nil || l.entity != "" { // lines of other programs came through our own socket
		return false
	}
	if d.client == nil {
		now := time.Now()
		if now.Before(d.nextAt) {
			return false
		}
		d.nextAt = now.Add(d.retry)
		var err error
		if d.client, err = logd.Dial(d.socket, logdPatience); err != nil {
			return false
		}
	}
	entity, pid := cfg.by(l)
	err := d.client.Write(record.Line{At: l.at, Entity: entity, PID: pid, Facility: facility << 3, Priority: l.priority, Word: l.word, Text: l.text}, logdPatience)
	if err == nil {
		return true
	}
	d.close()
	d.nextAt = time.Now().Add(d.retry)
	return false
}

func (d *daemon) close() {
	if d != nil && d.client != nil {
		d.client.Close()
		d.client = nil
	}
}

// lookAgain is how often a log file is compared with its name.
const lookAgain = time.Minute

// logFile is an open log file. Who renames or removes it need not tell: that is seen within a minute, as in C.
type logFile struct {
	*os.File
	looked time.Time
}

func (f *logFile) rotated() bool {
	now := time.Now()
	if now.Sub(f.looked) < lookAgain {
		return false
	}
	f.looked = now
	here, err := f.Stat()
	if err != nil {
		return true
	}
	there, err := os.Stat(f.Name())
	return err != nil || !os.SameFile(here, there)
}
