package clients

import (
	"bufio"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"heartbeat/internal/clients/session"
	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// openFIFO makes the FIFO and opens it for both directions, so that it never ends when a script closes it.
// Without it the classic scripts do not work; everything else does.
func (s *Service) openFIFO() *os.File {
	if s.cfg.FIFO == "" {
		return nil
	}
	f, err := makeFIFO(s.cfg.FIFO)
	if err != nil {
		s.cfg.Record(event.Event{Kind: event.StateUnwritable, Subject: s.cfg.FIFO,
			Text: fmt.Sprintf("the FIFO of the classic scripts (hb_standby, hb_takeover) does not work: %v", err)})
		return nil
	}
	return f
}

// makeFIFO replaces what is no FIFO: a script that ran while no node did has left a file there.
func makeFIFO(path string) (*os.File, error) {
	const mode = 0o600
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != os.ModeNamedPipe {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	if err := unix.Mkfifo(path, mode); err != nil && !errors.Is(err, unix.EEXIST) {
		return nil, &os.PathError{Op: "mkfifo", Path: path, Err: err}
	}
	if err := os.Chmod(path, mode); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK, 0)
}

// readFIFO hands over what scripts write, until the FIFO is closed.
func (s *Service) readFIFO(f *os.File) {
	line := s.cfg.OpenLine()
	messages := bufio.NewScanner(f)
	messages.Buffer(nil, 2*wire.MaxPacket)
	messages.Split(wire.ScanClassic)
	for messages.Scan() {
		m, err := wire.ParseClassic(messages.Bytes())
		if err != nil {
			s.cfg.Log.Warn("what a script wrote into the FIFO is no message: " + err.Error())
			continue
		}
		if !s.tell(line, session.Written{Message: m}) {
			return
		}
	}
}
