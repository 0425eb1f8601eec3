package filesystem

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/agent/native"
	"heartbeat/internal/testenv"
)

// TestMain lets the test program do the chores, and run itself in a mount namespace of its own.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "chore" {
		code, text := Chore(os.Args[2:])
		os.Stderr.WriteString(text)
		os.Exit(code)
	}
	os.Exit(m.Run())
}

const inside = "HEARTBEAT_TEST_INSIDE"

// private runs the test again where its mounts are nobody else's, and says whether this is that run.
func private(t *testing.T) bool {
	t.Helper()
	if os.Getenv(inside) != "" {
		return true
	}
	testenv.NeedRoot(t)
	cmd := exec.Command("unshare", "--mount", "--propagation", "private", os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v", "-test.timeout", "100s")
	cmd.Env = append(os.Environ(), inside+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		if strings.Contains(string(out), "--- SKIP: "+t.Name()) {
			t.Skip(string(out))
		}
		t.Fatalf("%v\n%s", err, out)
	}
	return false
}

// here is a place whose programs really run.
func here(t *testing.T) native.Place {
	run := func(ctx context.Context, argv ...string) native.Reply {
		out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
		r := native.Reply{Output: strings.TrimSpace(string(out)), Late: ctx.Err() != nil}
		if x, ok := err.(*exec.ExitError); ok {
			r.Code = x.ExitCode()
		} else if err != nil {
			r.Code, r.Err = -1, err
		}
		return r
	}
	return native.Place{Instance: t.Name(), Flags: t.TempDir(), Run: run, Self: []string{"/proc/self/exe", "chore"}}
}

func open(t *testing.T, args ...string) *agent {
	t.Helper()
	k := Kind()
	v, err := k.FromArgs(args)
	if err != nil {
		t.Fatal(err)
	}
	a, err := k.New(v, here(t))
	if err != nil {
		t.Fatal(err)
	}
	return a.(*agent)
}

func running(t *testing.T, a *agent) bool {
	t.Helper()
	began := time.Now()
	_, err := a.Status(t.Context())
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("status took %v", took)
	}
	if err != nil && native.CodeOf(err) != native.NotRunning {
		t.Fatal(err)
	}
	return err == nil
}

// cycle starts and stops everything twice: both must be idempotent.
func cycle(t *testing.T, a *agent) {
	t.Helper()
	for _, step := range []struct {
		name string
		do   func(context.Context) (string, error)
		want bool
	}{{"stop", a.Stop, false}, {"start", a.Start, true}, {"start again", a.Start, true}, {"stop", a.Stop, false}, {"stop again", a.Stop, false}, {"start", a.Start, true}} {
		if said, err := step.do(t.Context()); err != nil {
			t.Fatalf("%s: %q, %v", step.name, said, err)
		}
		if got := running(t, a); got != step.want {
			t.Fatalf("after %s: running is %v", step.name, got)
		}
	}
}

func TestTmpfsAndBindMounts(t *testing.T) {
	if !private(t) {
		return
	}
	base := t.TempDir()
	dir, other := filepath.Join(base, "a b"), filepath.Join(base, "other")
	for _, d := range []string{dir, other} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	tmp := open(t, "tmpfs", dir, "tmpfs", "size=64k,noexec")
	cycle(t, tmp)
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	bind := open(t, dir, other, "none", "bind,ro")
	cycle(t, bind)
	if _, err := os.Stat(filepath.Join(other, "file")); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(other, "more"), nil, 0o644); err == nil {
		t.Error("a read-only bind mount can be written")
	}
	m, _, err := tmp.mounted()
	if err != nil || !strings.Contains(m.options, "noexec") {
		t.Errorf("options %q, %v", m.options, err)
	}
	if _, err := bind.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	below := filepath.Join(dir, "below")
	if err := os.Mkdir(below, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, "tmpfs", below, "tmpfs").Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := tmp.Stop(t.Context()); err != nil || running(t, tmp) {
		t.Errorf("with a mount below it: %v", err)
	}
}

// image makes a file with an ext4 file system.
func image(t *testing.T, label string) string {
	t.Helper()
	testenv.NeedProgram(t, "mkfs.ext4", "e2fsprogs")
	path := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 4<<20); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-L", label, path).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	return path
}

func TestExt4OnALoopDeviceIsRecognisedAndFreed(t *testing.T) {
	if !private(t) {
		return
	}
	_, err := os.Stat("/dev/loop-control")
	testenv.Need(t, "loop devices", err == nil, "modprobe loop")
	path, dir := image(t, "hb-data"), t.TempDir()
	a := open(t, path, dir) // type and loop are found out
	cycle(t, a)
	m, _, err := a.mounted()
	if err != nil || m.kind != "ext4" || !strings.HasPrefix(m.source, "/dev/loop") {
		t.Fatalf("mounted %+v, %v", m, err)
	}
	found, err := scanDevices("label", "hb-data")
	if err != nil || !slices.Contains(found, m.source) {
		t.Errorf("devices with the label: %v, %v; want %s", found, err, m.source)
	}
	loop := filepath.Join("/sys/class/block", filepath.Base(m.source), "loop")
	if _, err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	testenv.Until(t, "the loop device is free after the unmount", func() bool { _, err := os.Stat(loop); return err != nil })
}

func TestUsersAreEndedAndOthersAreNot(t *testing.T) {
	if !private(t) {
		return
	}
	dir := t.TempDir()
	a := open(t, "tmpfs", dir, "tmpfs")
	if _, err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	start := func(script string) *exec.Cmd {
		cmd := exec.Command("sh", "-c", script)
		ready, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		if _, err := ready.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	polite := start("cd " + dir + " && echo x && exec sleep 100")
	stubborn := start("exec 3>" + dir + "/open; trap '' TERM; echo x; while :; do read y <&3 || sleep 1 3>&-; done")
	bystander := start("cd " + filepath.Dir(dir) + " && echo x && exec sleep 100")
	said, err := a.Stop(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if running(t, a) {
		t.Error("still mounted")
	}
	if !strings.Contains(said, "cwd") || !strings.Contains(said, ", fd ") {
		t.Errorf("the users are not named: %s", said)
	}
	for _, cmd := range []*exec.Cmd{polite, stubborn} {
		if err := cmd.Wait(); err == nil {
			t.Error("a user lives on")
		}
	}
	if err := bystander.Process.Signal(unix.Signal(0)); err != nil {
		t.Errorf("the bystander was ended, too: %v", err)
	}
}

func TestWithoutForceTheUsersAreNamed(t *testing.T) {
	if !private(t) {
		return
	}
	dir := t.TempDir()
	k := Kind()
	got, err := k.New(native.Values{"device": "tmpfs", "directory": dir, "fstype": "tmpfs", "force_unmount": "false"}, here(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := got.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sleep", "100")
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, err = got.Stop(t.Context())
	if err == nil || !strings.Contains(err.Error(), "sleep (pid ") {
		t.Errorf("stop of a busy one: %v", err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if _, err := got.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestMistakesHaveTheCodesOfTheClassicScript(t *testing.T) {
	k := Kind()
	for _, bad := range []native.Values{
		{"device": "x", "directory": "relative"}, {"device": "x", "directory": "/"},
		{"device": "x", "directory": "/x", "force_unmount": "perhaps"}, {"device": "x", "directory": "/x", "run_fsck": "often"},
	} {
		if _, err := k.New(bad, here(t)); native.CodeOf(err) != native.Configured {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, err := k.FromArgs([]string{"only-a-device"}); native.CodeOf(err) != native.Configured {
		t.Errorf("a missing directory: %v", err)
	}
	missing := open(t, "tmpfs", filepath.Join(t.TempDir(), "none"), "tmpfs")
	if _, err := missing.Start(t.Context()); native.CodeOf(err) != native.Installed {
		t.Errorf("start without a mount point: %v", err)
	}
	gone := open(t, "/dev/no-such-device", t.TempDir(), "ext4")
	if _, err := gone.Start(t.Context()); native.CodeOf(err) != native.Installed {
		t.Errorf("start without a device: %v", err)
	}
}
