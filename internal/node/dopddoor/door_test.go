package dopddoor

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"heartbeat/internal/dopd"
	"heartbeat/internal/plumb"
	"heartbeat/internal/testenv"
	"heartbeat/internal/wire"
)

// pair is two doors whose clusters are each other's messages.
func pair(t *testing.T, script string) (runs map[string]string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "dopd") // short: a socket's path has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	drbdadm := filepath.Join(dir, "drbdadm")
	if err := os.WriteFile(drbdadm, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	news := map[string]chan *wire.Message{"node1": make(chan *wire.Message, 16), "node2": make(chan *wire.Message, 16)}
	runs = map[string]string{}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	for self, other := range map[string]string{"node1": "node2", "node2": "node1"} {
		runs[self] = filepath.Join(dir, self)
		if err := os.MkdirAll(filepath.Join(runs[self], "dopd"), 0o755); err != nil {
			t.Fatal(err)
		}
		cfg := Config{Self: self, Run: runs[self], Drbdadm: drbdadm, Nodes: []string{other}, Messages: news[self], Log: slog.New(slog.DiscardHandler),
			Send: func(_ context.Context, m *wire.Message) error { news[m.Get("dest")] <- m; return nil }}
		go func() { ended <- Serve(ctx, cfg) }()
	}
	t.Cleanup(func() {
		stop()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		os.RemoveAll(dir)
	})
	for _, run := range runs {
		testenv.Until(t, "a socket", func() bool { _, err := os.Stat(Path(run)); return err == nil })
	}
	return runs
}

func ask(t *testing.T, conn net.Conn, node, resource string) int {
	t.Helper()
	body, err := wire.AppendClassic(nil, dopd.Ask(node, resource))
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := conn.Write(plumb.Append(nil, append(body, 0))); err != nil {
		t.Fatal(err)
	}
	if body, err = plumb.Read(conn, maxAsk); err != nil {
		t.Fatal(err)
	}
	m, _, err := wire.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	code, ok := dopd.CodeOf(m)
	if !ok {
		t.Fatalf("answer %v", m)
	}
	return code
}

func dial(t *testing.T, run string) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", Path(run))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestTwoQuestionsInARowAreBothAnswered(t *testing.T) {
	runs := pair(t, `[ "$1" = outdate ] || exit 1; case $2 in primary) exit 17;; esac`)
	for range 2 {
		if code := ask(t, dial(t, runs["node1"]), "node2", "r0"); code != dopd.Outdated {
			t.Errorf("answer %d", code)
		}
	}
	conn := dial(t, runs["node2"])
	for resource, want := range map[string]int{"r0": dopd.Outdated, "primary": dopd.Primary} {
		if code := ask(t, conn, "node1", resource); code != want {
			t.Errorf("%s: answer %d, want %d", resource, code, want)
		}
	}
	if code := ask(t, conn, "node3", "r0"); code != dopd.Unreachable {
		t.Errorf("an unknown node: %d", code)
	}
}

func TestNonsenseAtTheSocketCostsOnlyItsOwnConnection(t *testing.T) {
	runs := pair(t, "exit 0")
	bad := dial(t, runs["node1"])
	if _, err := bad.Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	_ = bad.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := bad.Read(make([]byte, 1)); err == nil {
		t.Error("nonsense was answered")
	}
	if code := ask(t, dial(t, runs["node1"]), "node2", "r0"); code != dopd.Outdated {
		t.Errorf("answer %d", code)
	}
}
