package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"heartbeat/internal/api"
	"heartbeat/internal/pause"
)

// demo runs a script of faults on a fresh cluster and measures what a visitor
// of the service sees of them.
type demo struct {
	lab    *Lab
	client *Client
	timing Timing
	screen *screen
	pause  time.Duration // for reading, between steps
	slack  time.Duration
	stop   time.Duration // how long the services last needed to stop
	report Report
	read   map[string]uint64 // last timeline record told, by node
}

// DemoOptions say how the demo is shown.
type DemoOptions struct {
	Dir    string        // empty: a temporary one
	Binary string        // empty: the running program
	Fast   bool          // no pauses for reading
	Slack  time.Duration // added to every promised time; tests judge what happens, not how fast
	Screen *screen
}

// stepPatience bounds every wait of the demo; a step that needs longer has failed.
const stepPatience = 8 * time.Second

// demoTiming is that of the default lab.
func demoTiming() Timing { return DefaultTiming() }

// runDemo makes a cluster, breaks it in every way and takes it away again,
// whatever happens and however ctx ends.
func runDemo(ctx context.Context, o DemoOptions) (rep Report, err error) {
	began := time.Now()
	dir := o.Dir
	if dir == "" {
		base := filepath.Dir(DefaultDir())
		if dir, err = os.MkdirTemp(base, "heartbeat-demo-"); err != nil {
			return rep, fmt.Errorf("a directory for the demo: %w", err)
		}
	}
	d := &demo{timing: demoTiming(), screen: o.Screen, slack: o.Slack, pause: 1500 * time.Millisecond, read: map[string]uint64{}}
	if o.Fast {
		d.pause = 0
	}
	d.screen.title("Heartbeat: two machines, one service")
	d.screen.say("Two virtual machines are made on this one, with a web server whose address is %s.", ServiceAddr)
	d.screen.say("A client asks it 200 times a second and sees every outage. Then things break.")
	files := DefaultFiles(2, d.timing, Secret())
	d.lab, err = New(ctx, quiet{}, Options{Nodes: 2, Dir: dir, Binary: o.Binary, ConfigFor: func(string) Files { return files }})
	if err != nil {
		return rep, err
	}
	defer func() { err = errors.Join(err, d.lab.Remove()) }()
	if d.client, err = d.lab.Watch(Target{Proto: "http", Addr: ServiceAddr}); err != nil {
		return rep, err
	}
	defer d.client.Stop()
	stopLive := d.screen.live(ctx, d)
	err = d.play(ctx)
	stopLive()
	d.report.Seconds = time.Since(began).Seconds()
	d.report.finish(err == nil)
	return d.report, err
}

// play runs the steps in order. A failed expectation is noted and the demo goes
// on; only a lab that does not obey ends it.
func (d *demo) play(ctx context.Context) error {
	for _, step := range d.script() {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		d.screen.title(step.title)
		d.screen.say("%s", step.why)
		_ = pause.For(ctx, d.pause/2)
		if err := step.do(ctx); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			d.note(Result{Step: step.title, Expected: "the step can be carried out", Measured: err.Error()})
			return nil // what follows would start from an unknown state
		}
		_ = pause.For(ctx, d.pause)
	}
	return nil
}

// note writes a result down and shows it.
func (d *demo) note(r Result) {
	d.report.Steps = append(d.report.Steps, r)
	d.screen.verdict(r)
}

// await waits until node answers the client steadily; every question counts that
// was asked after since.
func (d *demo) await(ctx context.Context, node string, since time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, stepPatience)
	defer cancel()
	return d.client.WaitAnswers(ctx, node, steady, since)
}

// steady is how many answers in a row mean that a node serves: a tenth of a second.
const steady = 20

// explain tells what a node wrote in its timeline since it was told last: why it
// did what it did.
func (d *demo) explain(ctx context.Context, node string) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	events, err := d.lab.API(node).Events(ctx, d.read[node], 0)
	if err != nil {
		return
	}
	for _, e := range events {
		d.read[node] = e.ID
	}
	for _, text := range story(events) {
		d.screen.quote(node, text)
	}
}

// story picks the sentences that explain what a node decided: no repetition, and
// no dead links where the whole node is dead.
func story(events []api.Event) []string {
	var out []string
	dead := slices.ContainsFunc(events, func(e api.Event) bool { return e.Event == "node.dead" })
	for _, e := range events {
		if !worthTelling(e) || slices.Contains(out, e.Text) || dead && e.Event == "link.dead" {
			continue
		}
		if out = append(out, e.Text); len(out) == maxTold {
			break
		}
	}
	return out
}

// forget starts a node's timeline anew, after a restart.
func (d *demo) forget(node string) { d.read[node] = 0 }

// skip leaves out what was recorded so far.
func (d *demo) skip(ctx context.Context) {
	for _, node := range d.lab.Nodes {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		d.read[node] = max(d.read[node], d.lab.LastEvent(ctx, node))
		cancel()
	}
}

// maxTold keeps an explanation readable.
const maxTold = 6

// worthTelling picks the events that explain a decision.
func worthTelling(e api.Event) bool {
	switch e.Event {
	case "node.dead", "node.left", "node.returned", "link.dead", "group.acquire", "group.acquired", "group.release", "group.released",
		"group.conflict", "group.kept", "takeover.unprotected", "failback.begun", "standby.begun", "standby.done", "shutdown.begun":
		return true
	}
	return e.Level == "error"
}
