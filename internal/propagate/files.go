package propagate

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The files that travel. Nothing else ever does, and no path ever comes from the wire.
const (
	HaCf      = "ha.cf"
	AuthKeys  = "authkeys"
	Resources = "haresources"
)

// Names are the files in the order in which they are shown.
func Names() []string { return []string{HaCf, AuthKeys, Resources} }

// MaxFile bounds a file, in bytes. A haresources of a thousand groups has a tenth of it.
const MaxFile = 256 << 10

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
	for i, f := range s {
		switch {
		case !slices.Contains(Names(), f.Name):
			return fmt.Errorf("%.40q is none of %s", f.Name, strings.Join(Names(), ", "))
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
