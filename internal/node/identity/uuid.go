package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"heartbeat/internal/fsutil"
)

// UUIDFile holds 16 raw bytes.
const UUIDFile = "hb_uuid"

// A Notice is something about the files that an administrator should know; the node starts all the same.
type Notice struct {
	File string
	Text string
	Err  error // nil: only information
}

// UUID reads the node's uuid, or makes one at the first start. With fromName (uuidfrom nodename) nothing
// is stored. A uuid that cannot be stored is derived from the machine and the node's name, so that the
// next start finds the same.
func UUID(dir, node string, fromName bool) (id [16]byte, notices []Notice) {
	if fromName {
		return uuidOfName(node), nil
	}
	path := filepath.Join(dir, UUIDFile)
	b, err := os.ReadFile(path)
	switch {
	case err == nil && len(b) == 16 && [16]byte(b) != [16]byte{}:
		return [16]byte(b), nil
	case err == nil:
		notices = append(notices, Notice{path, fmt.Sprintf("%d bytes are no uuid; the file is kept as %s.damaged", len(b), UUIDFile), errors.New("damaged")})
		_ = os.Rename(path, path+".damaged") // a failure shows when the new one is written
	case !errors.Is(err, fs.ErrNotExist):
		return derivedUUID(node), []Notice{{path, "the uuid cannot be read; one derived from this machine is used", err}}
	}
	id = newUUID()
	if err := fsutil.Replace(path, id[:], 0o644); err != nil {
		return derivedUUID(node), append(notices, Notice{path, "a new uuid cannot be stored; one derived from this machine is used", err})
	}
	return id, append(notices, Notice{path, "No uuid found for current node - generating a new uuid.", nil})
}

// derivedUUID is stable as long as the machine's identity is.
func derivedUUID(node string) (id [16]byte) {
	machine, _ := os.ReadFile("/etc/machine-id")
	sum := sha256.Sum256(append(machine, node...))
	copy(id[:], sum[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id
}

// newUUID makes a random uuid (version 4, RFC 4122 variant).
func newUUID() (id [16]byte) {
	rand.Read(id[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id
}

// uuidOfName is "uuidfrom nodename": a hash of the name seeds the random number generator of glibc, whose
// first 32 numbers modulo 16 are the hexadecimal digits.
func uuidOfName(node string) (id [16]byte) {
	var hash uint32
	for _, c := range []byte(node) {
		hash = hash*31 + uint32(c)
	}
	next := glibcRand(hash)
	for i := range id {
		id[i] = byte(next()%16<<4 | next()%16)
	}
	return id
}

// glibcRand is srand and rand of glibc (additive feedback, TYPE_3).
func glibcRand(seed uint32) func() uint32 {
	const first = 344
	r := make([]uint32, first, first+32)
	if seed == 0 {
		seed = 1
	}
	r[0] = seed
	for i := 1; i < 31; i++ {
		prev := int64(int32(r[i-1])) // Schrage's method on a signed word
		word := 16807*(prev%127773) - 2836*(prev/127773)
		if word < 0 {
			word += 1<<31 - 1
		}
		r[i] = uint32(word)
	}
	for i := 31; i < 34; i++ {
		r[i] = r[i-31]
	}
	for i := 34; i < first; i++ {
		r[i] = r[i-3] + r[i-31]
	}
	return func() uint32 {
		n := len(r)
		r = append(r, r[n-3]+r[n-31])
		return r[n] >> 1
	}
}
