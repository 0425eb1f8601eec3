package identity

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"heartbeat/internal/fsutil"
)

// MachineFile stands beside hb_uuid and says to which machine it belongs, as lines "machine HASH", "node HASH" and
// "generation N". A disk that was copied to another machine is found by it before this node says a word; and a lost
// hb_generation is made good from it. C does not know it.
const MachineFile = "hb_machine"

// Clone says what the machine file told about the uuid beside it.
type Clone uint8

const (
	Own      Clone = iota // the uuid was made on this machine for this node
	Doubtful              // there is a uuid and nothing says whose it is: it was made by C, or copied from a C node
	Copied                // it was made on another machine, or for another node
)

// A machineNote is the content of the machine file. Hashes are empty where nothing is known.
type machineNote struct {
	machine, node string
	generation    uint32
}

// present is what can be said of this machine now.
func present(machineID, node string) machineNote {
	m := machineNote{node: hashOf("node", node)}
	if id, err := os.ReadFile(machineID); err == nil && len(strings.TrimSpace(string(id))) >= 16 {
		m.machine = hashOf("machine", strings.TrimSpace(string(id)))
	}
	return m
}

// hashOf hides the machine id, which is not to be shown outside of the machine (machine-id(5)).
func hashOf(what, text string) string {
	sum := sha256.Sum256([]byte("heartbeat " + what + " " + text))
	return fmt.Sprintf("%x", sum[:12])
}

func readMachine(dir string) (m machineNote, err error) {
	data, err := os.ReadFile(filepath.Join(dir, MachineFile))
	if err != nil {
		return m, err
	}
	for line := range strings.Lines(string(data)) {
		word, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "machine":
			m.machine = value
		case "node":
			m.node = value
		case "generation":
			if n, err := strconv.ParseUint(value, 10, 32); err == nil && n < math.MaxUint32 {
				m.generation = uint32(n)
			}
		}
	}
	return m, nil
}

// JudgeClone says whether the uuid in dir was made for this node on this machine. The file machineID is
// /etc/machine-id; a fact that is unknown now or was unknown then proves nothing.
func JudgeClone(dir, machineID, node string) Clone {
	if _, err := os.Stat(filepath.Join(dir, UUIDFile)); err != nil {
		return Own // one will be made
	}
	was, err := readMachine(dir)
	is := present(machineID, node)
	differ := func(a, b string) bool { return a != "" && b != "" && a != b }
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Doubtful
	case err != nil:
		return Own // it cannot be read, which says nothing
	case differ(was.node, is.node) || differ(was.machine, is.machine):
		return Copied
	case was.node == "" && was.machine == "":
		return Doubtful
	}
	return Own
}

// NoteMachine writes the machine file.
func NoteMachine(dir, machineID, node string, generation uint32) error {
	m := present(machineID, node)
	var b strings.Builder
	if m.machine != "" {
		fmt.Fprintf(&b, "machine %s\n", m.machine)
	}
	fmt.Fprintf(&b, "node %s\ngeneration %d\n", m.node, generation)
	return fsutil.Replace(filepath.Join(dir, MachineFile), []byte(b.String()), 0o644)
}

// Renew makes and stores a new uuid, because the present one belongs to another machine.
func Renew(dir string) (id [16]byte, err error) {
	id = newUUID()
	return id, fsutil.Replace(filepath.Join(dir, UUIDFile), id[:], 0o644)
}

// notedGeneration is what the machine file remembers; 0 when it belongs to another node or says nothing.
func notedGeneration(dir string) uint32 {
	m, err := readMachine(dir)
	if err != nil {
		return 0
	}
	return m.generation
}
