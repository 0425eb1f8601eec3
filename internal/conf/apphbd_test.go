package conf

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestApphbdCf(t *testing.T) {
	a, ps := ParseApphbd("apphbd.cf", []byte("#c\ndebug_level 1\ndebugfile /d # x\nlogfile /l\nwatchdog_device /dev/watchdog\nwatchdog_interval_ms 10\nnotify_plugin recmgr\nrealtime no\n"))
	want := Apphbd{File: "apphbd.cf", Debug: 1, DebugFile: "/d", LogFile: "/l", WatchdogDevice: "/dev/watchdog", WatchdogInterval: 10 * time.Millisecond, NotifyRecovery: true}
	if d := cmp.Diff(want, a); d != "" || len(ps) > 0 {
		t.Errorf("%v\n%s", ps, d)
	}
	a, ps = ParseApphbd("apphbd.cf", nil)
	if d := cmp.Diff(Apphbd{File: "apphbd.cf", Debug: 3, WatchdogInterval: time.Second, Realtime: true}, a); d != "" || len(ps) > 0 {
		t.Errorf("%v\n%s", ps, d)
	}
}

func TestEveryMistakeOfApphbdCfIsToldAtOnce(t *testing.T) {
	_, ps := ParseApphbd("apphbd.cf", []byte("debug_level x\nrealtime perhaps\nwatchdog_interval_ms 9\nwatchdog_device watchdog\nnotify_plugin mail\nDebug_level 1\nlogfile\nlogfile a b\n"))
	for _, want := range []string{
		"apphbd.cf:1: invalid debug_level [x] specified: write: debug_level 1", "apphbd.cf:2: realtime: Invalid directive value perhaps: write yes or no",
		"apphbd.cf:3: invalid watchdog_interval_ms [9] specified", "apphbd.cf:4: watchdog_device [watchdog] is no absolute path",
		"apphbd.cf:5: cannot load plugin mail: write: notify_plugin recmgr", "apphbd.cf:6: Illegal directive [Debug_level] in apphbd.cf: did you mean debug_level?",
		"apphbd.cf:7: directive logfile needs a value", "apphbd.cf:8: warning: logfile has 2 values and only the first one counts",
	} {
		if !strings.Contains(ps.Error(), want) {
			t.Errorf("missing: %s", want)
		}
	}
	if len(ps) != 8 {
		t.Errorf("%d problems:\n%v", len(ps), ps)
	}
}

func FuzzParseApphbd(f *testing.F) {
	f.Add([]byte("debug_level 1\ndebugfile /d\nlogfile /l\nwatchdog_device /dev/watchdog\nwatchdog_interval_ms 10\nnotify_plugin recmgr\nrealtime no\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, ps := ParseApphbd("apphbd.cf", data)
		withinFile(t, data, ps)
		if a.WatchdogInterval < 10*time.Millisecond {
			t.Errorf("%+v", a)
		}
	})
}
