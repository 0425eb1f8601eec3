package realtime

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"

	"heartbeat/internal/testenv"
)

// policyField is the number of the scheduling policy in /proc/PID/stat (proc(5)).
const policyField = 41

func policyOf(t *testing.T, stat string) string {
	t.Helper()
	b, err := os.ReadFile(stat)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), ") ") // a name may hold blanks
	return strings.Fields(rest)[policyField-3]
}

// The test itself must not become real-time, so a copy of it does.
func TestMain(m *testing.M) {
	if os.Getenv("REALTIME_TEST_COPY") != "" {
		os.Exit(become())
	}
	os.Exit(m.Run())
}

// become enters, makes threads, and prints the policies of all of them and of a child.
func become() int {
	if err := Enter(0); err != nil {
		fmt.Println(err)
		return 3
	}
	if err := LockMemory(); err != nil {
		fmt.Println(err)
		return 3
	}
	give := make([]byte, 64<<20)
	for i := range give {
		give[i] = 1
	}
	give = nil
	debug.FreeOSMemory() // the runtime gives locked pages back, too
	var wg sync.WaitGroup
	release := make(chan struct{})
	for range 8 {
		wg.Add(1)
		go func() {
			runtime.LockOSThread() // forces a thread of its own
			wg.Done()
			<-release
		}()
	}
	wg.Wait()
	for range 2 {
		cmd := exec.Command("cat", "/proc/self/stat")
		cmd.Stdout = os.Stdout
		if err := Start(cmd); err != nil {
			fmt.Println(err)
			return 1
		}
		if err := cmd.Wait(); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmLck:") || strings.HasPrefix(line, "VmRSS:") {
			fmt.Print(line)
		}
	}
	threads, _ := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		b, _ := os.ReadFile("/proc/self/task/" + t.Name() + "/stat")
		os.Stdout.Write(b)
	}
	close(release)
	if err := Start(exec.Command("/nonexistent/program")); err == nil {
		fmt.Println("a missing program was started")
		return 1
	}
	return 0
}

func TestEveryThreadIsRealtimeAndNoChildIs(t *testing.T) {
	copy := exec.Command("/proc/self/exe")
	copy.Env = append(os.Environ(), "REALTIME_TEST_COPY=1")
	out, err := copy.CombinedOutput()
	testenv.Need(t, "real-time scheduling", copy.ProcessState.ExitCode() != 3, "run as root or with CAP_SYS_NICE")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	children, threads := 0, 0
	memory := map[string]int{}
	for line := range strings.Lines(string(out)) {
		if name, kb, ok := strings.Cut(line, ":"); ok && strings.HasPrefix(name, "Vm") {
			memory[name], _ = strconv.Atoi(strings.Fields(kb)[0])
			continue
		}
		_, rest, _ := strings.Cut(line, ") ")
		policy, child := strings.Fields(rest)[policyField-3], strings.Contains(line, "(cat)")
		switch {
		case child && policy == "0":
			children++
		case !child && policy == "2":
			threads++
		default:
			t.Errorf("policy %s: %s", policy, line)
		}
	}
	// Pages are locked as they are touched: what is reserved and not used is not resident.
	if memory["VmLck"] == 0 || memory["VmRSS"] == 0 || memory["VmRSS"] > memory["VmLck"]/10 {
		t.Errorf("locked and resident, in KiB: %v", memory)
	}
	if children != 2 || threads < 9 {
		t.Errorf("%d children and %d threads:\n%s", children, threads, out)
	}
}

func TestWithoutItProgramsAreStartedAsUsual(t *testing.T) {
	cmd := exec.Command("true")
	if err := Start(cmd); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if policyOf(t, "/proc/self/stat") == "2" {
		t.Error("the test process became real-time")
	}
}
