package guard

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A look is what the kernel says of a process and of this machine at one moment. It is taken twice while a silent node is watched, so that the
// log can tell a node that waits for a disk from one that spins, and from a host that gave this machine no processor.
type look struct {
	at         time.Duration            // on CLOCK_MONOTONIC, from its start
	used       time.Duration            // processor time of the process
	processors map[string]time.Duration // how much time the kernel has accounted for on each, to 10 ms
}

func lookAt(pid int) look {
	l := look{at: clock(unix.CLOCK_MONOTONIC), used: clock(processClock(pid))}
	if data, err := os.ReadFile("/proc/stat"); err == nil {
		l.processors = accounted(string(data))
	}
	return l
}

// processClock names the clock of the processor time of a process, as clock_getcpuclockid(3) does.
func processClock(pid int) int32 {
	const sched = 2 // what its threads used, to the nanosecond
	return int32(^pid)<<3 | sched
}

func clock(id int32) time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(id, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

// accounted adds up the columns of each processor in /proc/stat (proc_stat(5)): busy, idle or taken by the host, every moment is in one of them.
func accounted(stat string) map[string]time.Duration {
	const tick = 10 * time.Millisecond // USER_HZ
	sums := map[string]time.Duration{}
	for line := range strings.Lines(stat) {
		f := strings.Fields(line)
		if len(f) < 9 || !strings.HasPrefix(f[0], "cpu") || f[0] == "cpu" {
			continue
		}
		for _, v := range f[1:9] { // what follows, the guests' time, is in the first two already
			if n, err := strconv.ParseInt(v, 10, 64); err == nil {
				sums[f[0]] += time.Duration(n) * tick
			}
		}
	}
	return sums
}

// stoodStill names the processors on which less than half of the time between two looks has passed. The kernel accounts for the time that
// the host took only when the processor runs again.
func stoodStill(before, after look) []string {
	var still []string
	for name, sum := range after.processors {
		if begin, ok := before.processors[name]; ok && sum-begin < (after.at-before.at)/2 {
			still = append(still, name)
		}
	}
	slices.Sort(still)
	return still
}

// doing says what a process did between two looks and what its threads do now. It reads a few small files that the kernel writes at once.
func doing(pid int, before, after look) string {
	text := fmt.Sprintf("in the last %v it used %v of a processor", (after.at - before.at).Round(time.Millisecond), (after.used - before.used).Round(100*time.Microsecond))
	if still := stoodStill(before, after); len(still) > 0 {
		text += ", the host gave " + strings.Join(still, ", ") + " no time"
	}
	if t := threads(filepath.Join("/proc", strconv.Itoa(pid), "task")); t != "" {
		text += "; its threads: " + t
	}
	return text
}

// states are those of proc_pid_stat(5) in which a thread can be found.
var states = map[string]string{"R": "running or ready to", "S": "asleep", "D": "waiting for a device or the kernel", "T": "stopped", "t": "stopped by a debugger", "Z": "ended", "X": "ended"}

// threads counts the threads of a process by what they do, most first.
func threads(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	count := map[string]int{}
	for _, e := range entries {
		stat, err := os.ReadFile(filepath.Join(dir, e.Name(), "stat"))
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(stat), ") ") // the name may hold anything but the program has no ")" in its own
		letter, _, _ := strings.Cut(rest, " ")
		what := states[letter]
		if what == "" {
			what = "in state " + letter
		}
		if letter == "S" || letter == "D" {
			what += place(filepath.Join(dir, e.Name()))
		}
		count[what]++
	}
	list := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(count[b]-count[a], strings.Compare(a, b))
	})
	for i, what := range list {
		list[i] = fmt.Sprintf("%d %s", count[what], what)
	}
	return strings.Join(list, ", ")
}

// place is where in the kernel a thread waits: the innermost functions, which root alone may read, or one of them.
func place(thread string) string {
	const most = 3
	var names []string
	if stack, err := os.ReadFile(filepath.Join(thread, "stack")); err == nil {
		for line := range strings.Lines(string(stack)) {
			_, f, _ := strings.Cut(line, "] ")
			f, _, _ = strings.Cut(strings.TrimSpace(f), "+")
			if f != "" && len(names) < most {
				names = append(names, f)
			}
		}
	}
	if len(names) == 0 {
		if wchan, err := os.ReadFile(filepath.Join(thread, "wchan")); err == nil && string(wchan) != "0" && len(wchan) > 0 {
			names = append(names, string(wchan))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " in " + strings.Join(names, " < ")
}
