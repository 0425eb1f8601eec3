package filesystem

import (
	"context"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/pause"
)

// kernel is what the agent asks of the system; tests give it another one.
type kernel interface {
	mounts() ([]mount, error)
	mount(source, dir, kind string, flags uintptr, data string) error
	unmount(dir string, flags int) error
	users(mounts []mount) ([]user, error)
	signal(pid int, s unix.Signal) error
}

type realKernel struct{}

func (realKernel) mounts() ([]mount, error) { return readMounts() }

func (realKernel) mount(source, dir, kind string, flags uintptr, data string) error {
	return unix.Mount(source, dir, kind, flags, data)
}

func (realKernel) unmount(dir string, flags int) error { return unix.Unmount(dir, flags) }

func (realKernel) users(m []mount) ([]user, error) { return findUsers("/proc", m, os.Getpid()) }

func (realKernel) signal(pid int, s unix.Signal) error { return unix.Kill(pid, s) }

// clock lets tests wait without waiting.
type clock interface {
	// wait returns false when ctx ended first.
	wait(ctx context.Context, d time.Duration) bool
}

type realClock struct{}

func (realClock) wait(ctx context.Context, d time.Duration) bool {
	return pause.For(ctx, d) == nil
}
