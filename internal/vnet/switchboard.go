package vnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Files the caller hands to the switchboard, beyond the standard three.
const (
	fdReady = 3 // one JSON answer: the switchboard stands, or why not
	fdTie   = 4 // of a tied lab: end of file here ends it
)

// request is what a caller asks of the switchboard.
type request struct {
	Verb    string // power-on, power-off, freeze, thaw, cut, heal, status, down
	Machine string
	Link    int // -1: every link
	Cut     Cut
}

// reply answers a request.
type reply struct {
	Error  string `json:",omitempty"`
	States []State
}

// A Cut is a way to break a link.
type Cut string

const (
	Whole     Cut = ""        // a working link
	Unplugged Cut = "carrier" // no carrier: the machine sees a dead cable
	Mute      Cut = "mute"    // carrier, but every frame is lost, both ways
	Deaf      Cut = "in"      // the machine hears nothing, what it sends arrives
	Dumb      Cut = "out"     // nothing the machine sends arrives, it hears all
)

func (c Cut) check() error {
	switch c {
	case Whole, Unplugged, Mute, Deaf, Dumb:
		return nil
	}
	if _, ok := c.Loss(); ok {
		return nil
	}
	return fmt.Errorf("there is no cut %q; there are carrier, mute, in, out, and loss=1 to loss=99", string(c))
}

// State is what the switchboard knows of a machine.
type State struct {
	Machine string `json:"machine"`
	Power   string `json:"power"` // on, off, frozen
	Cuts    []Cut  `json:"cuts"`  // one a link
}

// switchboard is PID 1 of a lab. Its fields do not change after newSwitchboard;
// every machine has a lock of its own.
type switchboard struct {
	dir      string
	spec     Spec
	machines []*machine
}

// runSwitchboard is the whole life of the switchboard process.
func runSwitchboard(dir string, tie bool) int {
	ready := os.NewFile(fdReady, "ready")
	sb, l, err := newSwitchboard(dir)
	if err != nil {
		json.NewEncoder(ready).Encode(reply{Error: err.Error()})
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	tied := make(chan struct{})
	if tie {
		unix.CloseOnExec(fdTie)
		go func() {
			io.Copy(io.Discard, os.NewFile(fdTie, "tie"))
			close(tied)
		}()
	}
	down := make(chan struct{})
	go sb.serve(l, sync.OnceFunc(func() { close(down) }))
	json.NewEncoder(ready).Encode(reply{})
	ready.Close()
	select { // leaving is enough: the kernel kills all that is below
	case <-tied:
		sb.sweep()
	case <-down:
	}
	return 0
}

// sweep removes the files of a lab whose caller died without doing so.
func (sb *switchboard) sweep() {
	for _, m := range sb.machines {
		m.do(request{Verb: "power-off"}) // or they would write while their files are removed
	}
	if err := os.RemoveAll(sb.dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func newSwitchboard(dir string) (*switchboard, *net.UnixListener, error) {
	unix.CloseOnExec(fdReady)
	data, err := os.ReadFile(filepath.Join(dir, "spec.json"))
	if err != nil {
		return nil, nil, err
	}
	sb := &switchboard{dir: dir}
	if err := json.Unmarshal(data, &sb.spec); err != nil {
		return nil, nil, fmt.Errorf("reading the lab's plan: %w", err)
	}
	if err := ownProc(); err != nil {
		return nil, nil, err
	}
	if err := unix.Sethostname([]byte("switchboard")); err != nil {
		return nil, nil, fmt.Errorf("naming the switchboard: %w", err)
	}
	if err := loopbackUp(); err != nil {
		return nil, nil, fmt.Errorf("loopback: %w", err)
	}
	for n, network := range sb.spec.Networks {
		if err := buildNetwork(n, network); err != nil {
			return nil, nil, err
		}
	}
	for i, m := range sb.spec.Machines {
		sb.machines = append(sb.machines, &machine{index: i, spec: m, dir: machineDir(dir, m.Name), cuts: make([]Cut, len(m.Links)), relays: map[int]*relay{}})
	}
	l, err := listen(filepath.Join(dir, "ctl.sock"))
	return sb, l, err
}

// ownProc gives the new PID namespace its own /proc, seen by nobody outside.
func ownProc() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("separating the mounts: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		if errors.Is(err, syscall.EPERM) {
			return fmt.Errorf("mounting /proc: %w; a container runtime hides parts of /proc here, which forbids it to namespaces: run the lab outside the container", err)
		}
		return fmt.Errorf("mounting /proc: %w", err)
	}
	return nil
}

// serve answers callers until the lab ends.
func (sb *switchboard) serve(l *net.UnixListener, down func()) {
	for {
		c, err := l.AcceptUnix()
		if err != nil {
			return
		}
		go func() {
			ln := &line{c}
			defer ln.close()
			for {
				var q request
				files, err := ln.receive(&q)
				closeAll(files)
				if err != nil {
					return
				}
				r := sb.answer(q)
				if ln.send(r) != nil {
					return
				}
				if q.Verb == "down" {
					down()
				}
			}
		}()
	}
}

// answer carries one request out.
func (sb *switchboard) answer(q request) (r reply) {
	if q.Verb == "down" {
		return reply{}
	}
	if q.Verb == "status" {
		for _, m := range sb.machines {
			r.States = append(r.States, m.state())
		}
		return r
	}
	i, err := sb.spec.index(q.Machine)
	if err == nil {
		err = sb.machines[i].do(q)
	}
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

func machineDir(dir, name string) string { return filepath.Join(dir, "machines", name) }
