package applet

import (
	"errors"

	"heartbeat/internal/netif"
	"heartbeat/internal/node"
)

func openNode(o Options) (Daemon, error) {
	n, err := node.Open(node.Options{
		Etc: o.Etc, State: o.State, Run: o.Run, Name: o.Node, Log: o.Log, Version: o.Version,
		MessagesOnly: o.MessagesOnly, NoRealtime: o.NoRealtime,
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
	if !offline {
		k, err := netif.Open()
		if err != nil {
			return finding{}, err
		}
		defer k.Close()
		kernel = k
	}
	cfg, self, problems := node.Load(node.Options{Etc: c.Etc, State: c.State, Run: c.Run, Name: c.Node, Version: c.Version}, kernel)
	return finding{Config: cfg, Self: self, List: problems}, nil
}
