package propagate

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"heartbeat/internal/conf"
)

// The files that always travel. Of others only those do that config_files of the receiver names, and no path ever comes from the wire.
const (
	HaCf      = "ha.cf"
	AuthKeys  = "authkeys"
	Resources = "haresources"
)

// Names are the files in the order in which they are shown. Those that config_files names come after them.
func Names() []string { return []string{HaCf, AuthKeys, Resources} }

// Shareable says whether a file of that name may travel at all.
func Shareable(name string) bool {
	return slices.Contains(Names(), name) || conf.CheckSharedName(name) == nil
}

// Bounds in bytes: of one file, of which a haresources of a thousand groups has a tenth, and of all together.
const (
	MaxFile = 256 << 10
	MaxAll  = 3 * MaxFile
)

// A File is the content of one of the files.
type File struct {
	Name   string `json:"name"`
	Data   []byte `json:"data,omitempty"`
	Absent bool   `json:"absent,omitempty"` // there is no such file; only within a node, never from another one
}

// Content is nil for a file that is not there, and only then.
func (f File) Content() []byte {
	if f.Absent {
		return nil
	}
	return append([]byte{}, f.Data...)
}

// Digest tells contents apart, in 12 hexadecimal digits; "" for a file that is not there.
func (f File) Digest() string {
	if f.Absent {
		return ""
	}
	sum := sha256.Sum256(f.Data)
	return hex.EncodeToString(sum[:6])
}

// Same says whether two files have the same content.
func (f File) Same(o File) bool { return f.Absent == o.Absent && string(f.Data) == string(o.Data) }

// A Set is some of the files, each at most once.
type Set []File

// Get finds a file.
func (s Set) Get(name string) (File, bool) {
	for _, f := range s {
		if f.Name == name {
			return f, true
		}
	}
	return File{}, false
}

// Names are those of the files in it.
func (s Set) Names() []string {
	var out []string
	for _, f := range s {
		out = append(out, f.Name)
	}
	return out
}

// check refuses what no honest node sends.
func (s Set) check() error {
	if len(s) == 0 {
		return errors.New("no files")
	}
	all := 0
	for i, f := range s {
		all += len(f.Data)
		switch {
		case !Shareable(f.Name):
			return fmt.Errorf("%.40q is none of %s, and no name of a further file", f.Name, strings.Join(Names(), ", "))
		case i >= len(Names())+conf.MaxSharedFiles:
			return fmt.Errorf("%d files are too many", len(s))
		case all > MaxAll:
			return fmt.Errorf("the files have more than %d bytes together", MaxAll)
		case len(f.Data) > MaxFile:
			return fmt.Errorf("%s has %d bytes, at most %d are sent", f.Name, len(f.Data), MaxFile)
		case f.Absent:
			return fmt.Errorf("%s has no content", f.Name)
		}
		if _, twice := s[:i].Get(f.Name); twice {
			return fmt.Errorf("%s is there twice", f.Name)
		}
	}
	return nil
}
