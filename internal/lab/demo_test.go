package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"heartbeat/internal/api"
	"heartbeat/internal/node"
	"heartbeat/internal/testenv"
	"heartbeat/internal/vnet"
)

// runNode makes this test program the daemon of a machine: `heartbeat run` with
// the real node and the real door, and nothing else of the program.
func runNode() int {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	n, err := node.Open(node.Options{Log: log})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 6
	}
	socket := filepath.Join("/run/heartbeat", api.SocketName)
	l, err := api.Listen(socket)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.Remove(socket)
	go api.NewServer(door{n}, log).Serve(l)
	told := make(chan os.Signal, 4)
	signal.Notify(told, syscall.SIGTERM)
	go func() {
		for sig := range told {
			n.Signal(sig)
		}
	}()
	if err := n.Run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// door is a node as the door wants it.
type door struct{ *node.Node }

func (d door) Standby(ctx context.Context, set string) (api.Answer, error) {
	a, err := d.Node.Standby(ctx, set)
	return api.Answer(a), err
}

func (d door) Takeover(ctx context.Context, set string) (api.Answer, error) {
	a, err := d.Node.Takeover(ctx, set)
	return api.Answer(a), err
}

func needNamespaces(t *testing.T) {
	t.Helper()
	err := vnet.Possible()
	testenv.Need(t, "namespaces", err == nil, mend(err))
}

// How fast it is depends on what else the host does; here it counts who serves,
// that nothing is lost where nothing should be, and that one owner is left.
func TestDemoKeepsEveryPromise(t *testing.T) {
	needNamespaces(t)
	var story bytes.Buffer
	dir := shortDir(t)
	rep, err := runDemo(within(t, 2*time.Minute), DemoOptions{Dir: dir, Fast: true, Slack: time.Minute, Screen: &screen{w: &story}})
	rep.print(&story, palette{})
	if err != nil || !rep.OK || len(rep.Steps) < 9 {
		t.Errorf("the demo failed: %v\n%s", err, story.String())
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the demo left its files")
	}
	if strings.Contains(story.String(), "\x1b") {
		t.Error("the story holds terminal codes, and it was not written to a terminal")
	}
}

func TestInterruptedDemoLeavesNothing(t *testing.T) {
	needNamespaces(t)
	ctx, interrupt := context.WithCancel(within(t, time.Minute))
	dir := shortDir(t)
	// The interrupt comes in the middle, when the first result is shown.
	var story writerFunc = func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("cold start")) {
			interrupt()
		}
		return len(p), nil
	}
	rep, err := runDemo(ctx, DemoOptions{Dir: dir, Fast: true, Screen: &screen{w: story}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted demo gives %v", err)
	}
	if len(rep.Steps) != 1 || rep.OK {
		t.Errorf("an interrupted demo has %d results and the verdict %v, want the first result and no success", len(rep.Steps), rep.OK)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("an interrupted demo left its files")
	}
	if _, err := vnet.Open(dir); !errors.Is(err, vnet.ErrNoLab) {
		t.Errorf("an interrupted demo left its machines: %v", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestStoryTellsDecisionsOnce(t *testing.T) {
	events := []api.Event{
		{Event: "link.dead", Text: "link"}, {Event: "node.dead", Text: "dead"}, {Event: "agent.start", Text: "detail"},
		{Event: "group.acquire", Text: "taken"}, {Event: "group.acquire", Text: "taken"}, {Event: "odd", Level: "error", Text: "trouble"},
	}
	if got := strings.Join(story(events), ","); got != "dead,taken,trouble" {
		t.Errorf("got %s", got)
	}
	if got := strings.Join(story(events[:1]), ","); got != "link" {
		t.Errorf("a dead link alone is told as %q", got)
	}
}

func TestEventsOfANodeCanBeWaitedFor(t *testing.T) {
	l := newLab(t, Options{})
	ctx := within(t, time.Minute)
	must(t, startAll(ctx, l))
	after := l.LastEvent(ctx, "node2")
	must(t, l.KillDaemon(ctx, "node1", syscall.SIGKILL))
	e, err := l.WaitEvent(ctx, "node2", after, func(e api.Event) bool { return e.Event == "node.dead" })
	must(t, err)
	if e.Subject != "node1" || e.Node != "node2" {
		t.Errorf("the event is %+v, want node1 declared dead by node2", e)
	}
	if l.DaemonRuns("node1") {
		t.Error("a killed daemon still runs")
	}
	short, cancel := context.WithCancelCause(ctx)
	gone := errors.New("not wanted any more")
	cancel(gone)
	if _, err := l.WaitEvent(short, "node2", after, func(api.Event) bool { return false }); !errors.Is(err, gone) {
		t.Errorf("waiting in vain ends with %v", err)
	}
}

func TestStartReportsWhyADaemonDoesNotRun(t *testing.T) {
	l := newLab(t, Options{Nodes: 1})
	must(t, os.WriteFile(l.Place("node1", "/etc/ha.d/ha.cf"), []byte("keepalif 1\nnode node1\n"), 0o644))
	must(t, l.StartDaemon("node1"))
	err := l.WaitDaemon(within(t, 20*time.Second), "node1")
	if err == nil || !strings.Contains(err.Error(), "keepalif") {
		t.Errorf("a daemon that refuses its files gives %v", err)
	}
}
