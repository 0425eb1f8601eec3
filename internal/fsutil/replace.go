package fsutil

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/google/renameio/v2"
)

// Replace makes path hold exactly data and returns when that is on the disk:
// the file and its directory entry survive a power cut. The mode is perm,
// whatever the umask.
func Replace(path string, data []byte, perm fs.FileMode) error {
	err := renameio.WriteFile(path, data, perm, renameio.IgnoreUmask(), renameio.WithTempDir(filepath.Dir(path)))
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return explain(path, err)
}

// Swap makes path hold exactly data without waiting for the disk. A reader sees
// the old or the new content, and a crash of the process loses neither; a power
// cut may. It is meant for files that describe what a reboot clears anyway.
func Swap(path string, data []byte, perm fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return explain(path, err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(perm), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return explain(path, err)
}

// syncDir makes a rename in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil // a file system whose directories need or know no sync
	}
	return errors.Join(err, d.Close())
}

// explain adds what to do about the usual reasons; nil stays nil.
func explain(path string, err error) error {
	mend := ""
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		mend = "; make room on that disk, the old content is kept"
	case errors.Is(err, syscall.EROFS):
		mend = "; the file system is read-only: remount it, the old content is kept"
	case errors.Is(err, fs.ErrPermission):
		mend = "; give the daemon's user the right to write there"
	case errors.Is(err, fs.ErrNotExist):
		mend = "; create the directory first"
	}
	return fmt.Errorf("writing %s: %w%s", path, err, mend)
}
