package clients

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"heartbeat/internal/clients/ipc"
	"heartbeat/internal/clients/session"
	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// cluster is what a service under test sees of the world.
type cluster struct {
	t    *testing.T
	s    *Service
	dir  string
	feed chan []session.Event
	sent chan *wire.Message // by clients and by the node itself
	full chan struct{}      // while it has no reader, lines are full
	said chan string        // orders
	mu   sync.Mutex
	seen []event.Event
}

func (c *cluster) Send(ctx context.Context, m *wire.Message) error {
	select {
	case c.full <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	c.sent <- m
	return nil
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	dir, err := os.MkdirTemp("", "clients") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := &cluster{t: t, dir: dir, feed: make(chan []session.Event, 1000), sent: make(chan *wire.Message, 10000), full: make(chan struct{}, 10000), said: make(chan string, 100)}
	me := []int{os.Getuid()}
	c.s = New(Config{
		Session: session.Config{Self: "w1", Rules: []session.Rule{{Client: "anon", UIDs: me}, {Client: "chat", UIDs: me}, {Client: "other", UIDs: me}}},
		Socket:  filepath.Join(dir, SocketName), FIFO: filepath.Join(dir, FIFOName),
		Feed: c.feed, OpenLine: func() Line { return c }, Send: func(m *wire.Message) { c.sent <- m },
		Resources: func(context.Context) string { return "local" },
		Standby:   func(set string) { c.said <- "standby " + set },
		Takeover:  func(set string) { c.said <- "takeover " + set },
		Roster:    func(verb string, nodes []string, value string) { c.said <- fmt.Sprint(verb, nodes, value) },
		Watch:     func(on bool) { c.said <- fmt.Sprint("watch ", on) },
		Record: func(e event.Event) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.seen = append(c.seen, e)
		},
		Log: slog.New(slog.DiscardHandler),
	})
	go c.s.Run()
	if err := c.s.Listen(); err != nil {
		t.Fatal(err)
	}
	c.s.put(input{events: []session.Event{session.NodesChanged{Nodes: []session.Node{{Name: "w1", Status: "active"}}}}})
	var once sync.Once
	stop := func() { once.Do(c.s.Close) }
	t.Cleanup(stop)
	return c
}

func (c *cluster) recorded(kind *event.Kind) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.seen {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// next is the next thing that comes out of a channel.
func next[T any](t *testing.T, what string, ch <-chan T) T {
	t.Helper()
	give := time.NewTimer(patience)
	defer give.Stop()
	select {
	case v := <-ch:
		return v
	case <-give.C:
		t.Fatalf("waited %v for %s", patience, what)
		panic("unreachable")
	}
}

// program is a client as libheartbeat is one.
type program struct {
	t   *testing.T
	net net.Conn
	in  *bufio.Reader
	id  string
}

func (c *cluster) dial() *program {
	c.t.Helper()
	conn, err := net.Dial("unix", filepath.Join(c.dir, SocketName))
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return &program{t: c.t, net: conn, in: bufio.NewReader(conn)}
}

func (c *cluster) signOn(name string) *program {
	c.t.Helper()
	p := c.dial()
	p.id = name
	pid := strconv.Itoa(os.Getpid())
	if name == "" {
		p.id = pid
	}
	p.say(wire.New("t", "hbapi-req", "reqtype", "signon", "pid", pid, "uid", strconv.Itoa(os.Getuid()), "gid", strconv.Itoa(os.Getgid()), "from_id", p.id))
	if m, err := p.hear(); err != nil || m.Get("result") != "OK" {
		c.t.Fatalf("sign-on: %v, %v", m, err)
	}
	return p
}

func (p *program) say(m *wire.Message) error {
	frame, err := ipc.Append(nil, m, false)
	if err != nil {
		p.t.Fatal(err)
	}
	_, err = p.net.Write(frame)
	return err
}

func (p *program) hear() (*wire.Message, error) { return readFrame(p.in, false) }

func (p *program) ask(request string) (*wire.Message, error) {
	if err := p.say(wire.New("t", "hbapi-req", "reqtype", request, "from_id", p.id, "pid", strconv.Itoa(os.Getpid()))); err != nil {
		return nil, err
	}
	return p.hear()
}

func TestClientIsServedAndItsEndIsTold(t *testing.T) {
	c := newCluster(t)
	p := c.signOn("chat")
	if m := next(t, "the join", c.sent); m.Get("st") != "join" || m.Get("from_id") != "chat" {
		t.Errorf("%v", m)
	}
	if m, err := p.ask("getrsc"); err == nil || m != nil {
		if m.Get("info") == "" { // this node manages nothing
			t.Errorf("getrsc: %v, %v", m, err)
		}
	}
	if m, err := p.ask("numnodes"); err != nil || m.Get("numnodes") != "1" {
		t.Errorf("numnodes: %v, %v", m, err)
	}
	for i := range 5 {
		if err := p.say(wire.New("t", "n", "i", strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	p.net.Close()
	for i := range 5 {
		if m := next(t, "a message", c.sent); m.Get("i") != strconv.Itoa(i) || m.Get("to_id") != "chat" {
			t.Errorf("message %d: %v", i, m)
		}
	}
	if m := next(t, "the leave", c.sent); m.Get("st") != "leave" || m.Get("info") != "EOF" {
		t.Errorf("the leave does not come last: %v", m)
	}
}

func TestClientThatDoesNotReadIsSentAwayAndOthersAreServed(t *testing.T) {
	c := newCluster(t)
	c.signOn("chat") // and never reads again
	good := c.signOn("other")
	next(t, "a join", c.sent)
	next(t, "a join", c.sent)
	long := strings.Repeat("x", 4000)
	for i := range 1000 {
		m := wire.New("t", "news", "i", strconv.Itoa(i), "text", long)
		c.feed <- []session.Event{session.Arrived{Message: m}}
		if got, err := good.hear(); err != nil || got.Get("i") != strconv.Itoa(i) {
			t.Fatalf("the good client at message %d: %v", i, err)
		}
	}
	if m := next(t, "the leave", c.sent); m.Get("st") != "leave" || m.Get("from_id") != "chat" || m.Get("info") != "sendfail" {
		t.Errorf("%v", m)
	}
	if n := c.recorded(event.ClientSlow); n != 1 {
		t.Errorf("%d records of a slow client", n)
	}
	if list := c.s.Clients(); len(list) != 1 || list[0].Name != "other" {
		t.Errorf("clients: %v", list)
	}
}

func TestClientThatSendsTooFastWaitsAlone(t *testing.T) {
	c := newCluster(t)
	c.full = make(chan struct{}) // nothing goes out
	fast := c.dial()
	pid := strconv.Itoa(os.Getpid())
	fast.say(wire.New("t", "hbapi-req", "reqtype", "signon", "pid", pid, "uid", strconv.Itoa(os.Getuid()), "gid", strconv.Itoa(os.Getgid()), "from_id", "chat"))
	fast.net.SetWriteDeadline(time.Now().Add(time.Second))
	m := wire.New("t", "flood", "text", strings.Repeat("x", 4000))
	var err error
	sent := 0
	for ; err == nil && sent < 100000; sent++ {
		err = fast.say(m)
	}
	if ne, ok := errors.AsType[net.Error](err); !ok || !ne.Timeout() {
		t.Fatalf("after %d messages: %v", sent, err)
	}
	quiet := c.signOn("") // casual, so its sign-on needs no line
	if m, err := quiet.ask("numnodes"); err != nil || m.Get("numnodes") != "1" {
		t.Errorf("another client meanwhile: %v, %v", m, err)
	}
	if sub, err := c.s.Subscribe(t.Context(), session.Peer{PID: 1 << 22, UID: os.Getuid()}, ""); err != nil {
		t.Errorf("a subscriber meanwhile: %v", err)
	} else {
		sub.Close()
	}
}

func TestNonsenseEndsOnlyItsOwnConnection(t *testing.T) {
	c := newCluster(t)
	good := c.signOn("chat")
	frame := func(body string) string {
		b, _ := ipc.Append(nil, wire.New("t", "x"), false)
		return string(b[:4]) + string(b[4:8]) + body
	}
	for what, bytes := range map[string]string{
		"another protocol":    "GET / HTTP/1.1\r\n\r\n",
		"no message":          frame("nonsense that is just as long"),
		"a huge first frame":  "\xff\xff\x0f\x00\xcd\xab\x00\x00",
		"a negative length":   "\xff\xff\xff\xff\xcd\xab\x00\x00",
		"half a header":       "\x10\x00",
		"a header and no end": "\x10\x00\x00\x00\xcd\xab\x00\x00",
	} {
		p := c.dial()
		io.WriteString(p.net, bytes)
		p.net.(*net.UnixConn).CloseWrite()
		if data, err := io.ReadAll(p.in); err != nil || len(data) > 0 {
			t.Errorf("%s: answered %q, %v", what, data, err)
		}
	}
	if m, err := good.ask("numnodes"); err != nil || m.Get("numnodes") != "1" {
		t.Errorf("the good client: %v, %v", m, err)
	}
}

func TestStrangersAreFew(t *testing.T) {
	c := newCluster(t)
	var waiting []*program
	for range maxStrangers {
		waiting = append(waiting, c.dial())
	}
	over := c.dial()
	if _, err := over.in.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("one stranger too many: %v", err)
	}
	for _, p := range waiting {
		p.net.Close()
	}
}

func TestScriptsWriteIntoTheFIFO(t *testing.T) {
	c := newCluster(t)
	write := func(parts ...string) {
		t.Helper()
		f, err := os.OpenFile(filepath.Join(c.dir, FIFOName), os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for _, p := range parts {
			io.WriteString(f, p)
		}
	}
	for end := time.Now().Add(patience); ; runtime.Gosched() {
		if _, err := os.Stat(filepath.Join(c.dir, FIFOName)); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("no FIFO after %v", patience)
		}
	}
	write(">>>\nt=ask_resources\nrsc_hold=foreign\ninfo=me\n<<<\n")
	if got := next(t, "an order", c.said); got != "standby foreign" {
		t.Error(got)
	}
	write("rubbish\n", ">>>\n", "t=hb_takeover\n", "rsc_hold=all\n", "<<<\n") // line by line, as dash writes
	if got := next(t, "an order", c.said); got != "takeover all" {
		t.Error(got)
	}
	write(">>>\nt=setweight\nnode=w2\nweight=50\n<<<\n>>>\nt=mine\na=b\n<<<\n")
	if got := next(t, "an order", c.said); got != "setweight[w2]50" {
		t.Error(got)
	}
	if m := next(t, "a message", c.sent); m.Kind() != "mine" {
		t.Errorf("%v", m)
	}
	if info, err := os.Stat(filepath.Join(c.dir, FIFOName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestFileInPlaceOfTheFIFOIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := os.WriteFile(path, []byte(">>>\nt=ask_resources\n<<<\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := makeFIFO(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Errorf("%v, %v", info, err)
	}
}

func TestLostNewsDisconnectAll(t *testing.T) {
	c := newCluster(t)
	p := c.signOn("chat")
	next(t, "a join", c.sent)
	c.s.Lost()
	c.feed <- []session.Event{session.Arrived{Message: wire.New("t", "after the hole")}}
	for {
		m, err := p.hear()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("told before the end: %v", m)
	}
	if m := next(t, "the leave", c.sent); m.Get("st") != "leave" {
		t.Errorf("%v", m)
	}
}

func TestEndOfTheNodeIsTheEndOfAllClients(t *testing.T) {
	c := newCluster(t)
	p := c.signOn("chat")
	sub, err := c.s.Subscribe(t.Context(), session.Peer{PID: os.Getpid(), UID: os.Getuid(), GID: os.Getgid()}, "other")
	if err != nil {
		t.Fatal(err)
	}
	next(t, "a join", c.sent)
	next(t, "a join", c.sent)
	go c.s.Close()
	for range 2 {
		if m := next(t, "a leave", c.sent); m.Get("st") != "leave" || m.Get("info") != "shutdown" {
			t.Errorf("%v", m)
		}
	}
	if _, err := p.hear(); !errors.Is(err, io.EOF) {
		t.Errorf("the program: %v", err)
	}
	for range sub.Messages() { // until it is closed
	}
	if _, err := c.s.Subscribe(t.Context(), session.Peer{}, "chat"); !errors.Is(err, ErrClosed) {
		t.Errorf("a subscriber afterwards: %v", err)
	}
	c.s = New(c.s.cfg) // for the clean-up
	go c.s.Run()
}
