package node

import (
	"context"
	"os"
	"slices"
	"sync"
	"time"

	"heartbeat/internal/clients/session"
	"heartbeat/internal/conf"
	"heartbeat/internal/node/dopddoor"
	"heartbeat/internal/wire"
)

// Built-in programs sign on under the names of those of C that they replace, so that C's on other nodes hear them.
const dopdName = "dopd"

// selfPeer is this process as a client of itself.
func selfPeer() session.Peer {
	return session.Peer{PID: os.Getpid(), UID: os.Geteuid(), GID: os.Getegid()}
}

// admit lets this process sign on as a program that it replaces, whatever apiauth says about others.
func admit(rules []session.Rule, name string) []session.Rule {
	for i, r := range rules {
		if r.Client == name {
			rules[i].UIDs = append(rules[i].UIDs, os.Geteuid())
			return rules
		}
	}
	return append(rules, session.Rule{Client: name, UIDs: []int{os.Geteuid()}})
}

// builtIns admits the programs that this daemon replaces.
func builtIns(c session.Config, h conf.HaCf) session.Config {
	if runsDopd(h) {
		c.Rules = admit(c.Rules, dopdName)
	}
	if runsIpfail(h) {
		c.Rules = admit(c.Rules, ipfailName)
	}
	return c
}

// again is the pause before a built-in client that was disconnected signs on again.
const again = time.Second

// signedOn keeps a built-in client signed on until ctx is done: work begins with each sign-on and ends when its messages do.
func (n *Node) signedOn(ctx context.Context, name string, work func(nodes []session.Node, news <-chan *wire.Message) error) {
	for ctx.Err() == nil {
		sub, err := n.clients.Subscribe(ctx, selfPeer(), name)
		if err == nil {
			err = work(sub.Nodes(), sub.Messages())
			sub.Close()
		}
		what := name + " " + "(built in)"
		if err != nil && ctx.Err() == nil {
			n.trouble.set(what, err.Error())
			n.log.Warn(what + ": " + err.Error())
		} else {
			n.trouble.set(what, "")
		}
		pause := time.NewTimer(again)
		select {
		case <-pause.C:
		case <-ctx.Done():
		}
		pause.Stop()
	}
}

// serveBuiltIns works for the programs of ha.cf that this daemon replaces, from the moment when communication is up until
// the programs are to end.
func (n *Node) serveBuiltIns(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	select {
	case <-n.pulse.clients.up:
	case <-n.leaving:
		return
	case <-ctx.Done():
		return
	}
	var work sync.WaitGroup
	defer work.Wait()
	if runsDopd(n.Config().HaCf) {
		work.Go(func() { n.serveDopd(ctx) })
	}
	if runsIpfail(n.Config().HaCf) {
		work.Go(func() { n.beIpfail(ctx) })
	}
	select {
	case <-n.leaving:
	case <-ctx.Done():
	}
	stop()
}

// runsDopd says that ha.cf wants the service of C's program dopd, which the daemon does itself.
func runsDopd(h conf.HaCf) bool { return slices.ContainsFunc(h.Respawn, conf.Child.IsDopd) }

// serveDopd answers drbd-peer-outdater, and C's dopd on other nodes.
func (n *Node) serveDopd(ctx context.Context) {
	n.signedOn(ctx, dopdName, func(nodes []session.Node, news <-chan *wire.Message) error {
		var up []string
		for _, p := range nodes {
			if !p.Ping && p.Status != "dead" {
				up = append(up, p.Name)
			}
		}
		return dopddoor.Serve(ctx, dopddoor.Config{
			Self: n.self, Run: n.opts.Run, Nodes: up, Messages: news, Log: n.log,
			Send: func(ctx context.Context, m *wire.Message) error {
				return n.clients.SendAs(ctx, selfPeer(), dopdName, m)
			},
		})
	})
}
