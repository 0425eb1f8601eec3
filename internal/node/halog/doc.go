// Package halog writes the log where ha.cf wants it: logfile and debugfile in
// the line format that tools of Heartbeat's time read, and syslog (RFC 3164)
// with the facility of logfacility. It is a slog.Handler.
//
// Writing happens in a goroutine of its own behind a bounded queue: a log that
// cannot be written costs lines, which are counted and told about, and never
// makes the caller wait.
package halog
