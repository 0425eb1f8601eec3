package localsock

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPeersAreKnownAndTheRefusedAreClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	// What a dead server left is no hindrance.
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o777 {
		t.Errorf("the socket: %v, %v", info.Mode(), err)
	}
	warned, peers, ended := make(chan string, 1), make(chan Peer, 1), make(chan struct{})
	first := true
	go func() {
		defer close(ended)
		Accept(l, "a test", func(s string) { warned <- s }, func(c *net.UnixConn) error {
			if first {
				first = false
				return errors.New("not today")
			}
			defer c.Close()
			p, err := PeerOf(c)
			if groups, _ := os.Getgroups(); err != nil || !slices.Equal(GroupsOf(c), groups) {
				t.Errorf("groups %v, want %v; %v", GroupsOf(c), groups, err)
			}
			peers <- p
			return nil
		})
	}()
	for _, look := range []func(){
		func() {
			if s := <-warned; s != "a test was not let in: not today" {
				t.Errorf("warned %q", s)
			}
		},
		func() {
			if p, want := <-peers, (Peer{os.Getpid(), os.Getuid(), os.Getgid()}); p != want {
				t.Errorf("the peer is %+v, want %+v", p, want)
			}
		},
	} {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		look()
		if _, err := c.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the connection is not closed: %v", err)
		}
		c.Close()
	}
	l.Close()
	<-ended
}

func TestListenSaysWhatHinders(t *testing.T) {
	dir := t.TempDir()
	full := filepath.Join(dir, "full")
	if err := os.MkdirAll(filepath.Join(full, "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		full:                               "remove " + full + " by hand",
		filepath.Join(dir, "none", "s"):    "the directory must exist",
		"/tmp/" + strings.Repeat("x", 120): "shorter than 90 bytes",
	} {
		if l, err := Listen(path); err == nil {
			l.Close()
			t.Errorf("%s: no error", path)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}
