package vnet

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// openTerminal makes a new terminal in the machine: its master, and its other
// end three times, for a program's input, output and error output.
func openTerminal() (master *os.File, ends []*os.File, err error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("making a terminal: %w", err)
	}
	master = os.NewFile(uintptr(fd), "terminal")
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	for range 3 {
		if err != nil {
			break
		}
		var end int
		end, err = unix.Open("/dev/pts/"+strconv.Itoa(n), unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
		if err == nil {
			ends = append(ends, os.NewFile(uintptr(end), "terminal"))
		}
	}
	if err != nil {
		master.Close()
		closeAll(ends)
		return nil, nil, fmt.Errorf("making a terminal: %w", err)
	}
	return master, ends, nil
}

// Resize tells a program on a terminal how many characters fit.
func (p *Process) Resize(columns, rows int) error {
	if p.Terminal == nil {
		return nil
	}
	return unix.IoctlSetWinsize(int(p.Terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(columns), Row: uint16(rows)})
}
