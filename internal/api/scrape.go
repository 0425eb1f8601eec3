package api

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// again is the pause before an address that is not there is tried again: it may belong to an interface that comes up later.
const again = 5 * time.Second

// ServeMetrics answers GET /metrics at an address until ctx is done, to everybody who can reach it: nothing can be changed there. The cluster
// never waits for it; while the address cannot be had, that is logged once and tried again.
func (s *Server) ServeMetrics(ctx context.Context, at netip.AddrPort) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics)
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	told := ""
	for {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", at.String())
		if err == nil {
			s.log.Info("metrics are served", "url", "http://"+at.String()+"/metrics")
			if err = server.Serve(l); errors.Is(err, http.ErrServerClosed) {
				return
			}
		}
		if ctx.Err() != nil {
			return
		}
		if err.Error() != told {
			told = err.Error()
			s.log.Warn("metrics cannot be served; trying again", "address", at.String(), "error", err)
		}
		select {
		case <-time.After(again):
		case <-ctx.Done():
			return
		}
	}
}
