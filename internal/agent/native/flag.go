package native

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Flag is a file whose presence is the state of a resource that leaves no
// other trace. It lives below /run: after a reboot nothing is running.
type Flag struct{ path string }

// Flag names a flag of this place. The names are those of the classic scripts where these have one.
func (p Place) Flag(name string) Flag {
	clean := strings.Map(func(c rune) rune {
		if c == '/' || c <= ' ' || c == 0x7f {
			return '_'
		}
		return c
	}, name)
	return Flag{filepath.Join(p.Flags, clean)}
}

// Path is the file.
func (f Flag) Path() string { return f.path }

// Raise creates the flag.
func (f Flag) Raise() error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return file.Close()
}

// Lower removes it; a missing one is lowered already.
func (f Flag) Lower() error {
	if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Up says whether it is there.
func (f Flag) Up() bool {
	_, err := os.Stat(f.path)
	return err == nil
}
