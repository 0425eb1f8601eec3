package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/fsutil"
	"heartbeat/internal/wire"
	"heartbeat/internal/xmltree"
)

const sigSuffix = ".sig"

// fileMode is what a new file of the cluster may be read by: its owner.
const fileMode fs.FileMode = 0o600

// blocksOfFiles is the size of blocks of packed files, in 100 kB.
const blocksOfFiles = 9

// Text is a document as files have it.
func Text(root *xmltree.Node) []byte { return root.Append(nil, "  ") }

// Save writes the document back when it changed, with a new digest where there was one, and packed where it was packed. A file that somebody else changed since it
// was read is not overwritten. A document from standard input has no place to go: print Text(Root()).
func (d *Document) Save() error {
	if !d.changed || d.Path == "-" {
		return nil
	}
	now, err := os.ReadFile(d.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("writing %s: %w", d.Path, err)
	}
	if err == nil && !bytes.Equal(now, d.stored) {
		return fmt.Errorf("writing %s: somebody else changed it meanwhile; nothing was written, repeat the command", d.Path)
	}
	text := Text(d.root)
	if filepath.Ext(d.Path) == ".bz2" {
		if text, err = wire.Bzip2(text, blocksOfFiles); err != nil {
			return fmt.Errorf("writing %s: %w", d.Path, err)
		}
	}
	if err := writePair(d.Path, text, d.signed, edit.DiskDigest(d.root)); err != nil {
		return err
	}
	d.stored, d.changed = text, false
	return nil
}

// writePair writes a document, and its digest where there is one. The document comes first: one with an old digest is noticed and
// still readable, a digest of a document that never came would condemn the old one.
func writePair(path string, text []byte, signed bool, digest string) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if err := replaceKeepingOwner(path, text); err != nil || !signed {
		return err
	}
	return replaceKeepingOwner(path+sigSuffix, []byte(digest))
}

// replaceKeepingOwner replaces a file; root's editing a file of the cluster's user must not take it away from it.
func replaceKeepingOwner(path string, data []byte) error {
	mode := fileMode
	var before *syscall.Stat_t
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
		before, _ = info.Sys().(*syscall.Stat_t)
	}
	if err := fsutil.Replace(path, data, mode); err != nil {
		return err
	}
	if before != nil && os.Geteuid() == 0 {
		if err := os.Chown(path, int(before.Uid), int(before.Gid)); err != nil {
			return fmt.Errorf("writing %s: giving it back to its owner: %w", path, err)
		}
	}
	return nil
}
