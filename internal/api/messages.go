package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"heartbeat/internal/clients"
	"heartbeat/internal/clients/session"
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// maxMessageBody bounds the JSON of one message, in bytes: base64 makes binary fields a third longer.
const maxMessageBody = messaging.MaxWhole/3*4 + 64<<10

// Outgoing is a message that a client sends to its namesakes.
type Outgoing struct {
	As     string            `json:"as"`               // name that the caller is signed on with
	Type   string            `json:"type"`             // any word that is not the node's own
	To     string            `json:"to,omitempty"`     // node; empty: all nodes, this one too
	Fields map[string]string `json:"fields,omitempty"` // text
	Binary map[string][]byte `json:"binary,omitempty"` // base64
}

// message turns it into what goes on the wire.
func (o Outgoing) message() (*wire.Message, error) {
	if o.Type == "" {
		return nil, errors.New(`the message has no "type"`)
	}
	m := wire.New("t", o.Type)
	if o.To != "" {
		m.Set("dest", wire.String, o.To)
	}
	for _, name := range sorted(o.Fields) {
		if err := freeName(name); err != nil {
			return nil, err
		}
		m.Set(name, wire.String, o.Fields[name])
	}
	for _, name := range sorted(o.Binary) {
		if err := freeName(name); err != nil {
			return nil, err
		}
		if _, twice := o.Fields[name]; twice {
			return nil, fmt.Errorf("field %q is given twice, as text and as binary", name)
		}
		m.Set(name, wire.Binary, string(o.Binary[name]))
	}
	return m, nil
}

func sorted[V any](m map[string]V) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func freeName(name string) error {
	if slices.Contains(controlFields, name) || !wire.ValidName(name) {
		return fmt.Errorf("no field can be called %.40q", name)
	}
	return nil
}

func (s *Server) clients(w http.ResponseWriter, _ *http.Request) { reply(w, s.signedOnHere()) }

// signedOnHere lists the programs of this node; never nil.
func (s *Server) signedOnHere() []session.Client {
	list := []session.Client{}
	if c := s.node.Clients(); c != nil {
		list = append(list, c.Clients()...)
	}
	return list
}

// ClientState is whether a program is signed on at a node.
type ClientState struct {
	Client string `json:"client"`
	Node   string `json:"node"` // the one that was asked
	Online bool   `json:"online"`
}

// answerPatience is how long another node may take to answer.
const answerPatience = 10 * time.Second

func (s *Server) signedOn(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	state := ClientState{Client: r.PathValue("client"), Node: query.Get("node")}
	for name := range query {
		if name != "node" {
			fail(w, &Fault{Code: http.StatusBadRequest, Text: fmt.Sprintf("clients: there is no parameter %.40q", name), Mend: "ask for /v1/clients/CLIENT?node=NODE"})
			return
		}
	}
	if self := s.node.Status().Node; state.Node == "" || state.Node == self {
		state.Node = self
		state.Online = slices.ContainsFunc(s.signedOnHere(), func(x session.Client) bool { return x.Name == state.Client })
		reply(w, state)
		return
	}
	c := s.node.Clients()
	if c == nil {
		fail(w, messageFault(clients.ErrClosed, ""))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerPatience)
	defer cancel()
	var err error
	switch state.Online, err = c.SignedOn(ctx, peerIn(r), state.Node, state.Client); {
	case err == nil:
		reply(w, state)
	case errors.Is(err, clients.ErrNoSuchNode):
		fail(w, &Fault{Code: http.StatusNotFound, Text: err.Error(), Mend: "heartbeat status lists the nodes"})
	case errors.Is(err, context.DeadlineExceeded):
		fail(w, &Fault{Code: http.StatusGatewayTimeout, Text: fmt.Sprintf("%s did not answer within %v", state.Node, answerPatience), Mend: "ask again; heartbeat status says whether it is heard"})
	default:
		fail(w, messageFault(err, ""))
	}
}

// sendMessage sends the messages of the body, one after the other, each as soon as it has arrived, in the name of a client that the same user
// has signed on. The first that cannot be sent is the last that is looked at; the error says how many were sent before it.
func (s *Server) sendMessage(w http.ResponseWriter, r *http.Request) {
	body := &io.LimitedReader{R: r.Body}
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	sent := 0
	refuse := func(f *Fault) {
		if sent > 0 {
			f.Text += fmt.Sprintf(" (%d messages of this request were sent before)", sent)
		}
		fail(w, f)
	}
	for ; ; sent++ {
		var out Outgoing
		body.N = maxMessageBody
		err := d.Decode(&out)
		if errors.Is(err, io.EOF) && sent > 0 {
			break
		}
		var m *wire.Message
		if err == nil {
			m, err = out.message()
		}
		if err != nil {
			refuse(&Fault{Code: http.StatusBadRequest, Text: "messages: " + err.Error(),
				Mend: `send {"as":"NAME","type":"WORD","fields":{"name":"text"}}; docs/clients.md shows all`})
			return
		}
		if err := s.sendAs(r, out, m); err != nil {
			refuse(messageFault(err, out.As))
			return
		}
	}
	reply(w, Answer{Text: "sent"})
}

func (s *Server) sendAs(r *http.Request, out Outgoing, m *wire.Message) error {
	c := s.node.Clients()
	if c == nil {
		return clients.ErrClosed
	}
	return c.SendAs(r.Context(), peerIn(r), out.As, m)
}

// peerIn is who asks. ServeHTTP lets nobody in without.
func peerIn(r *http.Request) session.Peer {
	p, _ := r.Context().Value(peerKey{}).(Peer)
	return session.Peer{PID: p.PID, UID: p.UID, GID: p.GID}
}

// messageFault says what to do about a message that was not sent, or a subscription that was refused.
func messageFault(err error, as string) *Fault {
	var refused *clients.RefusedError
	switch {
	case errors.As(err, &refused):
		return &Fault{Code: http.StatusForbidden, Text: fmt.Sprintf("signing on as %.40q: %s", as, refused.Reason),
			Mend: "add to ha.cf: apiauth " + as + " uid=USER, and reload by restarting heartbeat; a name can be used once on a node"}
	case errors.Is(err, clients.ErrNotSignedOn):
		return &Fault{Code: http.StatusConflict, Text: fmt.Sprintf("no client of yours is signed on as %.40q", as),
			Mend: "open GET /v1/messages?as=" + as + " first and keep it open"}
	case errors.Is(err, clients.ErrClosed):
		return &Fault{Code: http.StatusServiceUnavailable, Text: err.Error(), Mend: "ask another node"}
	}
	return &Fault{Code: http.StatusUnprocessableEntity, Text: "messages: " + err.Error(), Mend: "send less at once, or ask again when heartbeat status shows no trouble"}
}
