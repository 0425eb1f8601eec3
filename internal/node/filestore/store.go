package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"heartbeat/internal/fsutil"
	"heartbeat/internal/propagate"
)

// A Store is the configuration directory of a node and the place of its records.
type Store struct {
	Etc, State string
	Shared     []string // further files that may have been changed (config_files)

	interrupt func(at string) error // tests: what happens between two steps
}

// Current reads files as they are. One that does not exist is part of the set, as absent.
func (s *Store) Current(names []string) (propagate.Set, error) {
	var out propagate.Set
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(s.Etc, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			out = append(out, propagate.File{Name: name, Absent: true})
		case err != nil:
			return nil, fmt.Errorf("reading %s: %w", name, err)
		default:
			out = append(out, propagate.File{Name: name, Data: data})
		}
	}
	return out, nil
}

// Install makes the files what r.New says, all or none. r.Old must be what they are. When it returns an error, the files
// are what they were, unless the error is a *HalfError.
func (s *Store) Install(r Record) error {
	staged, err := s.stage(r.New)
	if err == nil {
		err = s.pass("staged")
	}
	if err == nil {
		err = r.write(s.path(pendingName))
	}
	if err != nil {
		return errors.Join(err, s.discard(staged))
	}
	if err := s.activate(staged); err != nil {
		if errors.Is(err, errCut) {
			return err
		}
		return s.back(r, err)
	}
	return s.settle()
}

// errCut stands for a power cut in tests: nothing more is done.
var errCut = errors.New("the power is gone")

func (s *Store) pass(at string) error {
	if s.interrupt == nil {
		return nil
	}
	return s.interrupt(at)
}

func (s *Store) stage(set propagate.Set) (staged []*fsutil.Staged, err error) {
	for _, f := range set {
		path, perm, err := s.target(f.Name)
		if err != nil {
			return staged, err
		}
		one, err := fsutil.Stage(path, f.Content(), perm)
		if err != nil {
			return staged, err
		}
		staged = append(staged, one)
	}
	return staged, nil
}

func (s *Store) discard(staged []*fsutil.Staged) (err error) {
	for _, one := range staged {
		err = errors.Join(err, one.Discard())
	}
	return err
}

func (s *Store) activate(staged []*fsutil.Staged) error {
	if err := s.pass("recorded"); err != nil {
		return err
	}
	for _, one := range staged {
		if err := one.Activate(); err != nil {
			return err
		}
		if err := s.pass("activated"); err != nil {
			return err
		}
	}
	return nil
}

// settle ends a change: it is the last one now, and can be undone.
func (s *Store) settle() error {
	if err := fsutil.Rename(s.path(pendingName), s.path(lastName)); err != nil {
		return &HalfError{fmt.Errorf("the new files are in place, but the change is not recorded as finished: %w", err)}
	}
	return nil
}

// A HalfError says that a change could neither be finished nor taken back.
type HalfError struct{ Err error }

func (e *HalfError) Error() string {
	return e.Err.Error() + "; the next start of heartbeat finishes the change, from " + pendingName + " in the state directory"
}

func (e *HalfError) Unwrap() error { return e.Err }

// back restores the old files after a failure in the middle.
func (s *Store) back(r Record, cause error) error {
	staged, err := s.stage(r.Old)
	if err == nil {
		err = s.activate(staged)
	}
	if err == nil {
		err = fsutil.Remove(s.path(pendingName))
	}
	if err != nil {
		return &HalfError{errors.Join(cause, err)}
	}
	return cause
}

// Recover finishes a change that a crash or a power cut interrupted. It returns the record of a change that it has finished, or nil.
func (s *Store) Recover() (*Record, error) {
	r, err := readRecord(s.path(pendingName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, s.sweep()
	}
	if err != nil {
		return nil, err
	}
	if changed, err := s.foreign(r); err != nil {
		return nil, err
	} else if changed != "" {
		return nil, errors.Join(fmt.Errorf("a change of the configuration was interrupted and %s was changed by hand since, so nothing is touched; compare the files with those of the other nodes", changed), s.settle())
	}
	staged, err := s.stage(r.New)
	if err == nil {
		err = s.activate(staged)
	}
	if err == nil {
		err = s.settle()
	}
	if err != nil {
		return nil, fmt.Errorf("finishing an interrupted change of the configuration: %w", err)
	}
	return &r, nil
}

// foreign names a file that is neither what it was before a change nor what it shall be after it; "" when there is none.
func (s *Store) foreign(r Record) (string, error) {
	now, err := s.Current(r.New.Names())
	if err != nil {
		return "", err
	}
	for _, f := range now {
		before, _ := r.Old.Get(f.Name)
		after, _ := r.New.Get(f.Name)
		if !f.Same(before) && !f.Same(after) {
			return f.Name, nil
		}
	}
	return "", nil
}

// sweep removes what a change that never began has staged. A directory that cannot be written has nothing of that kind in it.
func (s *Store) sweep() error {
	for _, name := range append(propagate.Names(), s.Shared...) {
		path, _, err := s.target(name)
		if err != nil {
			return err
		}
		if err := fsutil.Unstage(path); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return nil
}

// Pending says whether a change waits for Recover.
func (s *Store) Pending() bool {
	_, err := os.Lstat(s.path(pendingName))
	return err == nil
}

// Last is the last change; nil: there was none.
func (s *Store) Last() (*Record, error) {
	r, err := readRecord(s.path(lastName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &r, nil
}

func (s *Store) path(name string) string { return filepath.Join(s.State, name) }

// target is where a file really is, and its mode: a symbolic link stays one. authkeys is never readable by others.
func (s *Store) target(name string) (path string, perm fs.FileMode, err error) {
	path, perm = filepath.Join(s.Etc, name), 0o644
	if !slices.Contains(propagate.Names(), name) {
		perm = 0o600 // nobody here knows what it holds
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", 0, err
	}
	if info, err := os.Stat(path); err == nil {
		perm = info.Mode().Perm()
	}
	if name == propagate.AuthKeys {
		perm = 0o600
	}
	return path, perm, nil
}
