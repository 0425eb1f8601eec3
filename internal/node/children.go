package node

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
	"heartbeat/internal/respawn/process"
)

// childrenPatience bounds the stop of all programs of ha.cf together: C's last phase of a shutdown ends hard after 30 s;
// each of ours has these 30 s, and all together this.
const childrenPatience = 2 * time.Minute

// composeChildren prepares the programs of the respawn and failfast lines.
func (n *Node) composeChildren(cfg conf.Config) {
	var list []process.Program
	for _, c := range cfg.HaCf.Respawn {
		if cfg.HaCf.BuiltIn(c) {
			n.log.Info("the daemon does the work of " + c.Command + " itself and does not start it")
			continue
		}
		list = append(list, process.Program{User: c.User, Command: c.Command, FailFast: c.FailFast})
	}
	reboot := n.opts.reboot
	if reboot == nil {
		reboot = n.reboot
	}
	n.children = process.New(process.Config{Programs: list, Env: eventEnv(n.opts, n.self, cfg.HaCf), Record: n.timeline.Add, Reboot: reboot})
}

// reboot restarts the machine without another word to anybody: what failed must not go on here. The log has a
// moment to reach the disk. Where rebooting is not allowed, this node hands everything over and leaves.
func (n *Node) reboot(reason string) {
	n.log.Error("Rebooting system.  Reason: " + reason)
	time.Sleep(rebootPause)
	if err := unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART); err != nil {
		n.log.Error("the machine cannot be rebooted: " + err.Error() + "; this node leaves the cluster instead")
		n.Shutdown()
	}
}

// rebootPause is for the log.
const rebootPause = 100 * time.Millisecond

// endChildren ends the programs, the last one first, when everything has been handed over.
func (n *Node) endChildren() {
	ctx, cancel := context.WithTimeout(context.Background(), childrenPatience)
	defer cancel()
	n.children.Stop(ctx)
}
