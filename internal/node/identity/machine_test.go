package identity

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const someID = "0123456789abcdef0123456789abcdef\n"

func TestACopiedDiskIsNoticed(t *testing.T) {
	dir, etc := t.TempDir(), t.TempDir()
	id := filepath.Join(etc, "machine-id")
	os.WriteFile(id, []byte(someID), 0o644)
	if got := JudgeClone(dir, id, "n1"); got != Own {
		t.Errorf("before the first start: %v", got)
	}
	first, _ := UUID(dir, "n1", false)
	if got := JudgeClone(dir, id, "n1"); got != Doubtful {
		t.Errorf("a uuid without a note: %v", got)
	}
	if err := NoteMachine(dir, id, "n1", 42); err != nil {
		t.Fatal(err)
	}
	note, _ := os.ReadFile(filepath.Join(dir, MachineFile))
	if strings.Contains(string(note), "0123456789abcdef") || !strings.HasSuffix(string(note), "generation 42\n") {
		t.Errorf("%s", note)
	}
	if got := JudgeClone(dir, id, "n1"); got != Own {
		t.Errorf("the same machine: %v", got)
	}
	if got := JudgeClone(dir, id, "n2"); got != Copied {
		t.Errorf("another node name: %v", got)
	}
	os.WriteFile(id, []byte("fedcba9876543210fedcba9876543210\n"), 0o644)
	if got := JudgeClone(dir, id, "n1"); got != Copied {
		t.Errorf("another machine: %v", got)
	}
	os.Remove(id)
	if got := JudgeClone(dir, id, "n1"); got != Own {
		t.Errorf("a machine without machine-id proves nothing: %v", got)
	}
	second, err := Renew(dir)
	if err != nil || second == first {
		t.Errorf("%x %v", second, err)
	}
	if again, _ := UUID(dir, "n1", false); again != second {
		t.Errorf("%x is not kept", second)
	}
	os.WriteFile(filepath.Join(dir, MachineFile), []byte("garbage\nnode\n"), 0o644)
	if got := JudgeClone(dir, id, "n1"); got != Doubtful {
		t.Errorf("a note that says nothing: %v", got)
	}
}

func TestALostGenerationFileIsMadeGoodFromTheMachineNote(t *testing.T) {
	dir, run := t.TempDir(), t.TempDir()
	first, _ := Generation(dir, run, false, noon)
	NoteMachine(dir, "/nowhere", "n1", first)
	os.Remove(filepath.Join(dir, GenerationFile))
	if n, _ := Generation(dir, run, false, noon.Add(-24*time.Hour)); n != first+1 {
		t.Errorf("with the clock a day back the generation is %d after %d", n, first)
	}
	os.WriteFile(filepath.Join(dir, MachineFile), []byte("generation 4294967295\n"), 0o644)
	if n, _ := Generation(dir, run, false, noon); n != first+2 {
		t.Errorf("a senseless note gives %d", n)
	}
}

func FuzzReadMachine(f *testing.F) {
	f.Add([]byte("machine 00\nnode 11\ngeneration 5\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		os.WriteFile(filepath.Join(dir, MachineFile), b, 0o600)
		if m, err := readMachine(dir); err != nil || m.generation+1 == 0 {
			t.Errorf("%q: %+v %v", b, m, err)
		}
	})
}
