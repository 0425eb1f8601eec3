package node

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/testenv"
	"heartbeat/internal/wire"
)

// recorder is a resource script that keeps its state in a file and writes down how it was called.
const recorder = `#!/bin/sh
state=$HA_VARRUN/state.$1
echo "$HA_CURHOST $1 $2 $HEARTBEAT_REASON $HA_keepalive" >>$HA_VARRUN/calls
case $2 in
start) : >$state;;
stop) rm -f $state;;
status) [ -e $state ] && echo running || echo stopped;;
esac
`

// real starts a node with the real executor.
func (s *stand) real(name string) *running {
	s.t.Helper()
	n, err := Open(s.options(name))
	if err != nil {
		s.t.Fatalf("opening %s: %v", name, err)
	}
	r := &running{n, s.t, nil, make(chan error, 1)}
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

// config is what a node reads from its files.
func (s *stand) config(node string) conf.Config {
	s.t.Helper()
	cfg, _, problems := Load(s.options(node), nil)
	if problems.HasErrors() {
		s.t.Fatal(problems)
	}
	return cfg
}

func (s *stand) calls(node string) string {
	b, _ := os.ReadFile(s.path(node, "run", "calls"))
	var out []string
	for line := range strings.Lines(string(b)) {
		if !strings.Contains(line, " status ") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return strings.Join(out, "; ")
}

func TestScriptedGroupsMoveWithTheirReasons(t *testing.T) {
	testenv.NeedProgram(t, "sh", "dash")
	s := newStand(t)
	s.rsc = "n1 web::1 mail::2\n"
	for _, n := range []string{"n1", "n2"} {
		s.files(n)
		s.write(n, "resource.d/web", recorder, 0o755)
		s.write(n, "resource.d/mail", recorder, 0o755)
	}
	n1, n2 := s.real("n1"), s.real("n2")
	n1.await(0, event.GroupAcquired, "web::1")
	n2.await(0, event.NodeActive, "n1")

	mark := n2.last()
	answer, err := n1.Standby(t.Context(), "all")
	for give := time.Now().Add(patience); answer.Refused && time.Now().Before(give); {
		answer, err = n1.Standby(t.Context(), "all") // n2 may still be settling
	}
	if err != nil || answer.Refused {
		t.Fatalf("standby: %+v %v", answer, err)
	}
	n2.await(mark, event.GroupAcquired, "web::1")
	if answer, err := n1.Standby(t.Context(), "sideways"); err != nil || !answer.Refused || answer.Text == "" {
		t.Errorf("a set that does not exist: %+v %v", answer, err)
	}

	mark = n1.last()
	n2.Abandon()
	n2.ends()
	n1.await(mark, event.GroupAcquired, "web::1")
	st := n1.Status()
	if len(st.Groups) != 1 || len(st.Groups[0].Resources) != 2 || st.Groups[0].Resources[1].State != "running" || st.Groups[0].Owner != "n1" {
		t.Errorf("groups: %+v", st.Groups)
	}
	n1.Shutdown()
	n1.ends()

	if got, want := s.calls("n1"), "n1 1 start cold-start 50ms; n1 2 start cold-start 50ms; n1 2 stop standby 50ms; n1 1 stop standby 50ms; "+
		"n1 1 start peer-dead 50ms; n1 2 start peer-dead 50ms; n1 2 stop shutdown 50ms; n1 1 stop shutdown 50ms"; got != want {
		t.Errorf("calls on n1:\n%s\nwant:\n%s", got, want)
	}
	if got, want := s.calls("n2"), "n2 1 start standby 50ms; n2 2 start standby 50ms"; got != want {
		t.Errorf("calls on n2:\n%s\nwant:\n%s", got, want)
	}
}

func TestRunningGroupsAreAdoptedAndPartsAreStopped(t *testing.T) {
	testenv.NeedProgram(t, "sh", "dash")
	s := newStand(t)
	s.rsc = "n1 web::1\nn1 web::2 mail::3\n"
	s.files("n1")
	s.write("n1", "resource.d/web", recorder, 0o755)
	s.write("n1", "resource.d/mail", recorder, 0o755)
	if err := os.MkdirAll(s.path("n1", "run"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{"state.1", "state.2"} { // as a killed daemon leaves them
		if err := os.WriteFile(s.path("n1", "run", left), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	n1 := s.real("n1")
	n1.await(0, event.GroupAcquired, "web::1")
	n1.await(0, event.GroupAcquired, "web::2")
	calls := s.calls("n1")
	stopped := strings.Index(calls, "n1 2 stop")
	if started := strings.Index(calls, "n1 2 start"); stopped < 0 || started < stopped {
		t.Errorf("the half group was not stopped before it was started: %s", calls)
	}
	if strings.Contains(calls, "n1 1 stop") {
		t.Errorf("the whole group was interrupted: %s", calls)
	}
}

func TestEventScriptsGetTheMessage(t *testing.T) {
	testenv.NeedProgram(t, "sh", "dash")
	s := newStand(t)
	s.files("n1")
	out := s.path("n1", "out")
	s.write("n1", "rc.d/my-event", "#!/bin/sh\necho \"script $1 $HA_t $HA_info $HA_CURHOST\" >>"+out+"\n", 0o755)
	s.write("n1", "rc.d/status", "#!/bin/sh\necho \"own hook $HA_st $HA_src\" >>"+out+"\n", 0o755)
	s.write("n1", "rc.d/ip-request", "#!/bin/sh\n# of the package\nexec /usr/share/heartbeat/req_resource x >>"+out+"\n", 0o755)
	s.write("n1", "rc.d/.hidden", "#!/bin/sh\necho hidden >>"+out+"\n", 0o755)
	s.write("n1", "rc.d/plain", "not a script", 0o644)

	es := newEventScripts(s.path("n1", "etc"), eventEnv(s.options("n1").withDefaults(), "n1", s.config("n1").HaCf), slog.New(slog.DiscardHandler))
	run := func(pairs ...string) {
		es.offer(wire.New(pairs...))
		select {
		case m := <-es.queue:
			es.one(t.Context(), m)
		default:
		}
	}
	run("t", "my-event", "info", "two words", "bad name", "x", "BAD=", "y")
	run("t", "status", "st", "dead", "src", "n2")
	run("t", "ip-request", "ipaddr", "x")
	run("t", ".hidden")
	run("t", "unknown")
	run("t", "../resource.d/web")
	run("t", "plain")
	b, _ := os.ReadFile(out)
	if got, want := string(b), "script my-event my-event two words n1\nown hook dead n2\n"; got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}

	// With a harc the message goes through it.
	s.write("n1", "harc", "#!/bin/sh\necho \"harc $1\" >>"+out+"\n", 0o755)
	run("t", "my-event")
	if b, _ := os.ReadFile(out); !strings.HasSuffix(string(b), "harc my-event\n") {
		t.Errorf("got:\n%s", b)
	}
}

func TestEventScriptsNeverBlockTheirCaller(t *testing.T) {
	s := newStand(t)
	s.write("n1", "rc.d/flood", "#!/bin/sh\n", 0o755)
	es := newEventScripts(s.path("n1", "etc"), nil, slog.New(slog.DiscardHandler))
	for range scriptsQueued + 7 {
		es.offer(wire.New("t", "flood"))
	}
	if es.dropped.Load() != 7 {
		t.Errorf("%d counted as dropped", es.dropped.Load())
	}
}

func TestScriptVariables(t *testing.T) {
	s := newStand(t)
	s.more += "env SITE=north\ndebugfile /var/log/ha-debug\n"
	s.files("n1")
	vars := configVars(s.config("n1").HaCf)
	for _, want := range []string{"HA_keepalive=50ms", "HA_SITE=north", "HA_DEBUGLOG=/var/log/ha-debug", "HA_NICEFAILBACK=yes", "HA_debug=0"} {
		if !slices.Contains(vars, want) {
			t.Errorf("%s is not in %v", want, vars)
		}
	}
}
