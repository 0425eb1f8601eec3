package testenv

import (
	"errors"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// A Cable is a null-modem cable between two serial ports, which are pseudo terminals: what goes into one comes out of the other.
type Cable struct {
	A, B    string // paths of the ports
	masters [2]*os.File
	ports   [2]*os.File // held open, so that a port which nobody uses is silent and not broken
	broken  atomic.Bool
	pumps   sync.WaitGroup
	once    sync.Once
}

// NewCable lays a cable that is gone after the test.
func NewCable(t testing.TB) *Cable {
	t.Helper()
	c := &Cable{}
	for i, path := range []*string{&c.A, &c.B} {
		var err error
		if c.masters[i], c.ports[i], err = openPort(); err != nil {
			t.Fatal(err)
		}
		*path = c.ports[i].Name()
	}
	for i := range c.masters {
		c.pumps.Go(func() { c.pump(c.masters[i], c.masters[1-i]) })
	}
	t.Cleanup(c.Pull)
	return c
}

// Cut loses what travels, in both directions; Mend ends that.
func (c *Cable) Cut()  { c.broken.Store(true) }
func (c *Cable) Mend() { c.broken.Store(false) }

// Say puts bytes on the line towards port A, as noise does.
func (c *Cable) Say(noise []byte) { c.masters[0].Write(noise) }

// Pull makes both ports vanish, as an adapter does that is pulled out.
func (c *Cable) Pull() {
	c.once.Do(func() {
		for i := range c.masters {
			c.ports[i].Close()
			c.masters[i].Close()
		}
		c.pumps.Wait()
	})
}

func (c *Cable) pump(from, to *os.File) {
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if errors.Is(err, os.ErrClosed) || n == 0 && err != nil && !errors.Is(err, unix.EIO) {
			return
		}
		if !c.broken.Load() && n > 0 {
			to.Write(buf[:n])
		}
		if errors.Is(err, unix.EIO) {
			return
		}
	}
}

// openPort makes a pseudo terminal; its port is raw from the beginning, or it would echo.
func openPort() (master, port *os.File, err error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	master = os.NewFile(uintptr(fd), "cable")
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		master.Close()
		return nil, nil, err
	}
	path := "/dev/pts/" + strconv.Itoa(n)
	end, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		master.Close()
		return nil, nil, err
	}
	port = os.NewFile(uintptr(end), path)
	t, err := unix.IoctlGetTermios(end, unix.TCGETS)
	if err == nil {
		t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
		err = unix.IoctlSetTermios(end, unix.TCSETS, t)
	}
	return master, port, err
}
