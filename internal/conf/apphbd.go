package conf

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Apphbd is apphbd.cf, the file of the application heartbeat monitor, with every default filled in (resources spec, section 9.5).
type Apphbd struct {
	File             string
	Debug            int    // above 0: files are written; 0: syslog only
	LogFile          string // empty: none
	DebugFile        string
	WatchdogDevice   string        // empty: none
	WatchdogInterval time.Duration // between two feedings; 10 ms or more
	NotifyRecovery   bool          // notify_plugin recmgr
	Realtime         bool
}

// ParseApphbd reads apphbd.cf and says everything that is wrong with it.
func ParseApphbd(file string, data []byte) (Apphbd, Problems) {
	a := Apphbd{File: file, Debug: 3, WatchdogInterval: time.Second, Realtime: true}
	n := &notes{file: file}
	names := []string{"debug_level", "debugfile", "logfile", "notify_plugin", "realtime", "watchdog_device", "watchdog_interval_ms"}
	for _, l := range splitLines(data, n) {
		text, _, _ := strings.Cut(l.text, "#")
		name, rest := firstWord(text)
		values := words(rest)
		switch {
		case name == "":
			continue
		case !slices.Contains(names, name):
			n.fail(l.num, didYouMean(name, names, "the directives are: "+strings.Join(names, ", ")), "Illegal directive [%.60s] in %s", name, file)
			continue
		case len(values) == 0:
			n.fail(l.num, "write a value behind it, or remove the line", "directive %s needs a value", name)
			continue
		case len(values) > 1:
			n.warn(l.num, "write one value", "%s has %d values and only the first one counts", name, len(values))
		}
		a.directive(n, name, values[0], l.num)
	}
	return a, n.list.Sorted()
}

func (a *Apphbd) directive(n *notes, name, v string, line int) {
	switch name {
	case "debug_level":
		level, err := strconv.Atoi(v)
		if err != nil {
			n.fail(line, "write: debug_level 1", "invalid debug_level [%s] specified", v)
			return
		}
		a.Debug = level
	case "debugfile":
		a.DebugFile = v
	case "logfile":
		a.LogFile = v
	case "watchdog_device":
		if !path.IsAbs(v) {
			n.fail(line, "write: watchdog_device /dev/watchdog", "watchdog_device [%s] is no absolute path", v)
			return
		}
		a.WatchdogDevice = v
	case "watchdog_interval_ms":
		ms, err := strconv.Atoi(v)
		if err != nil || ms < 10 || ms > int(maxDuration/time.Millisecond) {
			n.fail(line, "write: watchdog_interval_ms 1000", "invalid watchdog_interval_ms [%s] specified: it is a number of milliseconds, 10 or more", v)
			return
		}
		a.WatchdogInterval = time.Duration(ms) * time.Millisecond
	case "notify_plugin":
		if v != "recmgr" {
			n.fail(line, "write: notify_plugin recmgr, which tells the recovery manager", "cannot load plugin %s", v)
			return
		}
		a.NotifyRecovery = true
	case "realtime":
		if v != "yes" && v != "no" {
			n.fail(line, "write yes or no", "realtime: Invalid directive value %s", v)
			return
		}
		a.Realtime = v == "yes"
	}
}
