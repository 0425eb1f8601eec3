package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"heartbeat/internal/clients"
	"heartbeat/internal/clients/session"
	"heartbeat/internal/wire"
)

// What a News tells.
const (
	NewsMessage = "message" // of a client on some node
	NewsNode    = "node"    // the status of a node: at the beginning of a stream for every node, then at each change
	NewsLink    = "link"    // the status of a link to a node has changed
	NewsClient  = "client"  // a namesake has signed on (join) or off (leave)
	NewsRemoved = "removed" // a node no longer belongs to the cluster
)

// News is one thing that a subscriber is told. Messages of one node come in the order in which they were sent, and changes of
// the cluster at their place among them.
type News struct {
	Kind   string            `json:"kind"`
	Type   string            `json:"type,omitempty"`   // of a message
	From   string            `json:"from,omitempty"`   // node that sent the message
	Node   string            `json:"node,omitempty"`   // node that the news are about
	Link   string            `json:"link,omitempty"`   // of link news
	Status string            `json:"status,omitempty"` // node: init, up, active, dead, ping; link: up, dead; client: join, leave
	Reason string            `json:"reason,omitempty"` // of client news: signon, signoff, EOF, …
	Fields map[string]string `json:"fields,omitempty"` // of a message: text
	Binary map[string][]byte `json:"binary,omitempty"` // of a message: base64
}

// controlFields are those of the messaging layer; a message's own are all others.
var controlFields = []string{"t", "dest", "destuuid", "src", "srcuuid", "seq", "hg", "ts", "ld", "ttl", "auth", "from_id", "to_id", "client_gen", "oseq"}

// newsOf puts a message of the cluster into words.
func newsOf(m *wire.Message) News {
	switch m.Kind() {
	case "status", "NS_st":
		return News{Kind: NewsNode, Node: m.Get("src"), Status: m.Get("st")}
	case "ifstat":
		return News{Kind: NewsLink, Node: m.Get("node"), Link: m.Get("ifname"), Status: m.Get("st")}
	case "hbapi-clstat":
		return News{Kind: NewsClient, Node: m.Get("src"), Status: m.Get("st"), Reason: m.Get("info")}
	case "delnode":
		return News{Kind: NewsRemoved, Node: m.Get("node")}
	}
	n := News{Kind: NewsMessage, Type: m.Kind(), From: m.Get("src")}
	for _, f := range m.Fields {
		if slices.Contains(controlFields, f.Name) {
			continue
		}
		switch {
		case f.Type == wire.String && utf8.ValidString(f.Value):
			n.Fields = put(n.Fields, f.Name, f.Value)
		case f.Type == wire.String, f.Type == wire.Binary, f.Type == wire.Compressed:
			n.Binary = put(n.Binary, f.Name, []byte(f.Value))
		}
	}
	return n
}

func put[V any](m map[string]V, name string, v V) map[string]V {
	if m == nil {
		m = map[string]V{}
	}
	m[name] = v
	return m
}

func nodeNews(n session.Node) News { return News{Kind: NewsNode, Node: n.Name, Status: n.Status} }

// readPatience is how long a subscriber may read nothing at all before the stream ends.
const readPatience = time.Minute

// subscribe signs the caller on and tells it everything until it leaves: the status of every node, then what happens.
func (s *Server) subscribe(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	for name := range query {
		if name != "as" {
			fail(w, &Fault{Code: http.StatusBadRequest, Text: fmt.Sprintf("messages: there is no parameter %.40q", name), Mend: "ask for /v1/messages?as=NAME"})
			return
		}
	}
	as := query.Get("as")
	c := s.node.Clients()
	if c == nil {
		fail(w, messageFault(clients.ErrClosed, as))
		return
	}
	sub, err := c.Subscribe(r.Context(), peerIn(r), as)
	if err != nil {
		fail(w, messageFault(err, as))
		return
	}
	defer sub.Close()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	for _, n := range sub.Nodes() {
		if tell(w, nodeNews(n)) != nil {
			return
		}
	}
	out := http.NewResponseController(w)
	for {
		_ = out.SetWriteDeadline(time.Now().Add(readPatience))
		if len(sub.Messages()) == 0 && out.Flush() != nil {
			return
		}
		select {
		case m, ok := <-sub.Messages():
			if !ok {
				_, _ = fmt.Fprint(w, "event: end\ndata: {\"text\":\"you read too slowly and were disconnected; subscribe again\"}\n\n")
				return
			}
			if tell(w, newsOf(m)) != nil {
				return
			}
		case <-r.Context().Done():
			return
		case <-s.end.Done():
			return
		}
	}
}

func tell(w http.ResponseWriter, n News) error {
	data, err := json.Marshal(n)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "data: %s\n\n", data)
	return err
}
