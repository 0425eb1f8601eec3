package node

import (
	"context"
	"slices"

	"heartbeat/internal/clients/session"
	"heartbeat/internal/conf"
	"heartbeat/internal/wire"
)

const ipfailName = "ipfail"

// runsIpfail says that ha.cf wants ipfail or pingd, whose work the resource manager does.
func runsIpfail(h conf.HaCf) bool {
	return slices.ContainsFunc(h.Respawn, func(c conf.Child) bool { return c.IsIpfail() && h.BuiltIn(c) })
}

// beIpfail signs on as ipfail, so that C's programs hear that we have come and cl_status finds it. What is said to it, resource
// management reads from the cluster itself (takeover/ipfail.go), which may not be done here: it must judge by what it knows at that moment.
func (n *Node) beIpfail(ctx context.Context) {
	n.signedOn(ctx, ipfailName, func(_ []session.Node, news <-chan *wire.Message) error {
		for {
			select {
			case _, ok := <-news:
				if !ok {
					return nil
				}
			case <-ctx.Done():
				return nil
			}
		}
	})
}
