package node

import (
	"encoding/binary"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"heartbeat/internal/arbiter"
)

// entitlement is until when this node may run resources, in memory that outlives the process: a node that is started again within its
// time goes on, and one that comes too late stops first. It is eight bytes of a file in the run directory, nanoseconds of the
// kernel's boot clock, behind the identity of this boot of the machine. Writing it costs no system call.
type entitlement struct{ word *atomic.Uint64 }

// bootIDLen is that of bootID.
const (
	bootIDLen  = 36
	wordOffset = 40
	wordFile   = 48
	forever    = 24 * time.Hour // entitled without end as things stand: asked again long before
)

func openEntitlement(path string, log *slog.Logger) *entitlement {
	e, err := mapEntitlement(path)
	if err != nil {
		log.Warn("a restart of this process stops its resources until the other node is heard: " + err.Error())
		return &entitlement{word: new(atomic.Uint64)}
	}
	return e
}

func mapEntitlement(path string) (*entitlement, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	boot, err := bootID()
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(wordFile); err != nil {
		return nil, err
	}
	data, err := unix.Mmap(int(f.Fd()), 0, wordFile, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	if len(boot) > bootIDLen {
		boot = boot[:bootIDLen]
	}
	if string(data[:len(boot)]) != boot {
		binary.NativeEndian.PutUint64(data[wordOffset:], 0)
		copy(data, boot)
	}
	// The mapping lasts as long as the process, and it is page aligned.
	return &entitlement{word: (*atomic.Uint64)(unsafe.Pointer(&data[wordOffset]))}, nil
}

// read is until when a former life was entitled; zero: it was not.
func (e *entitlement) read(c clock) time.Time {
	v := e.word.Load()
	if v == 0 {
		return time.Time{}
	}
	return c.start.Add(time.Duration(v) - c.boot)
}

func (e *entitlement) write(c clock, v *arbiter.View) {
	until := v.Until
	switch {
	case !v.Entitled:
		if now := uint64(c.now().Sub(c.start) + c.boot); e.word.Load() > now {
			e.word.Store(now) // when it ended is what the stop budget of a later life counts from
		}
		return
	case until.IsZero():
		until = c.now().Add(forever)
	}
	e.word.Store(uint64(max(until.Sub(c.start)+c.boot, 0)))
}
