package node

import (
	"log/slog"
	"strconv"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// supervisor tells systemd how the node is. Without systemd (no NOTIFY_SOCKET) everything is a no-op.
type supervisor struct{ log *slog.Logger }

func (s supervisor) tell(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		s.log.Debug("telling systemd failed", "state", state, "error", err)
	}
}

func (s supervisor) ready()             { s.tell(daemon.SdNotifyReady) }
func (s supervisor) stopping()          { s.tell(daemon.SdNotifyStopping) }
func (s supervisor) status(text string) { s.tell("STATUS=" + text) }

// reloading needs the time with it, or systemd takes the message for an old one.
func (s supervisor) reloading() {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	s.tell(daemon.SdNotifyReloading + "\nMONOTONIC_USEC=" + strconv.FormatInt(ts.Nano()/1000, 10))
}

// watchdog keeps systemd's watchdog quiet as long as alive says that both loops turn.
// A node whose loop hangs is then restarted instead of half living on.
func (s supervisor) watchdog(stop <-chan struct{}, alive func(limit time.Duration) bool) {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil || every <= 0 {
		return
	}
	tick := time.NewTicker(every / 3)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if alive(every / 3) {
				s.tell(daemon.SdNotifyWatchdog)
			}
		case <-stop:
			return
		}
	}
}
