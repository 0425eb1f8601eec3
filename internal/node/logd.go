package node

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/logd"
)

// sayLogd tells the log what use_logd means for it, in C's words.
func (n *Node) sayLogd(h conf.HaCf) {
	_, given := h.Given["use_logd"]
	switch {
	case h.UseLogd:
		n.log.Info("Enabling logging daemon")
		n.log.Info("logfile and debug file are those specified in logd config file (" + n.logdCf() + ")")
	case !given:
		n.log.Warn(conf.LogdDisabled)
	}
}

func (n *Node) logdCf() string {
	return filepath.Join(filepath.Dir(filepath.Clean(n.opts.Etc)), "logd.cf")
}

// logdChanged wakes serveLogd.
func (n *Node) logdChanged() {
	select {
	case n.logd <- struct{}{}:
	default:
	}
}

// serveLogd is the logging daemon for programs that know only its socket, while use_logd is on and no other daemon is there: what they say
// goes to the targets of logd.cf (resources spec, section 9.4). A daemon that is started later takes the socket over, and its end is
// seen within conn_logd_time.
func (n *Node) serveLogd(stop <-chan struct{}) {
	var door *logd.Server
	var foreign int // pid of another daemon that was told of
	failed := ""
	defer func() {
		if door != nil {
			door.Close()
		}
	}()
	for {
		h := n.Config().HaCf
		if door != nil && (!h.UseLogd || !door.There()) {
			door.Close()
			door = nil
		}
		if h.UseLogd && door == nil {
			var err error
			door, err = logd.Listen(filepath.Join(n.opts.State, logd.SocketName), n.hal.Put, n.log)
			text := ""
			if taken, ok := errors.AsType[*logd.TakenError](err); ok {
				if taken.PID != foreign {
					n.log.Info(fmt.Sprintf("the logging daemon [pid %d] writes the log", taken.PID))
				}
				foreign = taken.PID
			} else if err != nil {
				text = err.Error()
			} else {
				foreign = 0
			}
			if text != "" && text != failed {
				n.log.Warn("programs that log through the logging daemon write by themselves: " + text)
			}
			failed = text
		}
		again := time.NewTimer(h.ConnLogdTime)
		select {
		case <-again.C:
		case <-n.logd:
			again.Stop()
		case <-stop:
			again.Stop()
			return
		}
	}
}
