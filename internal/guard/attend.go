package guard

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"

	"heartbeat/internal/node/identity"
)

// nobodyFor is how long a node that is being started again may be without a process.
const nobodyFor = 2 * time.Second

// attend stands for a node before systemd that another guard watches. When the main process of the unit, the guard, is killed,
// the node gets a new guard, but systemd starts the unit again. So this process takes the place of the old one: it reports that the node is up,
// passes signals on, and ends when the node is gone; with a failure unless the node left in order, which removes its pid file.
func (g *guardian) attend(pidFile string) int {
	_, _ = daemon.SdNotify(false, daemon.SdNotifyReady) // without systemd nobody called us
	for {
		fd, err := living(pidFile, nobodyFor)
		if errors.Is(err, os.ErrNotExist) {
			return 0
		}
		if err != nil {
			return 1
		}
		g.standFor(fd)
		unix.Close(fd)
	}
}

// living is the process that a pid file names, as a descriptor. One that has just ended is waited for: it may be started again.
func living(pidFile string, patience time.Duration) (int, error) {
	for end := time.Now().Add(patience); ; time.Sleep(patience / 40) {
		text, err := os.ReadFile(pidFile)
		if err != nil {
			return -1, err
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err == nil {
			var fd int
			if fd, err = unix.PidfdOpen(pid, 0); err == nil {
				if n, _ := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0); n == 0 {
					return fd, nil
				}
				unix.Close(fd)
				err = unix.ESRCH
			}
		}
		if time.Now().After(end) {
			return -1, err
		}
	}
}

// standFor passes signals on to a process until it has ended.
func (g *guardian) standFor(fd int) {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for {
			if n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1); n > 0 || err != nil && !errors.Is(err, unix.EINTR) {
				return
			}
		}
	}()
	for {
		select {
		case <-gone:
			return
		case s := <-g.signals:
			switch s := s.(unix.Signal); s {
			case unix.SIGCHLD, unix.SIGPIPE:
			case unix.SIGINT:
				_ = unix.PidfdSendSignal(fd, unix.SIGTERM, nil, 0)
			default: // ABRT too: the guard of the node starts it again
				_ = unix.PidfdSendSignal(fd, s, nil, 0)
			}
		}
	}
}

// pidFileOf is the pid file of the node that these arguments start.
func pidFileOf(args []string) string {
	for _, a := range args {
		if dir, ok := strings.CutPrefix(a, "--run="); ok {
			return identity.PIDPath(dir)
		}
	}
	return identity.PIDPath("/run/heartbeat")
}
