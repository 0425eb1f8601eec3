package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"heartbeat/internal/node"
	"heartbeat/internal/wire"
)

// socket is the classic client API, of a daemon of either make (messaging spec, section 17): frames of a length and a
// mark in the byte order of the machine, and a message in classic text or netstring encoding.
type socket struct {
	conn net.Conn
	as   string
	self string
	c    chan []node.Delivery

	one sync.Mutex
	buf []byte
}

const frameMark = 0x0000abcd

// dial signs on; it tries until the daemon is there.
func dial(ctx context.Context, path, as, self string) (*socket, error) {
	for {
		conn, err := net.Dial("unix", path)
		if err == nil {
			s := &socket{conn: conn, as: as, self: self, c: make(chan []node.Delivery, 256)}
			if err = s.signOn(); err == nil {
				go s.read()
				return s, nil
			}
			conn.Close()
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("signing on at %s: %w", path, err)
		}
	}
}

func (s *socket) signOn() error {
	id := func(n int) string { return strconv.Itoa(n) }
	err := s.write(wire.New("t", "hbapi-req", "reqtype", "signon", "dest", s.self, "pid", id(os.Getpid()), "uid", id(os.Getuid()), "gid", id(os.Getgid()), "from_id", s.as))
	if err != nil {
		return err
	}
	m := &wire.Message{}
	for m.Kind() != "hbapi-resp" { // C tells everybody of the newcomer first, and him too
		if m, err = s.readOne(); err != nil {
			return err
		}
	}
	if m.Get("result") != "OK" {
		return errors.New("refused: " + m.Get("info"))
	}
	// A daemon disconnects those for whom more than 64 messages wait, unless they ask for more.
	return s.write(wire.New("t", "hbapi-req", "reqtype", "set_sendqlen", "sendqlen", "4096", "dest", s.self, "pid", id(os.Getpid()), "from_id", s.as))
}

func (s *socket) write(m *wire.Message) (err error) {
	s.one.Lock()
	defer s.one.Unlock()
	s.buf = append(s.buf[:0], 0, 0, 0, 0, 0, 0, 0, 0)
	if s.buf, err = wire.AppendClassic(s.buf, m); err != nil {
		return err
	}
	s.buf = append(s.buf, 0)
	binary.NativeEndian.PutUint32(s.buf, uint32(len(s.buf)-8))
	binary.NativeEndian.PutUint32(s.buf[4:], frameMark)
	_, err = s.conn.Write(s.buf)
	return err
}

func (s *socket) readOne() (*wire.Message, error) {
	var head [8]byte
	if _, err := io.ReadFull(s.conn, head[:]); err != nil {
		return nil, err
	}
	n := binary.NativeEndian.Uint32(head[:])
	if binary.NativeEndian.Uint32(head[4:]) != frameMark || n > 64<<20 {
		return nil, errors.New("this is no frame of the client API")
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(s.conn, data); err != nil {
		return nil, err
	}
	m, _, err := wire.Parse(data)
	return m, err
}

func (s *socket) read() {
	defer close(s.c)
	for {
		m, err := s.readOne()
		if err != nil {
			fmt.Println("# the daemon ended the connection:", err)
			return
		}
		s.c <- []node.Delivery{{From: m.Get("src"), Message: m, Own: m.Get("src") == s.self}}
	}
}

func (s *socket) Send(_ context.Context, m *wire.Message) error { return s.write(m) }
func (s *socket) heard() <-chan []node.Delivery                 { return s.c }
