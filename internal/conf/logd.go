package conf

import (
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// Logd is logd.cf, the file of the logging daemon, with every default filled in (resources spec, section 9.4).
type Logd struct {
	File         string
	LogFile      string      // empty: none
	DebugFile    string      // also takes debug lines; empty: none
	Facility     string      // of syslog; none: no syslog
	Entity       string      // name of the daemon in its own lines
	SyslogPrefix string      // stands before every line in syslog; empty: none
	SyslogMsgFmt bool        // lines of files as syslog writes them
	LogMode      fs.FileMode // of files that are made
	SendQueue    int         // lines on their way from the reader of clients to the writer
	RecvQueue    int
}

// maxEntity is the longest name of a program in the log, in bytes.
const maxEntity = 63

// maxLogQueue bounds sendqlen and recvqlen: each waiting line takes up to 8 KB.
const maxLogQueue = 65536

func defaultLogd(file string) Logd {
	return Logd{File: file, Facility: "daemon", Entity: "logd", SyslogMsgFmt: true, LogMode: 0o644, SendQueue: 256, RecvQueue: 256}
}

// logdWords are the directives of logd.cf.
func logdWords() map[string]func(r *logdReader, v string, line int) {
	return map[string]func(r *logdReader, v string, line int){
		"logfile":      func(r *logdReader, v string, _ int) { r.l.LogFile = v },
		"debugfile":    func(r *logdReader, v string, _ int) { r.l.DebugFile = v },
		"logfacility":  (*logdReader).facility,
		"entity":       func(r *logdReader, v string, line int) { r.name("entity", &r.l.Entity, v, line) },
		"syslogprefix": func(r *logdReader, v string, line int) { r.name("syslogprefix", &r.l.SyslogPrefix, v, line) },
		"syslogmsgfmt": (*logdReader).msgFmt,
		"sendqlen":     func(r *logdReader, v string, line int) { r.length("sendqlen", &r.l.SendQueue, v, line) },
		"recvqlen":     func(r *logdReader, v string, line int) { r.length("recvqlen", &r.l.RecvQueue, v, line) },
		"logmode":      (*logdReader).mode,
	}
}

// logdReader is the state while logd.cf is read from top to bottom.
type logdReader struct {
	*notes
	l Logd
}

// ParseLogd reads logd.cf and says everything that is wrong with it. Data nil: there is no file, and all defaults hold.
func ParseLogd(file string, data []byte) (Logd, Problems) {
	r := &logdReader{notes: &notes{file: file}, l: defaultLogd(file)}
	known := logdWords()
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, l := range splitLines(data, r.notes) {
		text, _, _ := strings.Cut(l.text, "#")
		word, rest := firstWord(text)
		values := words(rest)
		name := strings.ToLower(word)
		apply, ok := known[name]
		switch {
		case word == "":
		case name == "useapphbd":
			r.fail(l.num, "remove the line", "Illegal directive [%s] in %s: the logging daemon does not register with apphbd", word, file)
		case !ok:
			r.fail(l.num, didYouMean(name, names, "the directives are: "+strings.Join(names, ", ")), "Illegal directive [%.60s] in %s", word, file)
		case len(values) == 0:
			r.fail(l.num, "write a value behind it, or remove the line", "directive %s needs a value", name)
		default:
			if len(values) > 1 {
				r.warn(l.num, "write one value", "%s has %d values and only the first one counts", name, len(values))
			}
			apply(r, values[0], l.num)
		}
	}
	return r.l, r.list.Sorted()
}

// forgiven turns errors into warnings: a node that only reads where its log goes starts all the same, with the default in the place of
// what it cannot read. The logging daemon itself refuses such a file.
func forgiven(ps Problems) Problems {
	for i := range ps {
		ps[i].Severity = Warning
	}
	return ps
}

func (r *logdReader) facility(v string, line int) {
	if !slices.Contains(facilities[:], v) {
		r.fail(line, didYouMean(v, facilities[:], "write daemon, or none"), "Log facility(%s) not valid", v)
		return
	}
	r.l.Facility = v
}

func (r *logdReader) name(directive string, field *string, v string, line int) {
	if len(v) > maxEntity {
		r.warn(line, "write a shorter one", "%s [%s] is longer than %d bytes and is cut", directive, v, maxEntity)
		v = v[:maxEntity]
	}
	*field = v
}

func (r *logdReader) msgFmt(v string, line int) {
	b, err := ParseBool(v)
	if err != nil {
		r.fail(line, "write yes or no", "syslogmsgfmt: Invalid directive value %s", v)
		return
	}
	r.l.SyslogMsgFmt = b
}

func (r *logdReader) length(directive string, field *int, v string, line int) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > maxLogQueue {
		r.fail(line, "write: "+directive+" 256", "%s [%s] is no number of lines from 0 to %d", directive, v, maxLogQueue)
		return
	}
	*field = n
}

func (r *logdReader) mode(v string, line int) {
	n, err := strconv.ParseUint(v, 8, 32)
	if err != nil || n > 0o777 {
		r.fail(line, "write: logmode 0640", "Invalid log mode [%s]", v)
		return
	}
	if !strings.HasPrefix(v, "0") {
		r.warn(line, "write: logmode 0"+v, "Log mode [%s] assumed to be octal", v)
	}
	if n&0o200 == 0 {
		r.fail(line, "write: logmode 0640", "Invalid log mode [%s]: the daemon itself could not write its files", v)
		return
	}
	r.l.LogMode = fs.FileMode(n)
}
