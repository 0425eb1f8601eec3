package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// A directory is one that C's programs or ours expect.
type directory struct {
	path    string
	mode    os.FileMode
	classic bool // belongs to hacluster:haclient where C's packages made these names
	need    bool // we cannot work without it
}

// directories lists what is made and mended at every start: the run directory is empty after a boot, and
// missing directories are half of the classic start-up failures. We need only the first two ourselves.
func directories(state, run string) []directory {
	return []directory{
		{state, 0o755, false, true},
		{run, 0o755, false, true},
		{filepath.Join(state, "cores"), 0o755, false, false},
		{filepath.Join(state, "cores", "root"), 0o700, false, false},
		{filepath.Join(run, "rsctmp"), 0o755 | os.ModeSticky, false, false},
		{filepath.Join(run, "ccm"), 0o750, true, false},
		{filepath.Join(run, "crm"), 0o750, true, false},
		{filepath.Join(run, "dopd"), 0o750, true, false},
	}
}

// makeDirectories makes what is missing. Only a directory that we need and do not have is an error.
func makeDirectories(state, run string) error {
	for _, d := range directories(state, run) {
		err := d.make()
		if err == nil || !d.need {
			continue
		}
		if info, e := os.Stat(d.path); e == nil && info.IsDir() {
			continue // it is there, and what cannot be written in it is told by whoever writes
		}
		return fmt.Errorf("making directory %s: %w (make it by hand: mkdir -p %s)", d.path, err, d.path)
	}
	return nil
}

// make creates the directory with its mode and owner. One that exists keeps the mode it has, unless C's
// programs would be shut out by a wrong owner.
func (d directory) make() error {
	_, err := os.Lstat(d.path)
	missing := errors.Is(err, fs.ErrNotExist)
	if missing {
		if d.need {
			err = os.MkdirAll(d.path, d.mode)
		} else {
			err = os.Mkdir(d.path, d.mode.Perm())
		}
	}
	if err != nil {
		return err
	}
	if missing {
		if err := os.Chmod(d.path, d.mode); err != nil { // the umask took part of it
			return err
		}
	}
	if uid, gid, ok := classicOwner(); ok && d.classic {
		return os.Lchown(d.path, uid, gid)
	}
	return nil
}

// classicOwner is hacluster:haclient, if both exist and we may give files away.
func classicOwner() (uid, gid int, ok bool) {
	if os.Geteuid() != 0 {
		return 0, 0, false
	}
	u, err := user.Lookup("hacluster")
	if err != nil {
		return 0, 0, false
	}
	g, err := user.LookupGroup("haclient")
	if err != nil {
		return 0, 0, false
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(g.Gid)
	return uid, gid, err1 == nil && err2 == nil
}
