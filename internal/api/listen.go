package api

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// Listen makes the socket, ready to accept, with its mode and owner set before anybody can connect.
// A socket that a dead process left behind is replaced; one that answers is an error.
func Listen(path string) (*net.UnixListener, error) {
	if c, err := net.Dial("unix", path); err == nil {
		c.Close()
		return nil, fmt.Errorf("the socket %s is in use by a running node; stop it with heartbeat -k, or choose another --run directory", path)
	}
	// The socket is made under another name, because it would be open to everybody between bind and chmod.
	hidden := path + ".new"
	if err := os.Remove(hidden); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("making the admin socket: %w", err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: hidden, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("making the admin socket in %s: %w (the directory must exist and its path be shorter than 90 bytes)", filepath.Dir(path), err)
	}
	l.SetUnlinkOnClose(false)
	if err := publish(hidden, path); err != nil {
		l.Close()
		os.Remove(hidden)
		return nil, fmt.Errorf("making the admin socket: %w", err)
	}
	return l, nil
}

// publish gives the socket its owner and mode and then its name.
func publish(hidden, path string) error {
	mode := os.FileMode(0o600)
	if gid, ok := groupID(Group); ok && os.Chown(hidden, -1, gid) == nil {
		mode = 0o660
	}
	if err := os.Chmod(hidden, mode); err != nil {
		return err
	}
	return os.Rename(hidden, path)
}

// groupID looks a group up; false when this machine does not have it.
func groupID(name string) (int, bool) {
	g, err := user.LookupGroup(name)
	if err != nil {
		return 0, false
	}
	gid, err := strconv.Atoi(g.Gid)
	return gid, err == nil
}
