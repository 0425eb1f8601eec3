package crmtool

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/cib/store"
	"heartbeat/internal/fsutil"
	"heartbeat/internal/xmltree"
)

// clearScreen empties a terminal and goes to its first place.
const clearScreen = "\x1b[H\x1b[2J\x1b[3J"

// watches says whether the state is to be shown again and again: not once, and either somebody sits before it, or a file is kept up to date,
// or a program is told of what happens.
func (m *monitor) watches() bool {
	if m.once || m.interval <= 0 || m.file == "-" {
		return false
	}
	return m.daemon || m.agent != "" || m.toFile() && m.form == "html" && m.o.Changed("interval") || !m.toFile() && onTerminal(m.Stdout)
}

func (m *monitor) toFile() bool { return m.o.To != "" && m.o.To != "-" }

// onTerminal says whether people read the output.
func onTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// watch shows the state until it is told to stop. A document that cannot be read at the moment is said to be so, and tried again.
func (m *monitor) watch() Code {
	var agent *notifier
	if m.agent != "" {
		agent = m.notify(m.agent, m.recipient)
		defer agent.stop()
	}
	keys, restore := m.keys()
	defer restore()
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(told)
	tick := time.NewTicker(m.interval)
	defer tick.Stop()
	var last *xmltree.Node
	help := false
	for {
		text := ""
		v, err := m.state()
		switch {
		case errors.Is(err, store.ErrNotRunning):
			return m.fail(Disconnected, err)
		case err != nil:
			text = m.Prog + ": " + err.Error() + "\n"
		default:
			text, _ = m.report(v)
			if agent != nil && last != nil {
				agent.tell(eventsBetween(last, v.Document))
			}
			last = v.Document
		}
		if help {
			text = m.keyHelp()
		}
		if err := m.display(text); err != nil {
			m.complain("%s: %s\n", m.Prog, err)
			return CannotCreate
		}
		select {
		case <-m.Ctx.Done():
			return OK
		case <-told:
			return OK
		case key := <-keys:
			help = m.press(key) || help && m.isToggle(key)
		case <-tick.C:
		}
	}
}

// isToggle says whether a key switches something.
func (m *monitor) isToggle(key byte) bool {
	for _, t := range m.toggles() {
		if t.key == key {
			return true
		}
	}
	return false
}

// display puts the state of the moment where it is looked at, if anywhere.
func (m *monitor) display(text string) error {
	switch {
	case m.toFile():
	case onTerminal(m.Stdout):
		text = clearScreen + text
	default: // only a program is told
		return nil
	}
	return m.write(text)
}

// write puts a report where it is wanted; a reader of the file never sees half of one.
func (m *monitor) write(text string) error {
	if m.toFile() {
		return fsutil.Replace(m.o.To, []byte(text), 0o644)
	}
	_, err := m.Stdout.Write([]byte(text))
	return err
}
