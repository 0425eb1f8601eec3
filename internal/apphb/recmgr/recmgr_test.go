package recmgr

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/apphb"
	"heartbeat/internal/conf"
	"heartbeat/internal/localsock"
	"heartbeat/internal/plumb"
)

const aWhile = 30 * time.Second

// hall is a manager of a test and the scripts that it ran.
type hall struct {
	t      *testing.T
	socket string
	ran    chan string
	hold   chan struct{} // scripts wait until it is closed; nil: they do not
}

func open(t *testing.T, trusted bool, hold chan struct{}) (*hall, *Manager) {
	t.Helper()
	h := &hall{t: t, socket: filepath.Join(t.TempDir(), SocketName), ran: make(chan string, 100), hold: hold}
	m, err := NewManager(ManagerConfig{
		Socket: h.socket, Trusted: func(localsock.Peer) bool { return trusted }, Log: slog.New(slog.DiscardHandler),
		Run: func(r conf.Recovery, e apphb.RecoveryMessage, argument string) error {
			h.ran <- fmt.Sprintf("%s %s of %s pid %d", r.Script, argument, e.Name, e.PID)
			if h.hold != nil {
				<-h.hold
			}
			return nil
		},
	}, []conf.Recovery{
		{App: "web", Script: "/x/web", Args: map[int]string{1: "restart", 2: "slow"}},
		{App: "db", Script: "/x/db", Args: map[int]string{1: "restart"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close(aWhile) })
	return h, m
}

func (h *hall) await(want string) {
	h.t.Helper()
	select {
	case got := <-h.ran:
		if got != want {
			h.t.Errorf("ran %q, want %q", got, want)
		}
	case <-time.After(aWhile):
		h.t.Fatalf("%q did not run", want)
	}
}

func TestAnEventOfTheMonitorRunsTheScript(t *testing.T) {
	h, m := open(t, true, nil)
	n := NewNotifier(h.socket, slog.New(slog.DiscardHandler))
	defer n.Close()
	n.Notify(apphb.HBAgain, apphb.Program{Name: "web", PID: 7}) // not handled
	n.Notify(apphb.HUP, apphb.Program{Name: "other", PID: 7})   // not known
	n.Notify(apphb.NoHB, apphb.Program{Name: "web", PID: 7})
	h.await("/x/web slow of web pid 7")
	m.Change([]conf.Recovery{{App: "web", Script: "/y/web", Args: map[int]string{1: "now"}}})
	n.Notify(apphb.HUP, apphb.Program{Name: "web", PID: 8})
	h.await("/y/web now of web pid 8")
}

func TestTheNotifierFindsAnotherManager(t *testing.T) {
	h, m := open(t, true, nil)
	n := NewNotifier(h.socket, slog.New(slog.DiscardHandler))
	defer n.Close()
	n.Notify(apphb.HUP, apphb.Program{Name: "web", PID: 7})
	h.await("/x/web restart of web pid 7")
	m.Close(aWhile)
	n.Notify(apphb.HUP, apphb.Program{Name: "web", PID: 8}) // nobody hears it
	again, err := NewManager(ManagerConfig{Socket: h.socket, Trusted: func(localsock.Peer) bool { return true }, Log: slog.New(slog.DiscardHandler),
		Run: func(_ conf.Recovery, e apphb.RecoveryMessage, _ string) error {
			h.ran <- fmt.Sprintf("again pid %d", e.PID)
			return nil
		}}, []conf.Recovery{{App: "web", Args: map[int]string{1: ""}}})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close(aWhile)
	n.Notify(apphb.HUP, apphb.Program{Name: "web", PID: 9})
	select {
	case got := <-h.ran:
		if got != "again pid 9" && got != "again pid 8" { // the new one may have been there in time for both
			t.Error(got)
		}
	case <-time.After(aWhile):
		t.Fatal("the new manager heard nothing")
	}
}

func TestScriptsOfOneProgramWaitForEachOtherAndNotForThoseOfAnother(t *testing.T) {
	hold := make(chan struct{})
	h, _ := open(t, true, hold)
	n := NewNotifier(h.socket, slog.New(slog.DiscardHandler))
	defer n.Close()
	n.Notify(apphb.HUP, apphb.Program{Name: "web", PID: 1})
	h.await("/x/web restart of web pid 1")
	n.Notify(apphb.HUP, apphb.Program{Name: "web", PID: 2})
	n.Notify(apphb.HUP, apphb.Program{Name: "db", PID: 3})
	h.await("/x/db restart of db pid 3")
	close(hold)
	h.await("/x/web restart of web pid 2")
}

// ask speaks to the manager without a notifier.
func ask(t *testing.T, conn net.Conn, m apphb.RecoveryMessage) int {
	t.Helper()
	body, err := apphb.AppendRecovery(nil, m)
	if err == nil {
		_, err = conn.Write(plumb.Append(nil, body))
	}
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadDeadline(time.Now().Add(aWhile))
	if body, err = plumb.Read(conn, apphb.MaxSize); err != nil {
		t.Fatal(err)
	}
	errno, err := apphb.DecodeReply(body)
	if err != nil {
		t.Fatal(err)
	}
	return errno
}

func TestOnlyWhoMayReportsFailures(t *testing.T) {
	dial := func(h *hall) net.Conn {
		conn, err := net.Dial("unix", h.socket)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	hello := apphb.RecoveryMessage{Kind: apphb.RecoveryConnect, Name: "apphbd", Instance: "recmgr-plugin", PID: os.Getpid()}
	stranger, _ := open(t, false, nil)
	if got := ask(t, dial(stranger), hello); got != apphb.EPERM {
		t.Errorf("a stranger is told %d", got)
	}
	h, _ := open(t, true, nil)
	conn := dial(h)
	event := apphb.RecoveryMessage{Kind: apphb.RecoveryEvent, Name: "web", Event: apphb.HUP}
	for _, tt := range []struct {
		say  apphb.RecoveryMessage
		want int
	}{
		{event, apphb.ESRCH}, {apphb.RecoveryMessage{Kind: "dance"}, apphb.EINVAL},
		{apphb.RecoveryMessage{Kind: apphb.RecoveryConnect, Name: "apphbd", PID: 1}, apphb.EINVAL},
		{hello, apphb.OK}, {hello, apphb.EEXIST}, {event, apphb.OK}, {apphb.RecoveryMessage{Kind: apphb.RecoveryDisconnect}, apphb.OK},
	} {
		if got := ask(t, conn, tt.say); got != tt.want {
			t.Errorf("%s is answered with %d, not %d", tt.say.Kind, got, tt.want)
		}
	}
	h.await("/x/web restart of web pid 0")
}

func TestAScriptKnowsWhatFailed(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "mend")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho \"$# $1 $HA_PID $HA_EVENT $HA_APP $HA_INSTANCE\" >"+dir+"/out\necho trouble; exit $2\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	r := conf.Recovery{User: "root", UID: os.Getuid(), GID: os.Getgid(), Script: script}
	e := apphb.RecoveryMessage{Name: "web", Instance: "one", PID: 7, Event: apphb.NoHB}
	if err := RunScript(r, e, "restart it"); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "out")); string(got) != "1 restart it 7 APPHB_NOHB web one\n" {
		t.Errorf("%q", got)
	}
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho in trouble >&2; exit 5\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := RunScript(r, e, ""); err == nil || !strings.Contains(err.Error(), "exit status 5: in trouble") {
		t.Errorf("%v", err)
	}
	if err := RunScript(conf.Recovery{Script: filepath.Join(dir, "nothing"), UID: os.Getuid(), GID: os.Getgid(), User: "root"}, e, ""); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
