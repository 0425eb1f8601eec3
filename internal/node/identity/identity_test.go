package identity

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"heartbeat/internal/pidfile"
	"heartbeat/internal/testenv"
)

func TestUUIDOfNameIsTheOneOfC(t *testing.T) {
	for node, want := range map[string]string{
		"w1": "48f15ee0c12e1a944bbfccb061a71ad6",
		"w2": "c88f48b407eeb7f9b5d1f620511caee7",
	} {
		id, notices := UUID("/nowhere", node, true)
		if got := fmt.Sprintf("%x", id); got != want || notices != nil {
			t.Errorf("%s: %s %v, want %s", node, got, notices, want)
		}
	}
}

func TestUUIDIsMadeOnceAndKept(t *testing.T) {
	dir := t.TempDir()
	first, notices := UUID(dir, "n1", false)
	if len(notices) != 1 || notices[0].Err != nil || first[6]>>4 != 4 || first[8]>>6 != 2 {
		t.Errorf("%x %v", first, notices)
	}
	second, notices := UUID(dir, "n1", false)
	if second != first || notices != nil {
		t.Errorf("%x became %x %v", first, second, notices)
	}
	if info, _ := os.Stat(filepath.Join(dir, UUIDFile)); info.Mode().Perm() != 0o644 || info.Size() != 16 {
		t.Errorf("%v", info)
	}
}

func TestDamagedUUIDIsKeptAside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, UUIDFile)
	os.WriteFile(path, []byte("short"), 0o600)
	id, notices := UUID(dir, "n1", false)
	again, _ := UUID(dir, "n1", false)
	if id != again || len(notices) != 2 || notices[0].Err == nil {
		t.Errorf("%x, %x, %v", id, again, notices)
	}
	if b, _ := os.ReadFile(path + ".damaged"); string(b) != "short" {
		t.Errorf("the damaged file is %q", b)
	}
}

var noon = time.Unix(1_700_000_000, 0)

func TestGenerationGrowsByOne(t *testing.T) {
	dir, run := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, GenerationFile)
	first, notices := Generation(dir, run, false, noon)
	if first != 1_700_000_001 || len(notices) != 1 || notices[0].Err != nil {
		t.Errorf("first start: %d %v", first, notices)
	}
	second, notices := Generation(dir, run, false, noon.Add(-24*time.Hour)) // the clock plays no part
	if second != first+1 || notices != nil {
		t.Errorf("second start: %d %v", second, notices)
	}
	if b, _ := os.ReadFile(path); string(b) != "     1700000002\n" {
		t.Errorf("file %q", b)
	}
	if n, notices := Generation(dir, run, true, noon); n != 1_700_000_000 || notices != nil {
		t.Errorf("from the clock: %d %v", n, notices)
	}
}

func TestGarbageInTheGenerationFileIsReplaced(t *testing.T) {
	for _, garbage := range []string{"", "abc\n", "-5", "4294967295", "99999999999999"} {
		dir := t.TempDir()
		os.WriteFile(filepath.Join(dir, GenerationFile), []byte(garbage), 0o644)
		n, notices := Generation(dir, dir, false, noon)
		if n != 1_700_000_001 || len(notices) != 1 || notices[0].Err == nil {
			t.Errorf("%q: %d %v", garbage, n, notices)
		}
		if n, _ := Generation(dir, dir, false, noon); n != 1_700_000_002 {
			t.Errorf("%q: then %d", garbage, n)
		}
	}
}

func tmpfs(t *testing.T, options string) string {
	testenv.NeedRoot(t)
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		testenv.Need(t, "mount of a tmpfs", false, "run as root with CAP_SYS_ADMIN: "+err.Error())
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

func TestFullDiskStillStoresTheGeneration(t *testing.T) {
	dir := tmpfs(t, "size=16k,nr_inodes=20")
	Generation(dir, t.TempDir(), false, noon)
	filler, _ := os.Create(filepath.Join(dir, "filler"))
	for {
		if _, err := filler.Write(make([]byte, 4096)); err != nil {
			break
		}
	}
	filler.Close()
	n, notices := Generation(dir, t.TempDir(), false, noon)
	if n != 1_700_000_002 || notices != nil {
		t.Errorf("%d %v", n, notices)
	}
	if n, _ := Generation(dir, t.TempDir(), false, noon); n != 1_700_000_003 {
		t.Errorf("then %d", n)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestReadOnlyDiskStartsFromTheClock(t *testing.T) {
	dir, run := tmpfs(t, ""), t.TempDir()
	os.WriteFile(filepath.Join(dir, GenerationFile), []byte(formatGeneration(41)), 0o644)
	uuid, _ := UUID(dir, "n1", false)
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	n, notices := Generation(dir, run, false, noon)
	if n != 1_700_000_001 || len(notices) != 1 || !errors.Is(notices[0].Err, syscall.EROFS) {
		t.Errorf("%d %v", n, notices)
	}
	if again, _ := Generation(dir, run, false, noon); again != n+1 {
		t.Errorf("a second start in the same second has %d", again)
	}
	if same, notices := UUID(dir, "n1", false); same != uuid || notices != nil {
		t.Errorf("uuid %x %v", same, notices)
	}
	syscall.Mount("", dir, "", syscall.MS_REMOUNT, "")
	if after, notices := Generation(dir, run, false, noon); after != n+2 || notices != nil {
		t.Errorf("on the mended disk: %d %v", after, notices)
	}
	if _, err := os.Stat(filepath.Join(run, GenerationFile)); err == nil {
		t.Error("the copy outlived its use")
	}
}

func TestUUIDThatCannotBeStoredIsStable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "missing")
	a, notices := UUID(dir, "n1", false)
	b, _ := UUID(dir, "n1", false)
	other, _ := UUID(dir, "n2", false)
	if a != b || a == other || len(notices) != 1 || notices[0].Err == nil {
		t.Errorf("%x %x %x %v", a, b, other, notices)
	}
}

func TestPIDFileIsHeldByOne(t *testing.T) {
	run := filepath.Join(t.TempDir(), "heartbeat")
	path := PIDPath(run + "/")
	me := os.Getpid()
	p, err := HoldPIDFile(path, me)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); string(b) != fmt.Sprintf("%10d\n", me) || path != run+".pid" {
		t.Errorf("%s: %q", path, b)
	}
	var running *pidfile.RunningError
	if _, err := HoldPIDFile(path, 4712); !errors.As(err, &running) || err.Error() != fmt.Sprintf("already running [pid %d], says %s; stop it first", me, path) {
		t.Errorf("second: %v", err)
	}
	if err := p.Remove(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the pid file stays after a stop")
	}
}

func TestStalePIDFileIsTakenOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pid")
	for _, stale := range []string{"         1\n", fmt.Sprintf("%10d\n", os.Getppid()), "garbage", "", "-1"} {
		os.WriteFile(path, []byte(stale), 0o644)
		p, err := HoldPIDFile(path, 4711)
		if err != nil {
			t.Errorf("%q: %v", stale, err)
			continue
		}
		p.Remove()
	}
}

func TestClassicDaemonKeepsItsPIDFile(t *testing.T) {
	testenv.NeedProgram(t, "cat", "coreutils")
	dir := t.TempDir()
	cat, _ := exec.LookPath("cat")
	b, err := os.ReadFile(cat)
	if err != nil {
		t.Fatal(err)
	}
	fake := filepath.Join(dir, "heartbeat") // any foreign program of that name
	os.WriteFile(fake, b, 0o755)
	cmd := exec.Command(fake)
	stdin, _ := cmd.StdinPipe()
	stdout, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { stdin.Close(); cmd.Wait() }()
	stdin.Write([]byte("x"))
	stdout.Read(make([]byte, 1)) // it has become the program now
	path := filepath.Join(dir, "hb.pid")
	os.WriteFile(path, fmt.Appendf(nil, "%10d\n", cmd.Process.Pid), 0o644)
	if _, err := HoldPIDFile(path, 4711); err == nil || !strings.Contains(err.Error(), fmt.Sprint(cmd.Process.Pid)) {
		t.Errorf("got %v", err)
	}
}

func FuzzReadGeneration(f *testing.F) {
	f.Add([]byte("     1700000002\n"))
	f.Add([]byte("4294967295"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(dir, "g")
		os.WriteFile(path, b, 0o600)
		if n, err := readGeneration(path); err == nil && n+1 == 0 {
			t.Errorf("%q overflows", b)
		}
	})
}
