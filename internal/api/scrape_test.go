package api

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// free is an address nobody listens at; it is taken before somebody else takes it, or the test says so.
func free(t *testing.T) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// told tells when something was logged.
type told chan string

func (c told) Write(p []byte) (int, error) { c <- string(p); return len(p), nil }

func TestMetricsAreServedToTheNetworkAndNothingElseIs(t *testing.T) {
	at, log := free(t), make(told, 16)
	s := NewServer(newFake(), slog.New(slog.NewTextHandler(log, nil)))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); s.ServeMetrics(ctx, at) }()
	if line := <-log; !strings.Contains(line, "metrics are served") {
		t.Fatal(line)
	}
	for path, want := range map[string]string{"/metrics": `heartbeat_info{node="node1"`, "/v1/status": "404 page not found", "/v1/metrics": "404"} {
		resp, err := http.Get("http://" + at.String() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !strings.Contains(string(body), want) {
			t.Errorf("%s: %s", path, body)
		}
	}
	if resp, err := http.Post("http://"+at.String()+"/metrics", "text/plain", nil); err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("posting: %v, %v", resp, err)
	}
	stop()
	<-ended
}

func TestMetricsOfATakenAddressHinderNobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	log := make(told, 16)
	s := NewServer(newFake(), slog.New(slog.NewTextHandler(log, nil)))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); s.ServeMetrics(ctx, l.Addr().(*net.TCPAddr).AddrPort()) }()
	if line := <-log; !strings.Contains(line, "trying again") || !strings.Contains(line, "address already in use") {
		t.Error(line)
	}
	stop()
	<-ended
}
