package crmtool

import (
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/cib/store"
	"heartbeat/internal/fsutil"
)

// clearScreen empties a terminal and goes to its first place.
const clearScreen = "\x1b[H\x1b[2J\x1b[3J"

// watches says whether the state is to be shown again and again: not once, and either somebody sits before it or a file is kept up to date.
func (m *monitor) watches() bool {
	if m.once || m.interval <= 0 || m.file == "-" {
		return false
	}
	return m.toFile() && m.form == "html" && m.o.Changed("interval") || !m.toFile() && onTerminal(m.Stdout)
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
	tick := time.NewTicker(m.interval)
	defer tick.Stop()
	for {
		text := ""
		v, err := m.status(m.file)
		switch {
		case errors.Is(err, store.ErrNotRunning):
			return m.fail(Disconnected, err)
		case err != nil:
			text = m.Prog + ": " + err.Error() + "\n"
		default:
			text, _ = m.report(v)
		}
		if !m.toFile() {
			text = clearScreen + text
		}
		if err := m.write(text); err != nil {
			m.complain("%s: %s\n", m.Prog, err)
			return CannotCreate
		}
		select {
		case <-m.Ctx.Done():
			return OK
		case <-tick.C:
		}
	}
}

// write puts a report where it is wanted; a reader of the file never sees half of one.
func (m *monitor) write(text string) error {
	if m.toFile() {
		return fsutil.Replace(m.o.To, []byte(text), 0o644)
	}
	_, err := m.Stdout.Write([]byte(text))
	return err
}
