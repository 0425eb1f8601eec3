package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A Disk is one directory. Names are those of files in it. What is written is certain only after Sync, and that a name stands for it only
// after SyncDir; between them a power cut may leave any mixture.
type Disk interface {
	Read(name string) ([]byte, error)
	Write(name string, data []byte) error
	Sync(name string) error
	SyncDir() error
	Link(old, name string) error
	Rename(old, name string) error
	Remove(name string) error // what is not there is no error
	List() ([]string, error)
}

// A folder is a directory of the machine.
type folder string

// OpenFolder checks that nobody else may write there: the configuration says what runs as root.
func OpenFolder(path string) (Disk, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the directory of the cluster's configuration: %w; make it with mode 0750 for the cluster's user", err)
	case err != nil:
		return nil, fmt.Errorf("the directory of the cluster's configuration: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("%s should be the directory of the cluster's configuration, and is none", path)
	case info.Mode().Perm()&0o002 != 0:
		return nil, fmt.Errorf("everybody may write in %s, which decides what this node starts: chmod o-w %s", path, path)
	}
	return folder(path), nil
}

func (f folder) at(name string) string { return filepath.Join(string(f), name) }

func (f folder) Read(name string) ([]byte, error) { return readFile(f.at(name), MostBytes) }

func (f folder) Write(name string, data []byte) error {
	return os.WriteFile(f.at(name), data, fileMode)
}

func (f folder) Sync(name string) error { return syncPath(f.at(name)) }

func (f folder) SyncDir() error { return syncPath(string(f)) }

func (f folder) Link(old, name string) error { return os.Link(f.at(old), f.at(name)) }

func (f folder) Rename(old, name string) error { return os.Rename(f.at(old), f.at(name)) }

func (f folder) Remove(name string) error {
	err := os.Remove(f.at(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (f folder) List() ([]string, error) {
	entries, err := os.ReadDir(string(f))
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
