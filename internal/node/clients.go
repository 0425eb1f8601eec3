package node

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/clients"
	"heartbeat/internal/clients/session"
	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/membership"
	"heartbeat/internal/node/halog"
	"heartbeat/internal/takeover"
	"heartbeat/internal/wire"
)

// composeClients joins the door for programs to the pulse and to resource management.
func (n *Node) composeClients(cfg conf.Config) {
	feed := n.pulse.clients
	n.clients = clients.New(clients.Config{
		Session: builtIns(sessionConfig(cfg.HaCf, n.self, manages(n.opts, cfg)), cfg.HaCf),
		Socket:  filepath.Join(n.opts.Run, clients.SocketName), FIFO: filepath.Join(n.opts.State, clients.FIFOName),
		Netstring: cfg.HaCf.MsgFmt == "netstring",
		Feed:      feed.ch,
		OpenLine:  func() clients.Line { return n.OpenLane() },
		Send:      func(m *wire.Message) { n.pulse.post(job{event: membership.SendRequested{Message: m}}) },
		Resources: n.heldResources,
		Standby:   func(set string) { go n.orderedSet("hb_standby", set, standbyAsked) },
		Takeover:  func(set string) { go n.orderedSet("hb_takeover", set, takeoverAsked) },
		Roster: func(verb string, nodes []string, value string) {
			go n.ordered(verb+" "+strings.Join(nodes, " "), func(ctx context.Context) (Answer, error) { return n.Roster(ctx, verb, nodes, value) })
		},
		Watch:  func(on bool) { n.pulse.post(job{event: membership.WatchChanged{On: on}}) },
		Record: n.timeline.Add, Log: n.log,
	})
	feed.lost = n.clients.Lost
}

func sessionConfig(h conf.HaCf, self string, managed bool) session.Config {
	c := session.Config{Self: self, Deadtime: h.Deadtime, Keepalive: h.Keepalive, Managed: managed,
		UID: os.Geteuid(), Parameters: map[string]string{}, Pacemaker: "false"}
	for _, p := range h.Parameters {
		c.Parameters[p.Name] = p.Value
	}
	c.Version = c.Parameters["hbversion"]
	for _, word := range []string{"crm", "pacemaker"} {
		if v, ok := h.Given[word]; ok {
			c.Pacemaker = v
		}
	}
	c.Parameters["pacemaker"] = c.Pacemaker
	if f, ok := halog.Facility(h.LogFacility); ok {
		c.LogFacility = f << 3
	}
	for _, a := range h.APIAuth {
		c.Rules = append(c.Rules, session.Rule{Client: a.Client, UIDs: ids(a.UIDs, userID), GIDs: ids(a.GIDs, groupID)})
	}
	return c
}

// ids turns names into numbers. A name that this machine does not know admits nobody.
func ids(names []string, lookup func(string) (string, error)) (out []int) {
	for _, name := range names {
		id, err := strconv.Atoi(name)
		if err != nil {
			text, e := lookup(name)
			if e != nil {
				continue
			}
			if id, err = strconv.Atoi(text); err != nil {
				continue
			}
		}
		out = append(out, id)
	}
	return out
}

func userID(name string) (string, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return "", err
	}
	return u.Uid, nil
}

func groupID(name string) (string, error) {
	g, err := user.LookupGroup(name)
	if err != nil {
		return "", err
	}
	return g.Gid, nil
}

// heldResources is the word of cl_status rscstatus.
func (n *Node) heldResources(ctx context.Context) string {
	const unknown = "transition" // what runs here is being looked up, or the loop is going
	if !n.running.Load() {
		return unknown
	}
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	word := make(chan string, 1)
	select {
	case n.res.requests <- func(r *resources) { word <- r.core.View().Resources }:
	case <-n.res.done:
		return unknown
	case <-ctx.Done():
		return unknown
	}
	select {
	case w := <-word:
		return w
	case <-n.res.done:
		return unknown
	}
}

// orderedSet carries out hb_standby or hb_takeover of a script or of ipfail.
func (n *Node) orderedSet(verb, set string, event func(string) func(uint64) takeover.Event) {
	if set == "" {
		set = "all"
	}
	if !slices.Contains([]string{"all", "foreign", "local", "failback"}, set) {
		n.log.Error(fmt.Sprintf("%s: there is no set of resources named %.40q; say all, foreign, local or failback", verb, set))
		return
	}
	n.ordered(verb+" "+set, func(ctx context.Context) (Answer, error) { return n.ask(ctx, event(set)) })
}

// ordered carries out an order that nobody waits for; its answer goes to the log.
func (n *Node) ordered(what string, do func(context.Context) (Answer, error)) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	a, err := do(ctx)
	switch {
	case err != nil:
		n.log.Warn(what + ": " + err.Error())
	case a.Refused:
		n.log.Warn(what + " was refused: " + a.Text)
	default:
		n.log.Info(what + ": " + a.Text)
	}
}

// serveClients opens the door and starts the programs of ha.cf as soon as communication is up.
func (n *Node) serveClients(stop <-chan struct{}) {
	select {
	case <-n.pulse.clients.up:
	case <-stop:
		return
	}
	if err := n.clients.Listen(); err != nil {
		n.trouble.set("clients", err.Error())
		n.record(event.StateUnwritable, err.Error())
	}
	n.children.Begin()
}

// Clients is the service for programs that use the messaging layer.
func (n *Node) Clients() *clients.Service { return n.clients }
