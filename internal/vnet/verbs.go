package vnet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// patience bounds every request to the switchboard; the slowest, a power-on,
// takes some tens of milliseconds on an idle host.
const patience = 30 * time.Second

// ask sends one request to the switchboard.
func (l *Lab) ask(q request) ([]State, error) {
	if _, err := l.Spec.index(q.Machine); q.Machine != "" && err != nil {
		return nil, err
	}
	ln, err := dial(filepath.Join(l.dir, "ctl.sock"))
	if err != nil {
		if _, err := running(l.dir); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("talking to the lab: %w", err)
	}
	defer ln.close()
	ln.deadline(time.Now().Add(patience))
	var r reply
	if err := ln.send(q); err != nil {
		return nil, fmt.Errorf("talking to the lab: %w", err)
	}
	if _, err := ln.receive(&r); err != nil {
		return nil, fmt.Errorf("the lab does not answer (%w): heartbeat lab down cleans up", err)
	}
	if r.Error != "" {
		return nil, errors.New(r.Error)
	}
	return r.States, nil
}

// PowerOn boots a machine with empty /run and /tmp; one that is on stays on.
// It returns when the machine's cards are up and it takes orders.
func (l *Lab) PowerOn(machine string) error {
	_, err := l.ask(request{Verb: "power-on", Machine: machine})
	return err
}

// PowerOff pulls the plug. It returns when no process of the machine exists any more.
func (l *Lab) PowerOff(machine string) error {
	_, err := l.ask(request{Verb: "power-off", Machine: machine})
	return err
}

// Freeze stops every process of a machine at once; its kernel goes on answering
// ARP and ping, as a machine with a hanging user space does.
func (l *Lab) Freeze(machine string) error {
	_, err := l.ask(request{Verb: "freeze", Machine: machine})
	return err
}

// Thaw lets a frozen machine go on.
func (l *Lab) Thaw(machine string) error {
	_, err := l.ask(request{Verb: "thaw", Machine: machine})
	return err
}

// AllLinks stands for every link of a machine.
const AllLinks = -1

// Cut breaks a link of a machine, or AllLinks.
func (l *Lab) Cut(machine string, link int, how Cut) error {
	_, err := l.ask(request{Verb: "cut", Machine: machine, Link: link, Cut: how})
	return err
}

// Heal mends a link of a machine, or AllLinks.
func (l *Lab) Heal(machine string, link int) error {
	_, err := l.ask(request{Verb: "heal", Machine: machine, Link: link})
	return err
}

// States tells how every machine is.
func (l *Lab) States() ([]State, error) { return l.ask(request{Verb: "status"}) }

// Remove ends the lab and deletes its directory. It works as well when the lab
// crashed, hangs, or is gone.
func (l *Lab) Remove() error {
	err := Remove(l.dir)
	if l.tie != nil {
		l.tie.Close() // after the end, or the switchboard would sweep beside us
	}
	if l.reap != nil {
		l.reap()
	}
	return err
}

// Remove ends whatever lab runs in dir and deletes dir.
func Remove(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "spec.json")); err != nil {
		if os.IsNotExist(err) {
			return nil // nothing of ours is here
		}
		return err
	}
	if pid, err := running(dir); err == nil {
		if err := end(pid); err != nil {
			return fmt.Errorf("ending the lab (process %d): %w", pid, err)
		}
	}
	return os.RemoveAll(dir)
}

// end kills a switchboard and waits until it and all below it are gone.
func end(pid int) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for deadline := time.Now().Add(patience); ; {
		n, err := unix.Poll(poll, int(time.Until(deadline).Milliseconds())+1)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return err
		case n > 0:
			return nil
		}
		if time.Now().After(deadline) {
			return errors.New("it does not die; is it stuck in the kernel?")
		}
	}
}
