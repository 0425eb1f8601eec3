package agent

import (
	"net/netip"
	"os/exec"
	"syscall"

	"heartbeat/internal/agent/address"
	"heartbeat/internal/agent/filesystem"
	"heartbeat/internal/agent/native"
	"heartbeat/internal/netif"
	"heartbeat/internal/realtime"
)

// choreFlag begins the arguments with which this program starts itself for a chore.
const choreFlag = "--agent-chore"

const choreBurst = "burst"

// Chore does what an agent gave to a process of its own; mine says that the arguments (without the name of the program) are a chore.
func Chore(args []string) (code int, text string, mine bool) {
	if len(args) < 2 || args[0] != choreFlag {
		return 0, "", false
	}
	if args = args[1:]; args[0] != choreBurst {
		code, text = filesystem.Chore(args)
		return code, text, true
	}
	if len(args) != 4 {
		return native.Args, "wrong chore", true
	}
	ip, err := netip.ParseAddr(args[2])
	if err != nil {
		return native.Args, err.Error(), true
	}
	kernel, err := netif.Open()
	if err != nil {
		return native.Generic, err.Error(), true
	}
	defer kernel.Close()
	address.Burst(kernel, native.Burst{Link: args[1], IP: ip, While: args[3]})
	return native.OK, "", true
}

// BurstApart announces in a process of its own, which outlives a command.
func BurstApart(b native.Burst) {
	cmd := exec.Command("/proc/self/exe", choreFlag, choreBurst, b.Link, b.IP.String(), b.While)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if realtime.Start(cmd) == nil { // without it the first announcement has to do
		_ = cmd.Process.Release()
	}
}
