package applet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"heartbeat/internal/alert"
	"heartbeat/internal/api"
	"heartbeat/internal/clients"
	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/node"
	"heartbeat/internal/node/forecast"
)

// pretender is a node whose status stands in etc/status.json and that does nothing.
type pretender struct {
	etc  string
	log  *slog.Logger
	end  chan struct{}
	once sync.Once
}

func openFake(o Options) (Daemon, error) {
	if _, err := os.Stat(filepath.Join(o.Etc, "status.json")); err != nil {
		return nil, &BadConfig{[]conf.Problem{{File: "etc/ha.cf", Line: 7, Msg: `Illegal directive [keepaliv]`, Fix: "did you mean keepalive?"}}}
	}
	if err := os.MkdirAll(o.Run, 0o755); err != nil {
		return nil, err
	}
	return &pretender{etc: o.Etc, log: o.Log, end: make(chan struct{})}, nil
}

func (p *pretender) Close() {}

func (p *pretender) Config() conf.Config { return conf.Config{} }

func (p *pretender) Run(ctx context.Context) error {
	select {
	case <-p.end:
	case <-ctx.Done():
	}
	return nil
}

func (p *pretender) Signal(s os.Signal) bool {
	p.log.Info("signal " + s.String())
	if s == syscall.SIGTERM {
		p.Shutdown()
	}
	return true
}

func (p *pretender) Shutdown() { p.once.Do(func() { close(p.end) }) }

func (p *pretender) Status() node.Status {
	var s node.Status
	data, err := os.ReadFile(filepath.Join(p.etc, "status.json"))
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		s.Attention = []string{err.Error()}
	}
	s.PID = os.Getpid()
	return s
}

func (p *pretender) Events(after uint64, max int) []event.Record {
	at := time.Date(2026, 11, 21, 13, 4, 11, 0, time.UTC)
	list := []event.Record{
		{ID: 1, At: at, Node: "node1", Event: event.Event{Kind: event.NodeDead, Subject: "node2", Text: "node2 is dead: silent 30.1s on eth0 and eth1; deadtime 30s"}},
		{ID: 2, At: at.Add(time.Millisecond), Node: "node1", Event: event.Event{Kind: event.GroupAcquire, Subject: "web", Text: "web is started on node1", Cause: "node.dead node2"}},
		{ID: 3, At: at.Add(3 * time.Millisecond), Node: "node1", Event: event.Event{Kind: event.AgentStart, Subject: "IPaddr::10.0.0.50", Text: "started in 2ms", Cause: "group.acquire web",
			Attrs: []event.Attr{{Key: "took", Value: "2ms"}}}},
	}
	return list[min(after, 3):]
}

func (p *pretender) EventsChanged() <-chan struct{} { return nil }

// Standby: local is refused, foreign never ends, everything else is done.
func (p *pretender) Standby(ctx context.Context, set string) (api.Answer, error) {
	switch set {
	case "local":
		return api.Answer{Refused: true, Text: "a hand-over is under way; ask again when it is done"}, nil
	case "foreign":
		<-ctx.Done()
		return api.Answer{}, ctx.Err()
	case "failback":
		return api.Answer{}, errors.New("this node is stopping")
	}
	return api.Answer{Text: "node2 runs everything now"}, nil
}

func (p *pretender) Takeover(ctx context.Context, set string) (api.Answer, error) {
	return p.Standby(ctx, set)
}

// Confirm knows node2, which is dead, and node1, which is alive.
func (p *pretender) Confirm(_ context.Context, node, by string) (api.Answer, error) {
	if node != "node2" {
		return api.Answer{Refused: true, Text: "refused: " + node + " is alive: this node hears it. To take its resources: heartbeat takeover"}, nil
	}
	return api.Answer{Text: "the resources of node2 are being taken over"}, nil
}

// Fence has one device, which can switch node2.
func (p *pretender) Fence(_ context.Context, op, node string) (api.Answer, error) {
	if node == "node3" {
		return api.Answer{Refused: true, Text: "null (ha.cf:9) answers (1ms)\nnull (ha.cf:9) cannot switch node3: its host list is: node2"}, nil
	}
	return api.Answer{Text: strings.TrimSpace(op + " " + node)}, nil
}

// Verb refuses to do anything with the group bad, and does everything else; the group slow never ends.
func (p *pretender) Verb(ctx context.Context, verb string, r api.VerbRequest) (api.Answer, error) {
	switch r.Group {
	case "bad":
		return api.Answer{Refused: true, Text: "refused: it is held by anna"}, nil
	case "slow":
		<-ctx.Done()
		return api.Answer{}, ctx.Err()
	}
	return api.Answer{Text: fmt.Sprintf("%s group=%s node=%s from=%s set=%s stay=%v for=%v force=%v why=%s", verb, r.Group, r.Node, r.From, r.Set, r.Stay, r.For, r.Force, r.Why)}, nil
}

// Plan foresees that node2 takes over, and nothing else.
func (p *pretender) Plan(_ context.Context, req api.PlanRequest) (api.PlanReply, error) {
	plan := forecast.Plan{
		Before: map[string]string{"web": "node1"}, After: map[string]string{"web": "node2"}, Down: map[string]int64{"web": int64(1500 * time.Millisecond)}, Took: 1500 * time.Millisecond,
		Lines: []forecast.Line{
			{Node: "node1", What: "if", Reason: "it dies without a word"},
			{At: time.Second, Node: "node2", What: "dead", Reason: "node1 was silent for its deadtime (1s)"},
			{At: time.Second, Node: "node2", What: "start", Group: "web", Reason: "node1 is dead"},
			{At: 1500 * time.Millisecond, Node: "node2", What: "running", Group: "web"},
		},
	}
	for _, s := range req.Steps {
		switch {
		case s.Node == "node9":
			return api.PlanReply{}, errors.New("there is no node \"node9\"")
		case s.Group == "bad":
			plan.Refused = "it is held by anna"
		}
		plan.Notes = append(plan.Notes, strings.TrimSpace(s.Verb+" "+s.Node+" "+s.Link+" "+s.Group+" "+s.Set))
	}
	if req.HaResources != "" {
		return api.PlanReply{Problems: []node.PlanProblem{{Line: 1, Error: true, Text: "Bad nodename"}}}, nil
	}
	return api.PlanReply{Plan: plan}, nil
}

// Reload finds what stands in etc/problem.
func (p *pretender) ReloadAnyKeys(restart bool) []conf.Problem { return p.Reload(restart) }

func (p *pretender) Reload(bool) []conf.Problem {
	text, err := os.ReadFile(filepath.Join(p.etc, "problem"))
	if err != nil {
		return nil
	}
	return []conf.Problem{{File: "etc/ha.cf", Line: 3, Msg: strings.TrimSpace(string(text)), Fix: "mend it"}}
}

// Roster knows node1, which is alive, and does everything else.
func (p *pretender) Roster(_ context.Context, verb string, nodes []string, value string) (api.Answer, error) {
	if verb == "delnode" && nodes[0] == "node1" {
		return api.Answer{Refused: true, Text: "deletion failed: node node1 is not dead; stop heartbeat there first"}, nil
	}
	return api.Answer{Text: strings.TrimSpace(verb + ": " + strings.Join(nodes, " ") + " " + value)}, nil
}

// TestAlerts: mail arrives, exec fails.
func (p *pretender) TestAlerts(_ context.Context, channel string) ([]api.TestResult, error) {
	all := []api.TestResult{
		{Channel: "mail root@localhost", Result: alert.Result{OK: true, Text: "accepted by localhost:25", Took: 12 * time.Millisecond}},
		{Channel: "exec page", Result: alert.Result{Text: "/etc/ha.d/alert.d/page failed: exit status 3", Took: time.Second, Code: 3, Output: "no modem"}},
	}
	return slices.DeleteFunc(all, func(r api.TestResult) bool { return !strings.HasPrefix(r.Channel, channel) }), nil
}

func (p *pretender) Clients() *clients.Service { return nil }
