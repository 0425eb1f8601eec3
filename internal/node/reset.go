package node

import (
	"fmt"
	"os/exec"
	"sync"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/realtime"
)

// rebootCommand resets the machine without a sync: what would not stop must not write another byte.
var rebootCommand = [...]string{"/sbin/reboot", "-nf"}

// lastMessages is for the packets that tell the peers, in keepalives.
const lastMessages = 2

// resetter resets the machine once.
type resetter struct{ once sync.Once }

// resetMachine lets the watchdog reset the machine, or reboots it where there is none or it does not bite. It does
// not come back from that, except in tests and where rebooting is not allowed.
func (n *Node) resetMachine(reason string) {
	n.resetting.once.Do(func() {
		time.Sleep(max(rebootPause, min(lastMessages*n.Config().HaCf.Keepalive, time.Second)))
		if n.dog.starve(reason) {
			time.Sleep(n.dog.dev.Timeout() + time.Second)
		}
		if n.opts.reboot != nil {
			n.opts.reboot(reason)
			return
		}
		n.log.Error("Rebooting system.  Reason: " + reason)
		argv := rebootCommand[:]
		if n.opts.Reboot != "" {
			argv = []string{n.opts.Reboot, reason}
		}
		cmd := exec.Command(argv[0], argv[1:]...)
		err := realtime.Start(cmd)
		if err == nil {
			err = cmd.Wait()
		}
		if err != nil {
			text := fmt.Sprintf("the machine cannot be reset (%s: %v): %s. It is blocked here and is not started elsewhere; stop it by hand, or switch the machine off", argv[0], err, reason)
			n.trouble.set("reset", text)
			n.record(event.GroupStuck, text)
		}
	})
}

// starve stops the feeding of the watchdog; false when there is none.
func (w *watched) starve(reason string) bool {
	if w == nil || w.dev == nil {
		return false
	}
	w.hangs.Store(true)
	w.record(event.Event{Kind: event.WatchdogStarves, Subject: w.path,
		Text: fmt.Sprintf("%s is not fed any more and resets the machine within %v: %s.", w.path, w.dev.Timeout(), reason)})
	return true
}
