package vnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// maxFrame bounds one message between the parts of a lab, in bytes.
const maxFrame = 128 << 10

// A line is one connection between the parts of a lab: packets of JSON, some
// with open files attached.
type line struct{ conn *net.UnixConn }

// unixAddr makes path usable as a socket address. The kernel allows 107 bytes;
// longer ones are reached through an open directory. done releases that.
func unixAddr(path string) (addr *net.UnixAddr, done func(), err error) {
	if len(path) < 100 {
		return &net.UnixAddr{Name: path, Net: "unixpacket"}, func() {}, nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, nil, err
	}
	short := fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path))
	return &net.UnixAddr{Name: short, Net: "unixpacket"}, func() { dir.Close() }, nil
}

// listen replaces whatever lies at path by a fresh listening socket.
func listen(path string) (*net.UnixListener, error) {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	addr, done, err := unixAddr(path)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := net.ListenUnix("unixpacket", addr)
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // the path may be a short-lived alias; the directory's owner removes it
	return l, nil
}

// dial connects to a listening part of the lab.
func dial(path string) (*line, error) {
	addr, done, err := unixAddr(path)
	if err != nil {
		return nil, err
	}
	defer done()
	c, err := net.DialUnix("unixpacket", nil, addr)
	if err != nil {
		return nil, err
	}
	return &line{c}, nil
}

func (l *line) close() { l.conn.Close() }

// send writes one message; files are duplicated into the receiver.
func (l *line) send(v any, files ...*os.File) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(data) > maxFrame {
		return fmt.Errorf("message of %d bytes; %d is the most", len(data), maxFrame)
	}
	var oob []byte
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		oob = unix.UnixRights(fds...)
	}
	_, _, err = l.conn.WriteMsgUnix(data, oob, nil)
	return err
}

// receive reads one message into v and returns the files that came with it.
func (l *line) receive(v any) ([]*os.File, error) {
	buf, oob := make([]byte, maxFrame), make([]byte, unix.CmsgSpace(8*4))
	n, oobn, _, _, err := l.conn.ReadMsgUnix(buf, oob)
	if errors.Is(err, io.EOF) {
		// The kernel looks for a packet first and at the end of the connection second: what is sent and closed between the two looks
		// reads as the end, with the packet still there. After the end nothing more can come, so the second answer is final.
		n, oobn, _, _, err = l.conn.ReadMsgUnix(buf, oob)
	}
	if err != nil {
		return nil, err
	}
	files := receivedFiles(oob[:oobn])
	if n == 0 && len(files) == 0 { // a closed packet socket reads as an empty packet
		return nil, net.ErrClosed
	}
	if err := json.Unmarshal(buf[:n], v); err != nil {
		closeAll(files)
		return nil, fmt.Errorf("unreadable message: %w", err)
	}
	return files, nil
}

func (l *line) deadline(t time.Time) { l.conn.SetDeadline(t) }

func receivedFiles(oob []byte) []*os.File {
	var files []*os.File
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			continue
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "passed"))
		}
	}
	return files
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
