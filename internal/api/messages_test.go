package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heartbeat/internal/clients"
	"heartbeat/internal/clients/session"
	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// cable is a cluster of one node: what is sent comes back as it would from the others.
type cable struct{ feed chan []session.Event }

func (c *cable) Send(ctx context.Context, m *wire.Message) error {
	m.Set("src", wire.String, "node1")
	select {
	case c.feed <- []session.Event{session.Arrived{Message: m}}:
		return nil
	case <-ctx.Done(): // the service ends before a client has said goodbye
		return context.Cause(ctx)
	}
}

// messaging gives a fake node a service for clients; only this user may sign on as chat.
func messagingOf(t *testing.T, f *fake) *cable {
	t.Helper()
	c := &cable{make(chan []session.Event)}
	f.clients = clients.New(clients.Config{
		Session: session.Config{Self: "node1", Rules: []session.Rule{{Client: "chat", UIDs: []int{os.Getuid()}}, {Client: "secret", UIDs: []int{-7}}}},
		Feed:    c.feed, OpenLine: func() clients.Line { return c }, Send: func(*wire.Message) {},
		Watch: func(bool) {}, Record: func(event.Event) {}, Log: slog.New(slog.DiscardHandler),
	})
	go f.clients.Run()
	t.Cleanup(f.clients.Close)
	c.feed <- []session.Event{session.NodesChanged{Nodes: []session.Node{{Name: "node1", Status: "active"}, {Name: "node2", Status: "dead"}}}}
	c.feed <- nil // it is taken when the nodes are known
	return c
}

var errEnough = errors.New("enough")

func TestMessagesAndChangesComeInOrder(t *testing.T) {
	f, c, _ := serve(t)
	net := messagingOf(t, f)
	var got []News
	err := c.Subscribe(t.Context(), "chat", func(n News) error {
		got = append(got, n)
		switch {
		case n.Kind == NewsClient && n.Status == "join":
			list, err := c.Clients(t.Context())
			if err != nil || len(list) != 1 || list[0].Name != "chat" || list[0].UID != os.Getuid() {
				t.Errorf("clients: %+v, %v", list, err)
			}
			for i := range 3 {
				err := c.SendMessage(t.Context(), Outgoing{As: "chat", Type: "greet", Fields: map[string]string{"n": strconv.Itoa(i)}, Binary: map[string][]byte{"raw": {0, 255}}})
				if err != nil {
					t.Fatal(err)
				}
			}
			net.feed <- []session.Event{
				session.NodesChanged{}, session.Arrived{Message: wire.New("t", "status", "st", "active", "src", "node2")},
				session.Arrived{Message: wire.New("t", "ifstat", "node", "node2", "ifname", "eth0", "st", "up")},
				session.Arrived{Message: wire.New("t", "delnode", "node", "node3")},
			}
		case n.Kind == NewsRemoved:
			return errEnough
		}
		return nil
	})
	greet := func(n string) News {
		return News{Kind: NewsMessage, Type: "greet", From: "node1", Fields: map[string]string{"n": n}, Binary: map[string][]byte{"raw": {0, 255}}}
	}
	want := []News{{Kind: NewsNode, Node: "node1", Status: "active"}, {Kind: NewsNode, Node: "node2", Status: "dead"},
		{Kind: NewsClient, Node: "node1", Status: "join", Reason: "signon"}, greet("0"), greet("1"), greet("2"),
		{Kind: NewsNode, Node: "node2", Status: "active"}, {Kind: NewsLink, Node: "node2", Link: "eth0", Status: "up"}, {Kind: NewsRemoved, Node: "node3"}}
	if d := cmp.Diff(want, got); !errors.Is(err, errEnough) || d != "" {
		t.Errorf("%v (-want +got)\n%s", err, d)
	}
}

func TestMessagesAreRefusedWithTheWayOut(t *testing.T) {
	f, c, _ := serve(t)
	messagingOf(t, f)
	code := func(err error) int {
		fault, ok := errors.AsType[*Fault](err)
		if !ok || fault.Mend == "" {
			t.Errorf("no way out: %v", err)
			return 0
		}
		return fault.Code
	}
	never := func(News) error { t.Error("news for a stranger"); return nil }
	if got := code(c.Subscribe(t.Context(), "secret", never)); got != http.StatusForbidden {
		t.Errorf("apiauth does not allow it: %d", got)
	}
	if got := code(c.SendMessage(t.Context(), Outgoing{As: "chat", Type: "x"})); got != http.StatusConflict {
		t.Errorf("not signed on: %d", got)
	}
	for what, m := range map[string]Outgoing{
		"no type":       {As: "chat"},
		"a status":      {As: "chat", Type: "status"},
		"a hand-over":   {As: "chat", Type: "resource"},
		"a false name":  {As: "chat", Type: "x", Fields: map[string]string{"src": "node2"}},
		"no name":       {As: "chat", Type: "x", Fields: map[string]string{"": "v"}},
		"given twice":   {As: "chat", Type: "x", Fields: map[string]string{"a": "v"}, Binary: map[string][]byte{"a": {1}}},
		"somebody else": {As: "chat", Type: "x", Fields: map[string]string{"to_id": "ccm"}},
	} {
		if got := code(c.SendMessage(t.Context(), m)); got/100 != 4 {
			t.Errorf("%s: %d", what, got)
		}
	}
}

func TestSeveralMessagesOfOneRequestAreSentAsTheyArrive(t *testing.T) {
	f, c, _ := serve(t)
	messagingOf(t, f)
	var got []string
	said, body := io.Pipe()
	answered := make(chan string, 1)
	err := c.Subscribe(t.Context(), "chat", func(n News) error {
		switch {
		case n.Kind == NewsClient && n.Status == "join":
			go func() {
				resp, err := c.http.Post("http://heartbeat/v1/messages", "application/json", said)
				if err != nil {
					answered <- err.Error()
					return
				}
				defer resp.Body.Close()
				text, _ := io.ReadAll(resp.Body)
				answered <- resp.Status + " " + string(text)
			}()
			go io.WriteString(body, `{"as":"chat","type":"greet","fields":{"n":"0"}}`+"\n")
		case n.Type == "greet":
			got = append(got, n.Fields["n"])
			switch len(got) {
			case 1: // the first has come while the request goes on
				go io.WriteString(body, `{"as":"chat","type":"greet","fields":{"n":"1"}} {"as":"chat","type":"greet","fields":{"n":"2"}}{"as":"chat","type":"status"}`)
			case 3:
				return errEnough
			}
		}
		return nil
	})
	if !errors.Is(err, errEnough) || strings.Join(got, " ") != "0 1 2" {
		t.Errorf("%v, got %q", err, got)
	}
	if a := <-answered; !strings.HasPrefix(a, "4") || !strings.Contains(a, "3 messages of this request were sent before") {
		t.Errorf("answer: %s", a)
	}
}

func TestStreamEndsWithTheService(t *testing.T) {
	f, c, _ := serve(t)
	messagingOf(t, f)
	done := make(chan struct{})
	err := c.Subscribe(t.Context(), "chat", func(n News) error {
		if n.Kind == NewsClient {
			go func() { f.add(event.Event{Kind: event.NodeUp}); close(done) }()
			<-done
			return io.ErrUnexpectedEOF
		}
		return nil
	})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	if list := f.clients.Clients(); len(list) > 1 {
		t.Errorf("clients stay: %v", list)
	}
}

func FuzzOutgoing(f *testing.F) {
	f.Add("chat", "greet", "n", "text", []byte{1})
	f.Add("", "NS_x", "src", "\x00", []byte(nil))
	f.Fuzz(func(t *testing.T, as, kind, name, text string, raw []byte) {
		m, err := Outgoing{As: as, Type: kind, Fields: map[string]string{name: text}, Binary: map[string][]byte{name + "b": raw}}.message()
		if err != nil {
			return
		}
		n := newsOf(m)
		if n.Kind == NewsMessage && (n.Type != kind || strings.ContainsAny(n.From, "x")) {
			t.Errorf("%+v", n)
		}
	})
}
