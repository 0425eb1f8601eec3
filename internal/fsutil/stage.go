package fsutil

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// A Staged file has its new content on the disk, under a name of its own beside the file that it will replace. What can fail for lack
// of room or of rights has been done.
type Staged struct {
	path, temp string
	remove     bool
}

// stagedName is the name beside path. It is fixed, so that what a crash leaves behind is found.
func stagedName(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".staged")
}

// Stage prepares path to hold exactly data, with mode perm and the owner of the present file. A nil data prepares its removal.
func Stage(path string, data []byte, perm fs.FileMode) (*Staged, error) {
	s := &Staged{path: path, temp: stagedName(path), remove: data == nil}
	if err := s.Discard(); err != nil {
		return nil, err
	}
	if s.remove {
		return s, nil
	}
	f, err := os.OpenFile(s.temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, explain(path, err)
	}
	_, err = f.Write(data)
	if info, e := os.Stat(path); e == nil && err == nil {
		if sys, ok := info.Sys().(*syscall.Stat_t); ok {
			err = f.Chown(int(sys.Uid), int(sys.Gid))
		}
	}
	if err = errors.Join(err, f.Chmod(perm), f.Sync(), f.Close()); err != nil {
		os.Remove(s.temp)
		return nil, explain(path, err)
	}
	return s, nil
}

// Activate gives the new content its name. The change is on the disk when it returns.
func (s *Staged) Activate() error {
	var err error
	if s.remove {
		if err = os.Remove(s.path); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	} else {
		err = os.Rename(s.temp, s.path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(s.path))
	}
	return explain(s.path, err)
}

// Discard forgets the new content.
func (s *Staged) Discard() error { return Unstage(s.path) }

// Unstage removes what a Stage of path left behind, if anything.
func Unstage(path string) error {
	if err := os.Remove(stagedName(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return explain(path, err)
	}
	return nil
}

// Rename gives a file another name in the same directory and returns when that is on the disk.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("renaming %s: %w", from, err)
	}
	return explain(to, syncDir(filepath.Dir(to)))
}

// Remove removes a file and returns when that is on the disk.
func Remove(path string) error {
	if err := os.Remove(path); err != nil {
		return explain(path, err)
	}
	return explain(path, syncDir(filepath.Dir(path)))
}
