package media

import (
	"errors"

	"golang.org/x/sys/unix"
)

// speeds are the values of baud (messaging spec, section 2.2) in the kernel's form.
var speeds = map[int]uint32{
	9600: unix.B9600, 19200: unix.B19200, 38400: unix.B38400, 57600: unix.B57600,
	115200: unix.B115200, 230400: unix.B230400, 460800: unix.B460800,
}

// setRaw sets a terminal to what C Heartbeat uses (section 15): 8 bits, no parity, one stop bit, RTS and CTS, no modem lines, no echo, no
// translation; carriage returns are ignored. Two things are ours: a break is ignored, where C would take it for a
// signal, and the eighth bit stays, so that a text that is not ASCII still verifies.
func setRaw(fd, baud int) error {
	speed, ok := speeds[baud]
	if !ok {
		return errBaud
	}
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) {
		return errNotTTY
	}
	if err != nil {
		return err
	}
	t.Iflag = unix.IGNBRK | unix.IGNCR | unix.INPCK
	t.Oflag, t.Lflag = 0, 0
	t.Cflag = unix.CS8 | unix.CREAD | unix.CLOCAL | unix.CRTSCTS | speed
	t.Ispeed, t.Ospeed = speed, speed
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS, t)
}
