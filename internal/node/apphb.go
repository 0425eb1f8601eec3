package node

import (
	"path/filepath"
	"time"

	"heartbeat/internal/apphb/client"
	"heartbeat/internal/apphb/server"
	"heartbeat/internal/event"
)

const (
	// As C registers (resources spec, section 9.5).
	apphbName, apphbInstance = "heartbeat", "master_control_process"

	// apphbPatience bounds every word to apphbd; apphbAgain is the pause before it is looked for again.
	apphbPatience = 2 * time.Second
	apphbAgain    = 5 * time.Second
)

// beatApphbd registers with the application heartbeat monitor where ha.cf says so, and beats there as long as the pulse turns. It is a
// goroutine of its own: a monitor that hangs costs the pulse nothing.
func (n *Node) beatApphbd(stop <-chan struct{}) {
	h := n.Config().HaCf
	if !h.UseApphbd {
		return
	}
	again := time.NewTimer(0)
	defer again.Stop()
	for told := false; ; {
		select {
		case <-stop:
			return
		case <-again.C:
		}
		c, err := client.Register(filepath.Join(n.opts.Run, server.SocketName), apphbName, apphbInstance, apphbPatience)
		if err == nil {
			if err = c.SetInterval(h.Deadtime); err == nil {
				err = c.SetWarn(h.Warntime)
			}
			if err != nil {
				c.Close()
			}
		}
		if err == nil {
			n.trouble.set("apphbd", "")
			n.record(event.MonitorJoined, "Registered with apphbd as "+apphbName+"/"+apphbInstance+".")
			told = false
			if err = n.beatAt(c, stop); err == nil {
				return // it has unregistered
			}
			c.Close()
		}
		n.trouble.set("apphbd", "use_apphbd: "+err.Error()+"; "+event.MonitorLost.Action)
		if !told {
			told = true
			n.record(event.MonitorLost, "Unable to register with apphbd: "+err.Error()+". Continuing to try and register.")
		}
		again.Reset(apphbAgain)
	}
}

// beatAt beats until stop is closed, and unregisters then. A pulse that does not turn is silence for the monitor.
func (n *Node) beatAt(c *client.Client, stop <-chan struct{}) error {
	beat := time.NewTicker(n.Config().HaCf.Keepalive)
	defer beat.Stop()
	for {
		select {
		case <-stop:
			_ = c.Unregister() // the end of the connection says enough otherwise
			return nil
		case <-beat.C:
			if !n.pulse.turned.Swap(false) {
				continue
			}
			if err := c.Beat(); err != nil {
				return err
			}
		}
	}
}
