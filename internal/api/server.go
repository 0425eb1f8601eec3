package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/api/metrics"
	"heartbeat/internal/node"
)

const (
	messagesPath = "/v1/messages"

	maxBody = 4 << 10 // bytes; the longest request is a few words
	// longest is how long a hand-over may take before the server stops waiting for it: as long as C waits
	// for resources at a stop (messaging spec, section 12.7).
	longest = time.Hour
)

// A Server answers requests for one node.
type Server struct {
	node    Node
	log     *slog.Logger
	gate    gate
	end     context.Context // ends event streams at a stop
	mux     *http.ServeMux
	metrics http.Handler
	http    *http.Server
	stop    context.CancelFunc
}

// NewServer returns a server that does not listen yet.
func NewServer(n Node, log *slog.Logger) *Server {
	s := &Server{node: n, log: log, gate: newGate(), mux: http.NewServeMux()}
	s.metrics = metrics.Handler(func() *node.Status { st := n.Status(); return &st })
	s.end, s.stop = context.WithCancel(context.Background())
	s.mux.HandleFunc("GET /v1/status", s.status)
	s.mux.Handle("GET /v1/metrics", s.metrics)
	s.mux.HandleFunc("GET /v1/events", s.events)
	s.mux.HandleFunc("POST /v1/standby", s.handOver("standby", n.Standby))
	s.mux.HandleFunc("POST /v1/takeover", s.handOver("takeover", n.Takeover))
	s.mux.HandleFunc("POST /v1/confirm", s.confirm)
	s.mux.HandleFunc("POST /v1/fence", s.fence)
	for _, verb := range node.Verbs() {
		s.mux.HandleFunc("POST /v1/"+verb, s.verb(verb))
	}
	s.mux.HandleFunc("POST /v1/plan", s.plan)
	for _, verb := range RosterVerbs() {
		s.mux.HandleFunc("POST /v1/"+verb, s.roster(verb))
	}
	s.mux.HandleFunc("GET /v1/clients", s.clients)
	s.mux.HandleFunc("GET /v1/clients/{client}", s.signedOn)
	s.mux.HandleFunc("GET "+messagesPath, s.subscribe)
	s.mux.HandleFunc("POST "+messagesPath, s.sendMessage)
	s.mux.HandleFunc("POST /v1/propagate", s.propagate)
	s.mux.HandleFunc("POST /v1/alerts/test", s.testAlerts)
	s.mux.HandleFunc("POST /v1/reload", s.reload)
	s.mux.HandleFunc("POST /v1/stop", s.shutdown)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, &Fault{Code: http.StatusNotFound, Text: fmt.Sprintf("no such request: %s %s", r.Method, r.URL.Path),
			Mend: "use a heartbeat command of the same version as the running node"})
	})
	s.http = &http.Server{
		Handler:           s,
		ConnContext:       withPeer,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	return s
}

// Serve answers until Close; it returns nil then.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the admin socket: %w", err)
	}
	return nil
}

// Close ends all streams, gives running requests until ctx is done, and closes the listener.
func (s *Server) Close(ctx context.Context) {
	s.stop()
	if s.http.Shutdown(ctx) != nil {
		s.http.Close()
	}
}

// ServeHTTP lets in who may come in.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, ok := r.Context().Value(peerKey{}).(Peer)
	if !ok || !s.gate.admits(p) {
		s.log.Warn("a request was refused: the user may not use cluster commands", "peer", p.String(), "path", r.URL.Path)
		fail(w, &Fault{Code: http.StatusForbidden, Text: "this user may not use cluster commands",
			Mend: "run it as root or as a member of the group " + Group})
		return
	}
	if r.Method == http.MethodPost && r.URL.Path != messagesPath { // programs may send thousands of messages a second
		s.log.Info("an administrator asks", "request", strings.TrimPrefix(r.URL.Path, "/v1/"), "peer", p.String())
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Server) status(w http.ResponseWriter, _ *http.Request) { reply(w, s.node.Status()) }

// handOver serves standby and takeover. Once accepted, a request goes on even if the client leaves.
func (s *Server) handOver(verb string, do func(context.Context, string) (Answer, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req setRequest
		if f := read(r, &req); f != nil {
			fail(w, f)
			return
		}
		if !slices.Contains(Sets(), req.Set) {
			fail(w, &Fault{Code: http.StatusBadRequest, Text: fmt.Sprintf("%s: there is no set of resources named %q", verb, req.Set),
				Mend: "say one of " + strings.Join(Sets(), ", ")})
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), longest)
		defer cancel()
		answer, err := do(ctx, req.Set)
		if err != nil {
			fail(w, &Fault{Code: http.StatusServiceUnavailable, Text: verb + ": " + err.Error(), Mend: "look at heartbeat status"})
			return
		}
		reply(w, answer)
	}
}

func (s *Server) reload(w http.ResponseWriter, r *http.Request) {
	var req reloadRequest
	if f := read(r, &req); f != nil {
		fail(w, f)
		return
	}
	again := s.node.Reload
	if req.AnyKeys {
		again = s.node.ReloadAnyKeys
	}
	problems := ProblemsOf(again(!req.NoRestart))
	st := s.node.Status()
	reply(w, Reloaded{problems, st.Renewal, st.Started})
}

func (s *Server) shutdown(w http.ResponseWriter, r *http.Request) {
	if f := read(r, &struct{}{}); f != nil {
		fail(w, f)
		return
	}
	s.node.Shutdown()
	reply(w, Answer{Text: "the node hands its resources over and leaves"})
}

// read decodes the body; an unknown field is an error, because a misspelt wish must not be silently ignored.
func read(r *http.Request, into any) *Fault { return readUpTo(r, maxBody, into) }

func readUpTo(r *http.Request, limit int64, into any) *Fault {
	d := json.NewDecoder(io.LimitReader(r.Body, limit))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if errors.Is(err, io.EOF) { // an empty body is an empty object
		return nil
	}
	if err == nil {
		if _, e := d.Token(); !errors.Is(e, io.EOF) {
			err = errors.New("something follows the object")
		}
	}
	if err != nil {
		return &Fault{Code: http.StatusBadRequest, Text: "reading the request: " + err.Error(), Mend: "send one JSON object as the package documentation of internal/api shows"}
	}
	return nil
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // a client that left does not want the answer
}

func fail(w http.ResponseWriter, f *Fault) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.Code)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(faultReply{f})
}
