package applet

import (
	"errors"
	"os"
	"slices"
	"strings"

	"heartbeat/internal/conf"
	"heartbeat/internal/netif"
	"heartbeat/internal/node"
)

// rebootVariable names a program that is called in place of /sbin/reboot -nf when this machine must be reset, for tests.
const rebootVariable = "HEARTBEAT_REBOOT"

func openNode(o Options) (Daemon, error) {
	n, err := node.Open(node.Options{
		Etc: o.Etc, State: o.State, Run: o.Run, Name: o.Node, Log: o.Log, Version: o.Version,
		MessagesOnly: o.MessagesOnly, NoRealtime: o.NoRealtime,
		Reboot: os.Getenv(rebootVariable), Guardian: o.Guardian, Revived: o.Revived, Renewable: true,
	})
	if bad, ok := errors.AsType[*node.ConfigError](err); ok {
		return nil, &BadConfig{bad.Problems}
	}
	if err != nil {
		return nil, err
	}
	return n, nil
}

// inspect reads the configuration as a start would.
func inspect(c *call, offline bool) (finding, error) {
	var kernel netif.Kernel
	var machine []conf.Interface
	if !offline {
		k, err := netif.Open()
		if err != nil {
			return finding{}, err
		}
		defer k.Close()
		kernel, machine = k, node.Interfaces(k)
	}
	cfg, self, problems := node.Load(node.Options{Etc: c.Etc, State: c.State, Run: c.Run, Name: c.Node, Version: c.Version}, kernel)
	if offline { // which scripts are installed here says nothing about the machine that the files are for
		problems = slices.DeleteFunc(problems, func(p conf.Problem) bool { return strings.HasPrefix(p.Msg, "Cannot locate resource script") })
	}
	return finding{Config: cfg, Self: self, List: problems, Interfaces: machine}, nil
}
