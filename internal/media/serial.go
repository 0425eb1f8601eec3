package media

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
	"heartbeat/internal/wire"
)

// serial is a "serial /dev/tty…" line: a null-modem cable to one neighbour. What travels on it are frames of classic
// text without NUL; whatever stands between them is noise. Send takes frames, not datagrams.
type serial struct {
	line conf.Medium
	tty  int
	lock *deviceLock
	gone bool   // the device was pulled out, or its other end closed
	data []byte // of a datagram that came inside a frame, kept for its memory
	frameReader
	frameWriter
}

var (
	errNotTTY  = errors.New("this is no terminal device")
	errBaud    = errors.New("this speed is not supported")
	errHangUp  = errors.New("the device was disconnected")
	errStalled = errors.New("write timeout: nothing leaves the line")
)

// openSerial opens a device without waiting for a carrier, makes it raw, and takes it from other programs.
func openSerial(m conf.Medium, opts Options) (Medium, error) {
	fd, err := unix.Open(m.Interface, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, explain(m, "opening the device", err)
	}
	s := &serial{line: m, tty: fd, frameReader: frameReader{tty: fd}, frameWriter: frameWriter{tty: fd, baud: m.Baud}}
	if err := setRaw(fd, m.Baud); err != nil {
		unix.Close(fd)
		return nil, explain(m, "setting up the line", err)
	}
	if s.lock, err = lockDevice(opts.LockDir, m.Interface); err != nil {
		unix.Close(fd)
		return nil, explain(m, "locking the device", err)
	}
	return s, nil
}

func (s *serial) Name() string { return s.line.Name }
func (s *serial) Kind() string { return s.line.Kind }
func (s *serial) fd() int      { return s.tty }
func (s *serial) stale() bool  { return s.gone }

// Send queues a frame and writes what the line takes at once. It fails while nothing leaves the line, which is how a
// pulled cable or a neighbour that is switched off shows.
func (s *serial) Send(frame []byte) error { return s.hangUp(s.put(time.Now(), frame)) }

func (s *serial) flush(now time.Time) error { return s.hangUp(s.frameWriter.flush(now)) }

// receive returns the next frame, or the datagram inside it; its bytes are valid until the next call. The buffer of datagrams is too small for it.
func (s *serial) receive([]byte) (received, error) {
	frame, err := s.frameReader.next()
	if err != nil {
		return received{}, s.hangUp(err)
	}
	if data, carried := wire.CarriedIn(s.data[:0], frame); carried {
		s.data = data
		return received{data: data}, nil
	}
	return received{data: frame}, nil
}

// hangUp remembers that the device is gone.
func (s *serial) hangUp(err error) error {
	switch err {
	case errHangUp, unix.EIO, unix.ENXIO, unix.ENODEV:
		s.gone = true
		return errHangUp
	}
	return err
}

// Close throws away what was not sent: closing would wait for a neighbour that takes nothing.
func (s *serial) Close() error {
	_ = unix.IoctlSetInt(s.tty, unix.TCFLSH, unix.TCOFLUSH)
	err := unix.Close(s.tty)
	s.lock.release()
	return err
}

func fixForSerial(m conf.Medium, err error) string {
	var held *heldError
	switch {
	case errors.As(err, &held):
		return fmt.Sprintf("stop process %d, or remove %s if it is none that uses the line; it is tried again", held.pid, held.path)
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV), errors.Is(err, errHangUp):
		return "check the path, and whether the adapter is plugged in; it is tried again"
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return "run as root, or put the user into the group of " + m.Interface
	case errors.Is(err, errNotTTY):
		return "name a serial port such as /dev/ttyS0"
	case errors.Is(err, errBaud):
		return "write one of 9600 19200 38400 57600 115200 230400 460800"
	case errors.Is(err, errStalled):
		return "check that the cable is plugged in on both sides, is a null-modem cable with RTS and CTS, and that the other node is on"
	}
	return ""
}
