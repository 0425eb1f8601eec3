package vnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
)

// machine is the switchboard's side of one virtual machine.
type machine struct {
	index int
	spec  Machine
	dir   string // its files: control socket, mount point

	mu     sync.Mutex // one request at a time for a machine
	proc   *os.Process
	gone   chan struct{} // closed when PID 1 and, with it, all processes are gone
	frozen bool
	cuts   []Cut
	relays map[int]*relay // of lossy links
}

// isolated are the namespaces every machine has of its own.
const isolated = syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC

func (m *machine) do(q request) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch q.Verb {
	case "power-on":
		return m.powerOn()
	case "power-off":
		return m.powerOff()
	case "freeze", "thaw":
		return m.hold(q.Verb == "freeze")
	case "cut", "heal":
		cut := q.Cut
		if q.Verb == "heal" {
			cut = Whole
		}
		return m.cutLinks(q.Link, cut)
	}
	return fmt.Errorf("the switchboard does not know %q", q.Verb)
}

// on says whether the machine runs. A machine may go off by itself: reboot(2)
// inside ends its PID 1.
func (m *machine) on() bool {
	if m.proc == nil {
		return false
	}
	select {
	case <-m.gone:
		return false
	default:
		return true
	}
}

func (m *machine) state() State {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := State{Machine: m.spec.Name, Power: "off", Cuts: append([]Cut{}, m.cuts...)}
	if m.on() {
		s.Power = "on"
		if m.frozen {
			s.Power = "frozen"
		}
	}
	return s
}

func (m *machine) powerOn() error {
	if m.on() {
		return nil
	}
	if err := m.clear(); err != nil {
		return fmt.Errorf("%s: %w", m.spec.Name, err)
	}
	if err := m.boot(); err != nil {
		m.powerOff()
		return fmt.Errorf("switching %s on: %w", m.spec.Name, err)
	}
	for l, cut := range m.cuts { // what was cut stays cut
		if cut != Whole {
			if err := m.cutLinks(l, cut); err != nil {
				return err
			}
		}
	}
	return nil
}

// boot starts PID 1, lays its cables, tells it what to be and waits until it is.
func (m *machine) boot() error {
	if err := os.MkdirAll(filepath.Join(m.dir, "root"), 0o755); err != nil {
		return err
	}
	l, err := listen(filepath.Join(m.dir, "ctl.sock"))
	if err != nil {
		return err
	}
	defer l.Close()
	planR, planW, err := os.Pipe()
	if err != nil {
		return err
	}
	defer planW.Close()
	readyR, readyW, err := os.Pipe()
	if err != nil {
		planR.Close()
		return err
	}
	defer readyR.Close()
	err = m.fork(l, planR, readyW)
	planR.Close()
	readyW.Close()
	if err != nil {
		return err
	}
	for i, link := range m.spec.Links {
		if err := plug(m.index, i, m.proc.Pid, link); err != nil {
			return err
		}
	}
	if err := json.NewEncoder(planW).Encode(plan{Dir: m.dir, Machine: m.spec}); err != nil {
		return err
	}
	planW.Close()
	var r reply
	if err := json.NewDecoder(readyR).Decode(&r); err != nil {
		return fmt.Errorf("it died while starting; its last words may be in %s", filepath.Join(filepath.Dir(filepath.Dir(m.dir)), "lab.log"))
	}
	if r.Error != "" {
		return errors.New(r.Error)
	}
	return nil
}

// fork starts PID 1 and the goroutine that notices its end.
func (m *machine) fork(l *net.UnixListener, plan, ready *os.File) error {
	lf, err := l.File()
	if err != nil {
		return err
	}
	defer lf.Close()
	cmd := exec.Command("/proc/self/exe", "lab", "inside", "machine")
	cmd.Env = []string{"PATH=" + searchPath, "HOME=/root", "TERM=" + os.Getenv("TERM"), "LANG=C.UTF-8"}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.ExtraFiles = []*os.File{lf, plan, ready}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: isolated, Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("making its namespaces: %w", err)
	}
	gone := make(chan struct{})
	m.proc, m.gone, m.frozen = cmd.Process, gone, false
	go func() {
		cmd.Wait()
		close(gone)
	}()
	return nil
}

// powerOff pulls the plug: PID 1 is killed, the kernel kills all the rest in the
// same instant, and the links lose their carrier.
func (m *machine) powerOff() error {
	if m.proc == nil {
		return nil
	}
	m.proc.Kill()
	for l := range m.spec.Links {
		unplug(m.index, l) // gone already when the machine died by itself
	}
	<-m.gone
	return m.clear()
}

// clear removes what a machine that is off left behind.
func (m *machine) clear() error {
	m.proc, m.frozen = nil, false
	for l := range m.spec.Links {
		if err := m.endRelay(l); err != nil {
			return err
		}
		if err := removePort(m.index, l); err != nil {
			return fmt.Errorf("removing the cable of %s: %w", nic(l), err)
		}
	}
	os.Remove(filepath.Join(m.dir, "ctl.sock"))
	return nil
}

// hold stops all processes of the machine, or lets them go on.
func (m *machine) hold(freeze bool) error {
	if !m.on() {
		return fmt.Errorf("%s is off", m.spec.Name)
	}
	verb := "thaw"
	if freeze {
		verb = "freeze"
	}
	if _, err := askMachine(m.dir, order{Verb: verb}); err != nil {
		return fmt.Errorf("%s: %s: %w", m.spec.Name, verb, err)
	}
	m.frozen = freeze
	return nil
}

// cutLinks breaks or mends one link, or with -1 every one. For a machine that is
// off the state is remembered and holds when it is switched on.
func (m *machine) cutLinks(link int, cut Cut) error {
	if link >= len(m.spec.Links) {
		return fmt.Errorf("%s has links 0 to %d, not %d", m.spec.Name, len(m.spec.Links)-1, link)
	}
	if err := cut.check(); err != nil {
		return err
	}
	for l := range m.spec.Links {
		if link >= 0 && l != link {
			continue
		}
		m.cuts[l] = cut
		if !m.on() {
			continue
		}
		if err := m.cutLink(l, cut); err != nil {
			return fmt.Errorf("%s %s: %w", m.spec.Name, nic(l), err)
		}
	}
	return nil
}

func (m *machine) cutLink(l int, cut Cut) error {
	quiet := order{Verb: "speak", Link: l}
	if cut == Dumb {
		quiet.Verb = "hush"
	}
	if _, err := askMachine(m.dir, quiet); err != nil {
		return err
	}
	if err := m.endRelay(l); err != nil {
		return err
	}
	if cut == Unplugged {
		return unplug(m.index, l)
	}
	if err := connect(m.index, l, m.spec.Links[l]); err != nil {
		return err
	}
	switch cut {
	case Mute:
		return mute(m.index, l)
	case Deaf:
		return dropAll(port(m.index, l))
	case Whole, Dumb:
		return nil
	}
	if percent, ok := cut.Loss(); ok {
		r, err := startRelay(m.index, l, m.spec.Links[l], percent)
		if err != nil {
			return err
		}
		m.relays[l] = r
		return nil
	}
	return cut.check()
}

func (m *machine) endRelay(l int) error {
	r := m.relays[l]
	if r == nil {
		return nil
	}
	delete(m.relays, l)
	if err := r.stop(); err != nil {
		return fmt.Errorf("ending the relay of %s: %w", nic(l), err)
	}
	return nil
}
