package conf

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reader is the state while ha.cf is read from top to bottom.
type reader struct {
	*notes
	h          *HaCf
	env        Env
	port, baud int            // what holds for media further down
	baudLine   int            // 0: not given
	portLine   int            // of the first udpport; 0: not given
	crmLine    int            // 0: not given
	lines      map[string]int // directive → line where it stood last
}

// ParseHaCf reads ha.cf (messaging spec, section 2) with the settings in its comments.
func ParseHaCf(file string, data []byte, env Env) (HaCf, Problems) {
	h := HaCf{
		File: file, Keepalive: time.Second, Deadtime: 30 * time.Second, MaxRexmitDelay: 250 * time.Millisecond,
		Hopfudge: 1, UDPPort: 694, Baud: 19200, AutoFailback: FailbackLegacy, AutoJoin: "none", MsgFmt: "classic", CRM: "off",
		ConnLogdTime: time.Minute, SyslogMsgFmt: true, LogBadPack: true, Realtime: true, HBGenMethod: "file", UUIDFrom: "file", Cluster: "linux-ha",
		Compression: "zlib", CompressionThreshold: 2048, Settings: defaultSettings(), Given: map[string]string{},
	}
	r := &reader{notes: &notes{file: file}, h: &h, env: env, port: h.UDPPort, baud: h.Baud, lines: map[string]int{}}
	known := map[string]Directive{}
	for _, d := range Directives() {
		known[d.Name] = d
	}
	lines := splitLines(data, r.notes)
	for _, l := range lines {
		text, _, _ := strings.Cut(l.text, "#")
		if name, rest := firstWord(text); name != "" {
			r.directive(known, name, rest, l.num)
		}
	}
	r.list = append(r.list, h.Settings.applySettings(scanSettings(file, lines))...)
	r.derive()
	r.judge()
	h.Parameters = parameters(&h, env)
	return h, r.list.Sorted()
}

func (r *reader) directive(known map[string]Directive, name, rest string, line int) {
	d, ok := known[name]
	if !ok {
		r.unknown(known, name, line)
		return
	}
	if rest == "" {
		r.fail(line, "write for example: "+d.Example, "directive %s needs a value", name)
		return
	}
	values := []string{rest}
	switch {
	case d.WholeLine:
	case d.Type == "time":
		values = timeValues(words(rest))
	default:
		values = words(rest)
	}
	switch before := r.lines[name]; {
	case d.Many:
	case len(values) > 1:
		r.warn(line, "write one value", "%s has %d values and only the last one counts", name, len(values))
	case before > 0 && name != "watchdog" && name != "baud" && name != "crm" && name != "pacemaker":
		r.warn(line, "keep one of them", "%s again: it replaces the one in line %d", name, before)
	}
	r.lines[name] = line
	for _, v := range values {
		r.h.Given[name] = v
		d.apply(r, v, line)
	}
}

// timeValues joins a number with a unit that stands apart: "500 ms" is one time.
func timeValues(f []string) []string {
	var out []string
	for _, w := range f {
		switch strings.ToLower(w) {
		case "ms", "msec", "us", "usec":
			if len(out) > 0 && strings.Trim(out[len(out)-1], "0123456789.") == "" {
				out[len(out)-1] += w
				continue
			}
		}
		out = append(out, w)
	}
	return out
}

func (r *reader) unknown(known map[string]Directive, name string, line int) {
	names := slices.Sorted(maps.Keys(known))
	switch {
	case slices.Contains(notBuilt[:], name):
		r.fail(line, "use bcast, ucast or mcast", "Illegal directive [%s] in %s: this medium does not exist here", name, r.file)
	case name == "normalpoll":
		r.fail(line, "remove the line; nothing polls here", "Illegal directive [normalpoll]")
	default:
		fix := didYouMean(name, names, "remove the line, or see docs/ha.cf.md for the directives")
		if _, ok := settingNamed(name); ok {
			fix = "write it as a comment: #!hb " + name + " …"
		}
		r.fail(line, fix, "unknown directive %q (Illegal directive [%.60s] in %s)", name, name, r.file)
	}
}

// stored directives have no effect but to be read through the API.
func stored(*reader, string, int) {}

func storedBool(name string) func(*reader, string, int) {
	return func(r *reader, v string, line int) {
		if _, err := ParseBool(v); err != nil {
			r.fail(line, "write on or off", "%s: Invalid directive value %s", name, v)
		}
	}
}

func storedNumber(name string, low, high int) func(*reader, string, int) {
	return func(r *reader, v string, line int) {
		if _, err := numberIn(v, low, high); err != nil {
			r.fail(line, "", "%s: %v", name, err)
		}
	}
}

func boolInto(name string, field func(*HaCf) *bool) func(*reader, string, int) {
	return func(r *reader, v string, line int) {
		b, err := ParseBool(v)
		if err != nil {
			r.fail(line, "write on or off", "%s: Invalid directive value %s", name, v)
			return
		}
		*field(r.h) = b
	}
}

func intInto(name string, low, high int, field func(*HaCf) *int) func(*reader, string, int) {
	return func(r *reader, v string, line int) {
		n, err := numberIn(v, low, high)
		if err != nil {
			r.fail(line, "", "%s: %v", name, err)
			return
		}
		*field(r.h) = n
	}
}

// wordInto stores one of the allowed words; text is C's complaint with one verb.
func wordInto(text string, field func(*HaCf) *string, allowed ...string) func(*reader, string, int) {
	return func(r *reader, v string, line int) {
		if !slices.Contains(allowed, v) {
			r.fail(line, didYouMean(v, allowed, "write "+strings.Join(allowed, " or ")), text, v)
			return
		}
		*field(r.h) = v
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
