package node

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"heartbeat/internal/agent"
	"heartbeat/internal/event"
	"heartbeat/internal/executor"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// stand is where the nodes of one test live: directories and a UDP port. The nodes talk by broadcast on
// the loopback interface, where every socket on the port hears everybody.
type stand struct {
	t    *testing.T
	dir  string
	port int
	more string // lines of ha.cf
	// links makes the media lines of a node; nil: broadcast on loopback.
	links func(node string) string
	keys  string
	rsc   string
	// resets are the machines that would have been reset; nobody has to read them.
	resets chan string
}

func (s *stand) reset(node, reason string) {
	select {
	case s.resets <- node + " " + reason:
	default:
	}
}

func newStand(t *testing.T) *stand {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return &stand{t: t, resets: make(chan string, 10), dir: t.TempDir(), port: c.LocalAddr().(*net.UDPAddr).Port,
		more: "keepalive 50ms\ndeadtime 400ms\nwarntime 300ms\ninitdead 800ms\nauto_failback off\n",
		keys: "auth 1\n1 sha1 secret\n", rsc: "n1 web::1\nn2 mail::2\n"}
}

func (s *stand) path(node string, parts ...string) string {
	return filepath.Join(append([]string{s.dir, node}, parts...)...)
}

func (s *stand) write(node, name, text string, mode os.FileMode) {
	s.t.Helper()
	path := s.path(node, "etc", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		s.t.Fatal(err)
	}
	os.Chmod(path, mode)
}

// files writes the configuration of a node.
func (s *stand) files(node string) {
	s.t.Helper()
	s.write(node, "ha.cf", s.haCf(node), 0o644)
	s.write(node, "authkeys", s.keys, 0o600)
	s.write(node, "haresources", s.rsc, 0o644)
	script := "#!/bin/sh\nexit 0\n"
	for _, name := range []string{"web", "mail"} {
		s.write(node, "resource.d/"+name, script, 0o755)
	}
}

func (s *stand) haCf(node string) string {
	links := "bcast lo\nnode n1 n2\n"
	if s.links != nil {
		links = s.links(node)
	}
	return fmt.Sprintf("logfile %s\nlogfacility none\nudpport %d\n", s.path(node, "ha-log"), s.port) + links + s.more
}

func (s *stand) options(node string) Options {
	return Options{Etc: s.path(node, "etc"), State: s.path(node, "state"), Run: s.path(node, "run"), Name: node,
		Version: "test", Log: slog.New(slog.DiscardHandler), NoRealtime: true, Dirs: agent.Dirs{InitD: s.path(node, "init.d")},
		reboot: func(reason string) { s.reset(node, reason) }}
}

// A running node of a test.
type running struct {
	*Node
	t      *testing.T
	groups *fakeGroups
	err    chan error
}

// start opens and runs a node with fake groups.
func (s *stand) start(name string) *running {
	s.t.Helper()
	opts := s.options(name)
	groups := &fakeGroups{results: make(chan executor.Finished, 100), up: map[string]bool{}}
	opts.groups = groups
	n, err := Open(opts)
	if err != nil {
		s.t.Fatalf("opening %s: %v", name, err)
	}
	r := &running{n, s.t, groups, make(chan error, 1)}
	go func() { r.err <- n.Run(context.Background()) }()
	s.t.Cleanup(func() {
		n.Abandon()
		<-n.Done()
		if s.t.Failed() {
			s.t.Logf("timeline of %s:\n%s", name, r.story())
		}
	})
	return r
}

// story is the timeline as text.
func (r *running) story() string {
	var b strings.Builder
	for _, e := range r.Events(0, 0) {
		fmt.Fprintf(&b, "%s %s\n", e.Kind.Name, e.Text)
	}
	return b.String()
}

// await waits for an event after the given ID and returns it.
func (r *running) await(after uint64, kind *event.Kind, subject string) event.Record {
	r.t.Helper()
	give := time.NewTimer(patience)
	defer give.Stop()
	for {
		changed := r.EventsChanged()
		for _, e := range r.Events(after, 0) {
			if e.Kind == kind && (subject == "" || e.Subject == subject) {
				return e
			}
		}
		select {
		case <-changed:
		case <-give.C:
			r.t.Fatalf("%s: no %s %s after event %d; the timeline:\n%s", r.Name(), kind.Name, subject, after, r.story())
		}
	}
}

// last is the ID of the newest event.
func (r *running) last() uint64 {
	all := r.Events(0, 0)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].ID
}

// ends waits for the end of Run.
func (r *running) ends() {
	r.t.Helper()
	select {
	case err := <-r.err:
		if err != nil {
			r.t.Errorf("%s ended with %v", r.Name(), err)
		}
	case <-time.After(patience):
		r.t.Fatalf("%s does not end; the timeline:\n%s", r.Name(), r.story())
	}
}

// fakeGroups stands in for the executor: every operation succeeds at once.
type fakeGroups struct {
	results chan executor.Finished

	mu     sync.Mutex
	up     map[string]bool
	log    []string
	sticks string // this group does not stop
	closed bool
}

func (f *fakeGroups) Start(key, reason, _ string) { f.do(key, agent.Start, reason) }
func (f *fakeGroups) Stop(key, reason, _ string)  { f.do(key, agent.Stop, reason) }

func (f *fakeGroups) do(key string, op agent.Op, reason string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.up[key] = op == agent.Start
	f.log = append(f.log, string(op)+" "+key+" "+reason)
	done := executor.Finished{Key: key, Op: op}
	if op == agent.Stop && key == f.sticks {
		done.Failed, done.Output = key, "it sticks"
		f.up[key] = true
	}
	f.results <- done
}

func (f *fakeGroups) Announce(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, "announce "+key)
}

func (f *fakeGroups) Results() <-chan executor.Finished                        { return f.results }
func (f *fakeGroups) Adopt(context.Context) []string                           { return nil }
func (f *fakeGroups) PartlyRunning() []string                                  { return nil }
func (f *fakeGroups) Prune(context.Context, map[string][]string, string) error { return nil }
func (f *fakeGroups) View(string) []executor.ResourceView                      { return nil }

func (f *fakeGroups) Close(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return nil
}

// runs lists the groups that run, sorted.
func (f *fakeGroups) runs() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for key, up := range f.up {
		if up {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}
