package session

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heartbeat/internal/wire"
)

// w1 is the node of the recorded conversation.
func w1() Config {
	return Config{Self: "w1", Deadtime: 3 * time.Second, Keepalive: 500 * time.Millisecond,
		Version: "3.0.6 (node: 958e11be8686759f1b99204c17812f2c2633b169)", Pacemaker: "false", Managed: true,
		Rules:      []Rule{{Client: "anon", UIDs: []int{0}, GIDs: []int{113}}, {Client: "ipfail", UIDs: []int{106}}, {Client: "ccm", UIDs: []int{106}}},
		Parameters: map[string]string{"keepalive": "500ms", "pacemaker": "false"}}
}

func uuid(t *testing.T, m *wire.Message, field string) (u [16]byte) {
	t.Helper()
	if copy(u[:], m.Get(field)) != len(u) {
		t.Fatalf("no uuid in %v", m)
	}
	return u
}

// TestAnswersAreThoseOfC replays what a client said to the C daemon, and compares every answer with C's.
func TestAnswersAreThoseOfC(t *testing.T) {
	files, _ := filepath.Glob("testdata/api-*.bin")
	if len(files) != 47 {
		t.Fatalf("%d recorded messages", len(files))
	}
	slices.Sort(files)
	var said []*wire.Message
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		m, _, err := wire.Parse(data[8:])
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, m)
	}
	c := New(w1())
	respond := said[32] // from w2
	c.Step(NodesChanged{[]Node{
		{Name: "w1", Status: "active", UUID: uuid(t, respond, "destuuid"), Weight: 100, Links: []Link{{"eth1", true}, {"eth0", true}}},
		{Name: "w2", Status: "active", UUID: uuid(t, respond, "srcuuid"), Weight: 100, Links: []Link{{"eth1", true}, {"eth0", true}}},
		{Name: "10.91.0.254", Ping: true, Status: "ping", Links: []Link{{"10.91.0.254", true}}},
	}})
	c.Step(Connected{ID: 1, Peer: Peer{PID: 77, UID: 106, GID: 113}})
	signOn(c, 1, "ipfail", 77, 106, 113)
	c.Step(Connected{ID: 7, Peer: Peer{PID: 410}})

	var got []*wire.Message
	take := func(effects []Effect) {
		for _, e := range effects {
			switch e := e.(type) {
			case Deliver:
				if slices.Contains(e.To, 7) {
					got = append(got, e.Message)
				}
			case AskResources:
				for _, e := range c.Step(ResourcesTold{ID: e.ID, Word: "local"}) {
					got = append(got, e.(Deliver).Message)
				}
			case Send:
				if e.Message.Kind() != "query-cstatus" || e.Message.Get("dest") != "w2" || e.Message.Get("from_id") != "410" || e.Message.Get("cn") != "ipfail" {
					t.Errorf("sent to the cluster: %v", e.Message)
				}
			}
		}
	}
	var want []*wire.Message
	for i, m := range said[:37] { // what follows is what an open filter sees, below
		if m.Kind() == "hbapi-req" {
			take(c.Step(Received{ID: 7, Message: m}))
			continue
		}
		if i == 32 {
			take(c.Step(Arrived{Message: m}))
		}
		want = append(want, m)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("answers (-C +ours)\n%s", d)
	}

	// The filter is 3f now: traffic of all kinds, and requests, the own ones too.
	got = nil
	take(c.Step(Observed{Message: said[38], Treatment: NoChange}))
	take(c.Step(Observed{Message: said[40], Treatment: Protocol}))
	take(c.Step(Received{ID: 7, Message: said[41]}))
	if len(got) != 4 || got[0] != said[38] || got[1] != said[40] || got[2] != said[41] || got[3].Get("result") != "badreq" {
		t.Errorf("with an open filter: %v", got)
	}
	got = nil
	take(c.Step(Received{ID: 7, Message: said[45]}))
	take(c.Step(Arrived{Message: said[46]}))
	if len(got) != 1 || got[0] != said[45] {
		t.Errorf("after the sign-off: %v", got)
	}
}

// signOn makes a connection a client and returns the answer and what goes to the cluster.
func signOn(c *Core, id ID, name string, pid, uid, gid int) (answer *wire.Message, sent []*wire.Message) {
	m := wire.New("t", "hbapi-req", "reqtype", "signon", "dest", "w1", "from_id", name)
	m.Set("pid", wire.String, itoa(pid))
	m.Set("uid", wire.String, itoa(uid))
	m.Set("gid", wire.String, itoa(gid))
	for _, e := range c.Step(Received{ID: id, Message: m}) {
		switch e := e.(type) {
		case Deliver:
			answer = e.Message
		case Send:
			sent = append(sent, e.Message)
		}
	}
	return answer, sent
}

func text(m *wire.Message) string {
	var b strings.Builder
	for _, f := range m.Fields {
		b.WriteString(f.Name + "=" + f.Value + " ")
	}
	return strings.TrimSpace(b.String())
}
