package identity

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"heartbeat/internal/fsutil"
)

// PeersFile holds what was learned about the other nodes, one a line: name, uuid in 32 hexadecimal digits, generation and newest
// sequence number in decimal. It is ours; C Heartbeat does not know it.
const PeersFile = "hb_peers"

// A Peer is one line of PeersFile.
type Peer struct {
	Name       string
	UUID       [16]byte
	Generation uint64
	Seq        uint64
}

// maxPeersFile is the largest file that is read, in bytes: some hundred nodes.
const maxPeersFile = 64 << 10

// Peers reads what an earlier life stored. Without the file nothing is known, which is how every first start is; a file that cannot be
// read or understood counts as none, because a node that does not start for it would be worse than one that believes a recording.
func Peers(dir string) ([]Peer, []Notice) {
	path := filepath.Join(dir, PeersFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var list []Peer
	if err == nil {
		list, err = ParsePeers(b)
	}
	if err != nil {
		return nil, []Notice{{path, "what is known of the other nodes cannot be read; until they are heard again, recordings of their packets could be taken for them (it is written anew then)", err}}
	}
	return list, nil
}

// ParsePeers reads the text of PeersFile; one bad line spoils it all, because half a file is no memory to rely on.
func ParsePeers(b []byte) ([]Peer, error) {
	if len(b) > maxPeersFile {
		return nil, fmt.Errorf("%d bytes, at most %d", len(b), maxPeersFile)
	}
	var list []Peer
	n := 0
	for line := range bytes.Lines(b) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 || line[0] == '#' {
			continue
		}
		p, err := parsePeer(strings.Fields(string(line)))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		list = append(list, p)
	}
	return list, nil
}

func parsePeer(f []string) (p Peer, err error) {
	if len(f) != 4 {
		return p, fmt.Errorf("%d words, not name, uuid, generation and number", len(f))
	}
	p.Name = f[0]
	if n, err := hex.Decode(p.UUID[:], []byte(f[1])[:min(len(f[1]), 32)]); err != nil || n != 16 || len(f[1]) != 32 {
		return p, errors.New("the uuid is not 32 hexadecimal digits")
	}
	if p.Generation, err = strconv.ParseUint(f[2], 10, 64); err != nil || p.Generation == 0 {
		return p, errors.New("the generation is no number above 0")
	}
	if p.Seq, err = strconv.ParseUint(f[3], 10, 64); err != nil {
		return p, errors.New("the sequence number is no number")
	}
	return p, nil
}

// FormatPeers writes the text of PeersFile.
func FormatPeers(list []Peer) []byte {
	b := []byte("# what this node knows of the others: name, uuid, generation, newest message. Written by heartbeat.\n")
	for _, p := range list {
		b = fmt.Appendf(b, "%s %x %d %d\n", p.Name, p.UUID, p.Generation, p.Seq)
	}
	return b
}

// StorePeers writes PeersFile; it is on the disk when the function returns.
func StorePeers(dir string, list []Peer) error {
	return fsutil.Replace(filepath.Join(dir, PeersFile), FormatPeers(list), 0o644)
}
