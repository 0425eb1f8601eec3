package shareddisk

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"heartbeat/internal/arbiter"
	"heartbeat/internal/arbiter/disk"
	"heartbeat/internal/testenv"
)

var both = [2]string{"n1", "n2"}

// file is a disk lock in a file of this machine.
func file(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lock")
	if _, err := Init(path, both, true); err != nil {
		t.Fatal(err)
	}
	return path
}

// node is an asker whose answers can be waited for.
func node(t *testing.T, path, run, self, peer string, generation uint64) (ask func(arbiter.Op, time.Duration) arbiter.Answered) {
	t.Helper()
	answers := make(chan arbiter.Answered, 4)
	a := New(path, filepath.Join(run, self), disk.Session{Node: self, Peer: peer, Generation: generation}, time.Now, func(ev arbiter.Answered) { answers <- ev })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { a.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	serial := uint64(0)
	return func(op arbiter.Op, limit time.Duration) arbiter.Answered {
		serial++
		a.Consult(arbiter.Consult{Serial: serial, Op: op, Lease: arbiter.MaxLease, Timeout: limit})
		for ev := range answers {
			if ev.Serial == serial {
				return ev
			}
		}
		return arbiter.Answered{}
	}
}

const patience = 20 * time.Second

func TestTwoNodesShareOneLease(t *testing.T) {
	path, run := file(t), t.TempDir()
	n1, n2 := node(t, path, run, "n1", "n2", 1), node(t, path, run, "n2", "n1", 1)
	for range 2 {
		if a, b := n1(arbiter.Report, patience), n2(arbiter.Report, patience); a.Outcome != arbiter.Noted || b.Outcome != arbiter.Noted {
			t.Fatalf("%+v %+v", a, b)
		}
	}
	if a := n1(arbiter.Ask, patience); a.Outcome != arbiter.Granted {
		t.Fatalf("%+v", a)
	}
	if a := n2(arbiter.Ask, patience); a.Outcome != arbiter.Denied || a.Text != "n1" {
		t.Fatalf("%+v", a)
	}
	n1(arbiter.Release, patience)
	if a := n2(arbiter.Ask, patience); a.Outcome != arbiter.Granted {
		t.Fatalf("%+v", a)
	}
	v, err := Look(path)
	if err != nil || v.Nodes[1].Record.State != disk.Held || v.Nodes[0].Record.State != disk.Free {
		t.Errorf("%+v %v", v, err)
	}
}

func TestAnOldProcessKeepsANewOneAway(t *testing.T) {
	path, run := file(t), t.TempDir()
	first := node(t, path, run, "n1", "n2", 1)
	first(arbiter.Report, patience)
	if a := node(t, path, run, "n1", "n2", 2)(arbiter.Report, patience); a.Outcome != arbiter.Failed || !strings.Contains(a.Text, "older heartbeat process") {
		t.Errorf("%+v", a)
	}
}

// A named pipe hangs when it is opened and nobody writes, as a disk whose path is gone.
func TestADiskThatHangsIsNoAnswer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hangs")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	answers := make(chan arbiter.Answered, 4)
	a := New(path, path+".lock", disk.Session{Node: "n1", Peer: "n2"}, time.Now, func(ev arbiter.Answered) { answers <- ev })
	a.mu.Lock()
	a.since = time.Now()
	a.mu.Unlock()
	a.Consult(arbiter.Consult{Serial: 1, Op: arbiter.Ask, Timeout: time.Millisecond}) // nobody runs it
	if ev := <-answers; ev.Outcome != arbiter.Failed || !strings.Contains(ev.Text, "an I/O has been under way for") {
		t.Errorf("%+v", ev)
	}
	if _, err := LookWithin("/dev/nonexistent", patience); err == nil {
		t.Error("a disk that is not there was read")
	}
}

func TestWhatStandsOnADiskIsNotOverwritten(t *testing.T) {
	dir := t.TempDir()
	for what, text := range map[string]string{"an XFS file system": "XFSB", "data that is not zeros": "hello", "an sbd device": "SBD_SBD_"} {
		path := filepath.Join(dir, "disk")
		data := make([]byte, disk.Size)
		copy(data, text)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := open(path, 0)
		if err != nil {
			t.Fatal(err)
		}
		var occupied *Occupied
		if err := d.vacant(false); !errors.As(err, &occupied) || occupied.What != what {
			t.Errorf("%s: %v", what, err)
		}
		d.close()
		if _, err := Init(path, both, false); err == nil {
			t.Errorf("%s was overwritten", what)
		}
		if got, _ := os.ReadFile(path); string(got) != string(data) {
			t.Errorf("%s was changed", what)
		}
	}
	if _, err := Init(filepath.Join(dir, "none", "lock"), both, true); err == nil {
		t.Error("a file was made in a directory that is not there")
	}
}

func TestALocalFileIsNoSharedDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var occupied *Occupied
	if _, err := Init(path, both, false); !errors.As(err, &occupied) || !strings.Contains(err.Error(), "this machine alone") {
		t.Skipf("the temporary directory may be shared with other machines: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file was left behind")
	}
}

// loop is a block device made of a file.
func loop(t *testing.T) string {
	t.Helper()
	testenv.NeedRoot(t)
	back := filepath.Join(t.TempDir(), "back")
	if err := os.WriteFile(back, make([]byte, 8<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("losetup", "--find", "--show", back).CombinedOutput()
	testenv.Need(t, "a loop device", err == nil, "losetup: "+string(out))
	dev := strings.TrimSpace(string(out))
	t.Cleanup(func() { _ = exec.Command("losetup", "-d", dev).Run() })
	return dev
}

func TestABlockDeviceServesAndIsRefusedWhenItHasAFileSystem(t *testing.T) {
	dev, run := loop(t), t.TempDir()
	if _, err := Init(dev, both, false); err != nil {
		t.Fatal(err)
	}
	var occupied *Occupied
	if _, err := Init(dev, both, false); !errors.As(err, &occupied) || occupied.What != "a disk lock of n1 and n2" {
		t.Errorf("%v", err)
	}
	n1, n2 := node(t, dev, run, "n1", "n2", 1), node(t, dev, run, "n2", "n1", 1)
	n2(arbiter.Report, patience)
	if a := n1(arbiter.Ask, patience); a.Outcome != arbiter.Granted {
		t.Errorf("%+v", a)
	}
	if err := Release(dev, "n1"); err != nil {
		t.Error(err)
	}
	if a := n2(arbiter.Ask, patience); a.Outcome != arbiter.Granted {
		t.Errorf("%+v", a)
	}
	if err := exec.Command("mkfs.ext4", "-q", "-F", dev).Run(); err != nil {
		t.Fatal(err)
	}
	if _, err := Init(dev, both, false); !errors.As(err, &occupied) || !strings.Contains(occupied.What, "ext4") {
		t.Errorf("%v", err)
	}
	if a := n1(arbiter.Ask, patience); a.Outcome != arbiter.Failed || !strings.Contains(a.Text, "heartbeat disklock init") {
		t.Errorf("%+v", a)
	}
}
