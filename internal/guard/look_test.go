package guard

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestProcessorsThatTheHostGaveNoTime(t *testing.T) {
	const head, tail = "cpu  900 0 300 9000 10 0 5 40 0 0\n", "intr 1 2 3\nctxt 55\n"
	before := look{at: time.Second, processors: accounted(head + "cpu0 100 0 50 800 1 0 2 20 7 0\ncpu1 100 0 50 800 1 0 2 20 0 0\n" + tail)}
	for _, c := range []struct {
		name, stat string
		want       []string
	}{
		{"one busy, one idle", "cpu0 112 0 50 800 1 0 2 20 7 0\ncpu1 100 0 50 813 1 0 2 20 0 0\n", nil},
		{"one stands still", "cpu0 112 0 50 800 1 0 2 20 7 0\ncpu1 102 0 50 800 1 0 2 20 0 0\n", []string{"cpu1"}},
		{"one runs again, and what was taken is in the books", "cpu0 112 0 50 800 1 0 2 20 7 0\ncpu1 100 0 50 800 1 0 2 32 0 0\n", nil},
		{"time of guests counts once", "cpu0 100 0 50 800 1 0 2 20 90 0\ncpu1 100 0 50 812 1 0 2 20 0 0\n", []string{"cpu0"}},
		{"one was taken out, one put in", "cpu0 112 0 50 800 1 0 2 20 7 0\ncpu2 0 0 0 0 0 0 0 0 0 0\n", nil},
	} {
		after := look{at: time.Second + 125*time.Millisecond, processors: accounted(head + c.stat + tail)}
		if got := stoodStill(before, after); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestThreadsAreCountedByWhatTheyDo(t *testing.T) {
	dir := t.TempDir()
	for tid, files := range map[string]map[string]string{
		"10": {"stat": "10 (heartbeat) S 1 10", "stack": "[<0>] futex_do_wait+0x38/0x70\n[<0>] __futex_wait+0x91/0x100\n[<0>] futex_wait+0x69/0x110\n[<0>] do_futex+0x102/0x190\n", "wchan": "futex_do_wait"},
		"11": {"stat": "11 (heartbeat) S 1 10", "wchan": "ep_poll"},
		"12": {"stat": "12 (heartbeat) S 1 10", "wchan": "ep_poll"},
		"13": {"stat": "13 (heartbeat) D 1 10", "stack": "", "wchan": "0"},
		"14": {"stat": "14 (heartbeat) R 1 10", "wchan": "0"},
		"15": {"stat": "15 (heartbeat) I 1 10"},
		"16": {}, // it has ended meanwhile
	} {
		for name, text := range files {
			if err := os.MkdirAll(filepath.Join(dir, tid), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, tid, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	const want = "2 asleep in ep_poll, 1 asleep in futex_do_wait < __futex_wait < futex_wait, 1 in state I, 1 running or ready to, 1 waiting for a device or the kernel"
	if got := threads(dir); got != want {
		t.Errorf("%s", got)
	}
	if got := threads(filepath.Join(dir, "nobody")); got != "" {
		t.Errorf("of a process that is gone: %q", got)
	}
}

// Time of a processor that this process uses is seen from outside, also while it is being used.
func TestProcessorTimeOfAProcess(t *testing.T) {
	before := lookAt(os.Getpid())
	for n := 0; ; n++ {
		if now := lookAt(os.Getpid()); now.used > before.used+20*time.Millisecond && now.at > before.at && len(now.processors) > 0 {
			return
		}
	}
}
