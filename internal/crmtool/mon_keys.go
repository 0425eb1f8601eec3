package crmtool

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"heartbeat/internal/crmtool/mon"
)

// A toggle is what a key switches while crm_mon shows the state on a terminal.
type toggle struct {
	key     byte
	text    string
	section mon.Section // that is shown or not
	option  *bool       // or an option
	counter bool        // marked while it is off
}

func (m *monitor) toggles() []toggle {
	return []toggle{
		{key: 'c', text: "tickets", section: mon.Tickets},
		{key: 'f', text: "how often resources failed", section: mon.FailCounts},
		{key: 'n', text: "resources below their nodes", option: &m.show.ByNode},
		{key: 'o', text: "what was done", section: mon.Operations},
		{key: 'r', text: "also resources that do not run", option: &m.show.Inactive},
		{key: 't', text: "what was done, and when", option: &m.show.Timing},
		{key: 'A', text: "attributes of nodes", section: mon.Attributes},
		{key: 'L', text: "where resources may not run", section: mon.Bans},
		{key: 'D', text: "no summary", section: mon.Summary, counter: true},
		{key: 'R', text: "ids of nodes, each instance of a clone", option: &m.show.Detail},
		{key: 'b', text: "how many of a type", option: &m.show.Brief},
		{key: 'j', text: "what is being done in place of the role", option: &m.show.Pending},
	}
}

// press does what a key means; other keys only show the state again. Help says that the list of keys is wanted.
func (m *monitor) press(key byte) (help bool) {
	for _, t := range m.toggles() {
		if t.key != key {
			continue
		}
		if t.option != nil {
			*t.option = !*t.option
		} else if t.section == mon.Summary && m.show.Sections&mon.Summary != 0 {
			m.show.Sections &^= mon.Summary // any line of it, then none
		} else {
			m.show.Sections ^= t.section
		}
	}
	switch {
	case key == 't' && m.show.Timing:
		m.show.Sections |= mon.Operations
	case key == 'o' && m.show.Sections&mon.Operations == 0:
		m.show.Timing = false
	}
	return key == '?'
}

// keyHelp is the list of keys, marked where something is shown.
func (m *monitor) keyHelp() string {
	var b strings.Builder
	b.WriteString("Keys\n")
	for _, t := range m.toggles() {
		on := m.show.Sections&t.section != 0
		if t.option != nil {
			on = *t.option
		}
		mark := " "
		if on != t.counter {
			mark = "*"
		}
		fmt.Fprintf(&b, "%s %c  %s\n", mark, t.key, t.text)
	}
	b.WriteString("\nA key of the list switches, any other one shows the state.\n")
	return b.String()
}

// keys reads single keys from the terminal on standard input until the channel's reader goes; nil where there is none. Restore gives the
// terminal its lines back.
func (m *monitor) keys() (keys <-chan byte, restore func()) {
	in, ok := m.Stdin.(*os.File)
	if !ok || m.toFile() || !onTerminal(m.Stdout) {
		return nil, func() {}
	}
	fd := int(in.Fd())
	was, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, func() {}
	}
	raw := *was
	raw.Lflag &^= unix.ICANON | unix.ECHO
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &raw); err != nil {
		return nil, func() {}
	}
	pressed := make(chan byte)
	go func() {
		buf := make([]byte, 1)
		for {
			if n, err := in.Read(buf); n != 1 || err != nil {
				return
			}
			select {
			case pressed <- buf[0]:
			case <-m.Ctx.Done():
				return
			}
		}
	}()
	return pressed, func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, was) }
}
