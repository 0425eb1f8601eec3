package node

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"

	"heartbeat/internal/alert"
	"heartbeat/internal/alert/deliver"
	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/takeover"
)

// alertConfig is what the alert lines want, with everything that is wrong with them.
func alertConfig(cfg conf.Config, self string) (alert.Config, conf.Problems) {
	a, problems := alert.Parse(cfg.HaCf.Settings.Alerts)
	a.Self, a.Cluster = self, cfg.HaCf.Cluster
	return a, append(problems, deliver.Check(a)...)
}

// newAlerts prepares the alerts. They live beside the loops: nothing ever waits for them.
func (n *Node) newAlerts(cfg conf.Config) *deliver.Service {
	a, _ := alertConfig(cfg, n.self) // Load has told what is wrong
	return deliver.New(deliver.Config{
		Alerts: a, File: filepath.Join(n.opts.State, "alerts.json"), Sender: deliver.Sender{Host: n.self, Version: n.opts.Version},
		Record: func(e event.Event) { n.timeline.Add(e) }, Log: n.log, Peers: n.alertPeers, Running: n.runningGroups,
	})
}

// enforceAlerts puts changed alert lines into force.
func (n *Node) enforceAlerts(old, cfg conf.Config) bool {
	before, _ := alertConfig(old, n.self)
	after, _ := alertConfig(cfg, n.self)
	if reflect.DeepEqual(before, after) {
		return false
	}
	n.alerts.Configure(after)
	return true
}

// alertPeers are the live nodes that could tell an incident in place of this one. C Heartbeat tells nobody.
func (n *Node) alertPeers() []string {
	var s sight
	n.askPulse(&s)
	live := []string{n.self}
	for _, v := range s.nodes(n.self) {
		if v.Kind == "go" && !v.Self && (v.Status == "up" || v.Status == "active") {
			live = append(live, v.Name)
		}
	}
	return live
}

// runningGroups are the groups that some node runs, and that are not in trouble here.
func (n *Node) runningGroups() (running []string) {
	var s sight
	if !n.running.Load() || !n.askResources(&s) {
		return nil
	}
	for _, g := range s.own.Groups {
		if g.Owner != "" && g.State != takeover.Blocked && (g.Owner != n.self || g.State == takeover.Running) {
			running = append(running, g.Key)
		}
	}
	return running
}

// alertView is a picture of the alerts; nil without channels.
func (n *Node) alertView() *alert.View {
	if len(n.Config().HaCf.Settings.Alerts) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookPatience)
	defer cancel()
	v := n.alerts.View(ctx)
	if len(v.Channels) == 0 {
		return nil
	}
	return &v
}

// alertNeeds says which channels do not reach people.
func alertNeeds(v *alert.View) (out []string) {
	if v == nil {
		return nil
	}
	for _, c := range v.Channels {
		if c.State == "failing" && c.Failures > 0 {
			out = append(out, fmt.Sprintf("alerts do not reach %s (%s), %d wait: %s", c.Name, c.Last.Text, c.Waiting, event.AlertFailing.Action))
		}
	}
	return out
}

// TestAlerts sends a test message on one channel, by name or kind, or on all, and waits for the results.
func (n *Node) TestAlerts(ctx context.Context, channel string) ([]deliver.TestResult, error) {
	return n.alerts.Test(ctx, channel)
}
