package api

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heartbeat/internal/alert"
	"heartbeat/internal/clients"
	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/node"
	"heartbeat/internal/node/forecast"
)

// fake is a node that remembers what it was told.
type fake struct {
	mu      sync.Mutex
	records []event.Record
	changed chan struct{}
	told    []string
	arrived chan struct{} // Takeover says that it was called
	block   chan struct{} // and waits for this
	clients *clients.Service
}

func newFake() *fake {
	return &fake{changed: make(chan struct{}), arrived: make(chan struct{}, 9), block: make(chan struct{})}
}

func (f *fake) add(e event.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.records = append(f.records, event.Record{ID: uint64(len(f.records) + 1), Node: "node1", Event: e})
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *fake) tell(s string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, s)
}

func (f *fake) Status() node.Status {
	return node.Status{Node: "node1", State: "starting", PID: os.Getpid(), Waiting: "node2 was not heard yet"}
}

func (f *fake) Events(after uint64, max int) []event.Record {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []event.Record
	for _, r := range f.records {
		if r.ID > after && (max == 0 || len(out) < max) {
			out = append(out, r)
		}
	}
	return out
}

func (f *fake) EventsChanged() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed
}

func (f *fake) Standby(_ context.Context, set string) (Answer, error) {
	f.tell("standby " + set)
	return Answer{Refused: set == "local", Text: "because"}, nil
}

func (f *fake) Verb(_ context.Context, verb string, req VerbRequest) (Answer, error) {
	f.tell(verb + " " + req.Group + " " + req.Node + " by " + req.By)
	return Answer{Refused: verb == "hold", Text: verb}, nil
}

func (f *fake) Plan(_ context.Context, req PlanRequest) (PlanReply, error) {
	if len(req.Steps) == 0 {
		return PlanReply{}, errors.New("no plan can be made")
	}
	return PlanReply{Plan: forecast.Plan{Lines: []forecast.Line{{Node: req.Steps[0].Node, What: req.Steps[0].Verb}}}}, nil
}

func (f *fake) Roster(_ context.Context, verb string, nodes []string, value string) (Answer, error) {
	return Answer{Refused: verb == "delnode", Text: verb + " " + strings.Join(nodes, ",") + " " + value}, nil
}

func (f *fake) Takeover(ctx context.Context, set string) (Answer, error) {
	f.arrived <- struct{}{}
	select {
	case <-f.block:
		f.tell("takeover " + set)
		return Answer{Text: "done"}, nil
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
}

func (f *fake) ReloadAnyKeys(restart bool) []conf.Problem { return f.Reload(restart) }

func (f *fake) Reload(bool) []conf.Problem {
	return []conf.Problem{{File: "ha.cf", Line: 3, Msg: "wrong", Fix: "mend it"}, {File: "ha.cf", Severity: conf.Warning, Msg: "hm"}}
}

func (f *fake) TestAlerts(_ context.Context, channel string) ([]TestResult, error) {
	f.tell("alerts test " + channel)
	if channel == "nobody" {
		return nil, nil
	}
	return []TestResult{{Channel: "mail root", Result: alert.Result{OK: channel == "", Text: "said " + channel}}}, nil
}

func (f *fake) Shutdown() { f.tell("stop") }

func (f *fake) Clients() *clients.Service { return f.clients }

// serve runs a server over a fake in a new run directory.
func serve(t *testing.T) (*fake, *Client, string) {
	t.Helper()
	dir := t.TempDir()
	l, err := Listen(filepath.Join(dir, SocketName))
	if err != nil {
		t.Fatal(err)
	}
	f := newFake()
	s := NewServer(f, slog.New(slog.DiscardHandler))
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close(context.Background())
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return f, NewClient(dir), dir
}

func TestCommandsReachTheNode(t *testing.T) {
	f, c, _ := serve(t)
	close(f.block)
	ctx := t.Context()
	st, err := c.Status(ctx)
	if err != nil || st.Node != "node1" || st.Waiting == "" {
		t.Errorf("status: %+v, %v", st, err)
	}
	if a, err := c.Standby(ctx, "all"); err != nil || a.Refused {
		t.Errorf("standby all: %+v, %v", a, err)
	}
	if a, err := c.Standby(ctx, "local"); err != nil || !a.Refused || a.Text != "because" {
		t.Errorf("standby local: %+v, %v", a, err)
	}
	if a, err := c.Takeover(ctx, "foreign"); err != nil || a.Text != "done" {
		t.Errorf("takeover: %+v, %v", a, err)
	}
	reloaded, err := c.Reload(ctx, true)
	got := reloaded.Problems
	want := []Problem{{File: "ha.cf", Line: 3, Severity: "error", Text: "wrong", Fix: "mend it"}, {File: "ha.cf", Severity: "warning", Text: "hm"}}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("reload: %v (-want +got)\n%s", err, d)
	}
	if err := c.Stop(ctx); err != nil {
		t.Error(err)
	}
	if pid, err := c.PID(ctx); err != nil || pid != os.Getpid() {
		t.Errorf("pid %d, %v", pid, err)
	}
	if d := cmp.Diff([]string{"standby all", "standby local", "takeover foreign", "stop"}, f.told); d != "" {
		t.Errorf("the node was told (-want +got)\n%s", d)
	}
}

func TestAcceptedRequestGoesOnWhenTheClientLeaves(t *testing.T) {
	f, c, _ := serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() { _, err := c.Takeover(ctx, "all"); left <- err }()
	<-f.arrived
	cancel()
	<-left
	f.block <- struct{}{} // is taken only by a request that still waits
}

func TestWrongWordsAreRefusedWithTheWayOut(t *testing.T) {
	_, c, dir := serve(t)
	_, err := c.Standby(t.Context(), "everything")
	f, ok := errors.AsType[*Fault](err)
	if !ok || f.Code != http.StatusBadRequest || !strings.Contains(f.Mend, "all, foreign, local, failback") {
		t.Errorf("standby everything: %v", err)
	}
	for name, req := range map[string]string{
		"unknown field":       "POST /v1/standby HTTP/1.1\r\nHost: h\r\nContent-Length: 25\r\n\r\n{\"set\":\"all\",\"forse\":true}",
		"two objects":         "POST /v1/stop HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n{}{}",
		"unknown path":        "GET /v2/status HTTP/1.1\r\nHost: h\r\n\r\n",
		"unknown parameter":   "GET /v1/events?sinse=3 HTTP/1.1\r\nHost: h\r\n\r\n",
		"negative identifier": "GET /v1/events?after=-3 HTTP/1.1\r\nHost: h\r\n\r\n",
	} {
		conn, err := net.Dial("unix", filepath.Join(dir, SocketName))
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, req)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		body, _ := io.ReadAll(resp.Body)
		conn.Close()
		if resp.StatusCode/100 != 4 || !strings.Contains(string(body), `"mend":`) {
			t.Errorf("%s: %s %s", name, resp.Status, body)
		}
	}
}

func TestEventsAreListedAndFollowed(t *testing.T) {
	f, c, _ := serve(t)
	f.add(event.Event{Kind: event.NodeDead, Subject: "node2", Text: "node2 is dead", Attrs: []event.Attr{{Key: "silent", Value: "30s"}}})
	f.add(event.Event{Kind: event.GroupAcquire, Subject: "web", Text: "web is taken", Cause: "node.dead node2"})
	list, err := c.Events(t.Context(), 1, 0)
	if err != nil || len(list) != 1 || list[0].Ref() != "group.acquire web" || list[0].Cause != "node.dead node2" {
		t.Errorf("events after 1: %+v, %v", list, err)
	}
	enough := errors.New("enough")
	var seen []string
	err = c.Follow(t.Context(), 0, func(e Event) error {
		seen = append(seen, e.Ref())
		if len(seen) == 2 {
			f.add(event.Event{Kind: event.GroupAcquired, Subject: "web", Text: "web runs"}) // arrives while following
		}
		if len(seen) == 3 {
			return enough
		}
		return nil
	})
	if d := cmp.Diff([]string{"node.dead node2", "group.acquire web", "group.acquired web"}, seen); !errors.Is(err, enough) || d != "" {
		t.Errorf("%v (-want +got)\n%s", err, d)
	}
}

func TestFollowEndsWithTheNode(t *testing.T) {
	dir := t.TempDir()
	l, err := Listen(filepath.Join(dir, SocketName))
	if err != nil {
		t.Fatal(err)
	}
	f := newFake()
	f.add(event.Event{Kind: event.NodeUp, Subject: "node2", Text: "node2 was heard"})
	s := NewServer(f, slog.New(slog.DiscardHandler))
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	closed := make(chan struct{})
	err = NewClient(dir).Follow(t.Context(), 0, func(Event) error {
		go func() { s.Close(context.Background()); close(closed) }()
		return nil
	})
	if !errors.Is(err, io.EOF) {
		t.Errorf("follow ended with %v", err)
	}
	<-closed
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestSocketIsClosedToStrangers(t *testing.T) {
	_, _, dir := serve(t)
	info, err := os.Stat(filepath.Join(dir, SocketName))
	if err != nil {
		t.Fatal(err)
	}
	if p := info.Mode().Perm(); p&0o007 != 0 {
		t.Errorf("mode %v lets everybody in", p)
	}
	g := gate{uid: 1000, gid: 113, hasGID: true}
	for p, want := range map[*Peer]bool{
		{UID: 0, GID: 0}:                            true,
		{UID: 1000, GID: 5}:                         true,
		{UID: 7, GID: 113}:                          true,
		{UID: 7, GID: 7, Groups: []int{8, 113}}:     true,
		{UID: 7, GID: 7, Groups: []int{8, 1000, 0}}: false,
	} {
		if g.admits(*p) != want {
			t.Errorf("admits(%+v) = %v", *p, !want)
		}
	}
	if (gate{uid: 1000}).admits(Peer{UID: 7, GID: 0}) {
		t.Error("without the group, gid 0 was taken for it")
	}
}

func TestRequestWithoutPeerIsRefused(t *testing.T) {
	s := NewServer(newFake(), slog.New(slog.DiscardHandler))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	defer s.Close(context.Background())
	resp, err := http.Get("http://" + l.Addr().String() + "/v1/status")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("a stranger got %s", resp.Status)
	}
}

func TestStaleSocketIsReplacedAndALiveOneIsNot(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, SocketName)
	old, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path); err == nil || !strings.Contains(err.Error(), "in use by a running node") {
		t.Errorf("a second listener: %v", err)
	}
	old.Close() // the file stays, as after a crash
	_, err = NewClient(dir).Status(t.Context())
	if _, ok := errors.AsType[*NotRunningError](err); !ok {
		t.Errorf("status of a dead node: %v", err)
	}
	l, err := Listen(path)
	if err != nil {
		t.Fatalf("a stale socket was in the way: %v", err)
	}
	l.Close()
	_, err = NewClient(filepath.Join(dir, "nothing")).Status(t.Context())
	if _, ok := errors.AsType[*NotRunningError](err); !ok {
		t.Errorf("status without a socket: %v", err)
	}
}

func FuzzRequests(f *testing.F) {
	f.Add("after=3&max=2", `{"set":"all"}`)
	f.Add("follow=1", `{"set":"all"}{}`)
	f.Add("after=-1&max=99999999999999999999", `{"set":7,"x":null}`)
	f.Fuzz(func(t *testing.T, query, body string) {
		if w, fault := eventQuery(&http.Request{URL: &url.URL{RawQuery: query}}); fault == nil && w.max < 0 {
			t.Errorf("query %q: max %d", query, w.max)
		}
		var req setRequest
		if fault := read(&http.Request{Body: io.NopCloser(strings.NewReader(body))}, &req); fault != nil && fault.Mend == "" {
			t.Errorf("body %q: %q without a way out", body, fault.Text)
		}
	})
}

func (f *fake) Propagate(_ context.Context, req PropagateRequest, each func(PropagateNews)) {
	for _, name := range req.Nodes {
		each(PropagateNews{Node: name, State: node.PropagateAsking})
		each(PropagateNews{Node: name, State: node.PropagateInstalled, Text: req.By})
	}
	each(PropagateNews{State: node.PropagateEnd, Outcome: node.OutcomeDone})
}

func TestOnlyRootAndTheNodesOwnUserMayGiveFilesAway(t *testing.T) {
	s := NewServer(newFake(), slog.New(slog.DiscardHandler))
	s.gate = gate{uid: 12, gid: 34, hasGID: true}
	for _, c := range []struct {
		peer Peer
		want int
	}{{Peer{UID: 0}, 200}, {Peer{UID: 12}, 200}, {Peer{UID: 13, GID: 34}, 403}, {Peer{UID: 13, GID: 13}, 403}} {
		r := httptest.NewRequest(http.MethodPost, "/v1/propagate", strings.NewReader(`{"nodes":["node2"]}`))
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), peerKey{}, c.peer)))
		if w.Code != c.want {
			t.Errorf("%s: %d %s", c.peer, w.Code, w.Body)
		}
		if c.want == 200 && !strings.Contains(w.Body.String(), `"text":"`+c.peer.String()+`"`) {
			t.Errorf("who asks is not told: %s", w.Body)
		}
	}
}

func TestPropagationIsToldLineByLineAndNamesOnlyOurFiles(t *testing.T) {
	_, c, _ := serve(t)
	var states []string
	err := c.Propagate(t.Context(), PropagateRequest{Files: []string{"ha.cf"}, Nodes: []string{"node2", "node3"}}, func(n PropagateNews) { states = append(states, n.Node+" "+n.State) })
	if want := "node2 asking, node2 installed, node3 asking, node3 installed,  end"; err != nil || strings.Join(states, ", ") != want {
		t.Errorf("%v: %q", err, states)
	}
	for _, bad := range [][]string{{"/etc/shadow"}, {"ha.cf", "ha.cf"}, {"../ha.d/ha.cf"}} {
		f, ok := errors.AsType[*Fault](c.Propagate(t.Context(), PropagateRequest{Files: bad}, func(PropagateNews) { t.Error("it was begun") }))
		if !ok || f.Code != http.StatusBadRequest || f.Mend == "" {
			t.Errorf("%q: %v", bad, f)
		}
	}
}
