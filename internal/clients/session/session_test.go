package session

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"heartbeat/internal/wire"
)

func itoa(n int) string { return strconv.Itoa(n) }

// hacluster is who runs ipfail and ccm; stranger is nobody's friend.
var (
	hacluster = Peer{PID: 77, UID: 106, GID: 113}
	stranger  = Peer{PID: 88, UID: 65534, GID: 65534}
)

// joined returns a core with one named client.
func joined(t *testing.T) *Core {
	t.Helper()
	c := New(w1())
	c.Step(NodesChanged{[]Node{{Name: "w1", Status: "active"}, {Name: "w2", Status: "active"}}})
	c.Step(Connected{ID: 1, Peer: hacluster})
	if a, _ := signOn(c, 1, "ipfail", 77, 106, 113); a.Get("result") != "OK" {
		t.Fatalf("sign-on: %v", a)
	}
	return c
}

func kinds(effects []Effect) string {
	var out []string
	for _, e := range effects {
		s := strings.TrimPrefix(fmt.Sprintf("%T", e), "session.")
		switch e := e.(type) {
		case Deliver:
			s += fmt.Sprint(e.To)
		case Standby:
			s += "(" + e.Set + ")"
		case Takeover:
			s += "(" + e.Set + ")"
		case Send:
			s += "(" + e.Message.Kind() + ")"
		case ChangeRoster:
			s += fmt.Sprintf("(%s %v %s)", e.Verb, e.Nodes, e.Value)
		case LimitQueue:
			s += fmt.Sprintf("(%d)", e.Length)
		case Watch:
			s += fmt.Sprintf("(%v)", e.On)
		case Signal:
			s += fmt.Sprintf("(%d to %d)", e.Signal, e.PID)
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func request(kind string, more ...string) *wire.Message {
	return wire.New(append([]string{"t", "hbapi-req", "reqtype", kind, "dest", "w1", "pid", "77", "from_id", "ipfail"}, more...)...)
}

func TestSignOnIsRefusedWithTheReason(t *testing.T) {
	for what, test := range map[string]struct {
		peer          Peer
		name          string
		pid, uid, gid int
		want          string
	}{
		"somebody else's uid":        {stranger, "ipfail", 88, 106, 113, "incorrect/false credentials"},
		"somebody else's pid":        {hacluster, "ipfail", 78, 106, 113, "pid mismatch"},
		"a user that apiauth lacks":  {stranger, "ipfail", 88, 65534, 65534, "client failed authorization"},
		"a name that apiauth lacks":  {hacluster, "unlisted", 77, 106, 113, "no default client auth"},
		"anonymous, not in a group":  {stranger, "88", 88, 65534, 65534, "client failed authorization"},
		"no pid":                     {hacluster, "ipfail", 0, 106, 113, "bad pid"},
		"a name with a line end":     {hacluster, "ip\nfail", 77, 106, 113, "bad client name"},
		"a name that is too long":    {hacluster, strings.Repeat("x", 32), 77, 106, 113, "bad client name"},
		"a name that is already in":  {hacluster, "ccm", 77, 106, 113, "duplicate add request"},
		"root is not in ccm's users": {Peer{PID: 5}, "ipfail", 5, 0, 0, "client failed authorization"},
	} {
		c := New(w1())
		c.Step(Connected{ID: 3, Peer: Peer{PID: 12, UID: 106, GID: 113}})
		signOn(c, 3, "ccm", 12, 106, 113)
		c.Step(Connected{ID: 4, Peer: test.peer})
		answer, sent := signOn(c, 4, test.name, test.pid, test.uid, test.gid)
		if answer.Get("result") != "badreq" || answer.Get("info") != test.want || answer.Get("node") != "w1" || len(sent) != 0 {
			t.Errorf("%s: %s, sent %v", what, text(answer), sent)
		}
		if len(c.Clients()) != 1 || kinds(c.Step(Received{ID: 4, Message: request("numnodes")})) != "" {
			t.Errorf("%s: is a client all the same: %v", what, c.Clients())
		}
	}
}

func TestDefaultRuleAdmitsUnlistedNames(t *testing.T) {
	cfg := w1()
	cfg.Rules = append(cfg.Rules, Rule{Client: "default", GIDs: []int{113}})
	c := New(cfg)
	c.Step(Connected{ID: 1, Peer: hacluster})
	if a, sent := signOn(c, 1, "mine", 77, 106, 113); a.Get("result") != "OK" || len(sent) != 1 {
		t.Errorf("%s, sent %v", text(a), sent)
	}
}

func TestWhoDoesNotSignOnFirstIsSentAway(t *testing.T) {
	for _, m := range []*wire.Message{request("nodelist"), wire.New("t", "status", "st", "dead"), wire.New("x", "y")} {
		c := New(w1())
		c.Step(Connected{ID: 1, Peer: hacluster})
		if got := kinds(c.Step(Received{ID: 1, Message: m})); got != "Record Drop" {
			t.Errorf("%s: %s", text(m), got)
		}
	}
}

func TestJoinAndLeaveAreToldToTheWholeCluster(t *testing.T) {
	c := New(w1())
	c.Step(Connected{ID: 1, Peer: hacluster})
	_, sent := signOn(c, 1, "ipfail", 77, 106, 113)
	if len(sent) != 1 || text(sent[0]) != "t=hbapi-clstat st=join from_id=ipfail to_id=ipfail src=w1 info=signon client_gen=0" {
		t.Errorf("join: %v", sent)
	}
	effects := c.Step(Closed{ID: 1, Reason: "EOF"})
	if got := kinds(effects); got != "Drop Send(hbapi-clstat)" {
		t.Fatalf("leave: %s", got)
	}
	if got := text(effects[1].(Send).Message); got != "t=hbapi-clstat st=leave from_id=ipfail to_id=ipfail src=w1 info=EOF client_gen=0" {
		t.Errorf("leave: %s", got)
	}
	c.Step(Connected{ID: 2, Peer: Peer{PID: 9}})
	if a, sent := signOn(c, 2, "9", 9, 0, 0); a.Get("result") != "OK" || len(sent) != 0 {
		t.Errorf("a casual client: %v, %v", a, sent)
	}
	if got := kinds(c.Step(Closed{ID: 2, Reason: "EOF"})); got != "Drop" {
		t.Errorf("a casual client leaves: %s", got)
	}
	c.Step(Connected{ID: 3, Peer: hacluster})
	if _, sent := signOn(c, 3, "ipfail", 77, 106, 113); len(sent) != 1 || sent[0].Get("client_gen") != "2" {
		t.Errorf("the counter of sign-ons: %v", sent)
	}
}

func TestMessagesGoToNamesakesOnly(t *testing.T) {
	c := joined(t)
	c.Step(Connected{ID: 2, Peer: Peer{PID: 9}})
	signOn(c, 2, "9", 9, 0, 0)
	if got := kinds(c.Step(Arrived{wire.New("t", "num_ping_nodes", "to_id", "ipfail", "src", "w2")})); got != "Deliver[1]" {
		t.Errorf("addressed to ipfail: %s", got)
	}
	if got := kinds(c.Step(Arrived{wire.New("t", "x", "to_id", "ccm", "src", "w2")})); got != "" {
		t.Errorf("addressed to somebody who is not here: %s", got)
	}
	if got := kinds(c.Step(Arrived{wire.New("t", "ifstat", "node", "w2", "ifname", "eth0", "st", "dead")})); got != "Deliver[1 2]" {
		t.Errorf("news for all: %s", got)
	}
	if got := kinds(c.Step(Looped{wire.New("t", "x", "to_id", "ipfail", "src", "w1")})); got != "Deliver[1]" {
		t.Errorf("own message to all: %s", got)
	}
	if got := kinds(c.Step(Looped{wire.New("t", "x", "to_id", "ipfail", "src", "w1", "dest", "w2")})); got != "" {
		t.Errorf("own message to another node: %s", got)
	}
}

func TestAClientCannotSpeakForOthers(t *testing.T) {
	c := joined(t)
	effects := c.Step(Received{1, wire.New("t", "num_ping_nodes", "from_id", "ccm", "to_id", "ccm", "client_gen", "9", "dest", "w2", "num_ping", "1")})
	if got := kinds(effects); got != "Send(num_ping_nodes)" {
		t.Fatal(got)
	}
	if got := text(effects[0].(Send).Message); got != "t=num_ping_nodes from_id=ipfail to_id=ipfail client_gen=0 dest=w2 num_ping=1" {
		t.Error(got)
	}
	for _, kind := range []string{"status", "NS_ackmsg", "resource", "shutdone", "starting", "reqnodes", "repnodes", "hbapi-clstat", "query-cstatus", "respond-cstatus", ""} {
		if got := kinds(c.Step(Received{1, wire.New("t", kind, "st", "dead")})); got != "Record" {
			t.Errorf("type %q: %s", kind, got)
		}
	}
	if got := kinds(c.Step(Received{1, wire.New("t", "hbapi-req", "reqtype", "signoff", "from_id", "ccm", "pid", "1")})); got != "Record" {
		t.Errorf("a request in another name: %s", got)
	}
	c.Step(Connected{ID: 2, Peer: Peer{PID: 9}})
	signOn(c, 2, "9", 9, 0, 0)
	if got := kinds(c.Step(Received{2, wire.New("t", "x")})); got != "Record Drop" {
		t.Errorf("a casual client speaks: %s", got)
	}
}

func TestScriptsAndIpfailGiveOrders(t *testing.T) {
	c := joined(t)
	standby := func() *wire.Message { return wire.New("t", "ask_resources", "rsc_hold", "foreign", "info", "me") }
	for what, ev := range map[string]Event{"FIFO": Written{standby()}, "ipfail": Received{1, standby()}} {
		if got := kinds(c.Step(ev)); got != "Standby(foreign)" {
			t.Errorf("%s: %s", what, got)
		}
	}
	for m, want := range map[*wire.Message]string{
		wire.New("t", "hb_takeover", "rsc_hold", "all"):                        "Takeover(all)",
		wire.New("t", "ask_resources", "rsc_hold", "all", "info", "done"):      "Record",
		wire.New("t", "resource", "rsc_hold", "foreign", "info", "mach_down"):  "",
		wire.New("t", "resource", "rsc_hold", "none", "isstable", "1"):         "Record",
		wire.New("t", "addnode", "nodelist", "w3,w4 w5"):                       "ChangeRoster(addnode [w3 w4 w5] )",
		wire.New("t", "setweight", "node", "w2", "weight", "50"):               "ChangeRoster(setweight [w2] 50)",
		wire.New("t", "my-event", "info", "any administrator may invent some"): "Send(my-event)",
	} {
		if got := kinds(c.Step(Written{m})); got != want {
			t.Errorf("%s: %s, want %s", text(m), got, want)
		}
	}
}

func TestOnlyRootWatchesTheTraffic(t *testing.T) {
	c := joined(t)
	effects := c.Step(Received{1, request("setfilter", "fmask", "3f")})
	if m := effects[0].(Deliver).Message; m.Get("result") != "badreq" || m.Get("info") != "EPERM" {
		t.Errorf("ipfail: %s", text(m))
	}
	c.Step(Connected{ID: 2, Peer: Peer{PID: 9}})
	signOn(c, 2, "9", 9, 0, 0)
	root := func(mask string) string {
		m := request("setfilter", "fmask", mask)
		m.Set("pid", wire.String, "9")
		m.Set("from_id", wire.String, "9")
		return kinds(c.Step(Received{2, m}))
	}
	for _, step := range [][2]string{{"3f", "Deliver[2] Watch(true)"}, {"2", "Deliver[2] Deliver[2]"}, {"1", "Deliver[2] Watch(false)"}, {"11", "Deliver[2]"}, {"0", "Deliver[2] Deliver[2]"}} {
		if got := root(step[0]); got != step[1] {
			t.Errorf("filter %s: %s, want %s", step[0], got, step[1])
		}
	}
	root("4")
	if got := kinds(c.Step(Closed{ID: 2, Reason: "EOF"})); got != "Drop Watch(false)" {
		t.Errorf("the watcher leaves: %s", got)
	}
}

func TestQueriesAboutClientsAreAnswered(t *testing.T) {
	c := joined(t)
	for cn, state := range map[string]string{"ipfail": "online", "ccm": "offline"} {
		effects := c.Step(Arrived{wire.New("t", "query-cstatus", "dest", "w1", "cn", cn, "from_id", "410", "src", "w2")})
		if got := kinds(effects); got != "Send(respond-cstatus)" {
			t.Fatal(got)
		}
		if got, want := text(effects[0].(Send).Message), "t=respond-cstatus dest=w2 result=OK cn="+cn+" to_id=410 cs="+state; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	c.Step(NodesChanged{[]Node{{Name: "w1", Status: "active"}, {Name: "w2", Status: "dead"}}})
	if m := c.Step(Received{1, request("clientstatus", "node", "w2", "cn", "ipfail")})[0].(Deliver).Message; m.Get("cs") != "offline" {
		t.Errorf("a client on a dead node: %s", text(m))
	}
}

func TestClientIsWokenByItsSignal(t *testing.T) {
	c := joined(t)
	for sig, want := range map[string]string{"9": "badreq", "19": "badreq", "32": "badreq", "-1": "badreq", "x": "badreq", "10": "OK"} {
		if m := c.Step(Received{1, request("setsignal", "signal", sig)})[0].(Deliver).Message; m.Get("result") != want {
			t.Errorf("signal %s: %s", sig, text(m))
		}
		if sig != "10" {
			continue
		}
		if got := kinds(c.Step(Arrived{wire.New("t", "x")})); got != "Deliver[1] Signal(10 to 77)" {
			t.Error(got)
		}
		c.Step(Received{1, request("setsignal", "signal", "0")})
	}
	if got := kinds(c.Step(Received{1, request("set_sendqlen", "sendqlen", "1024")})); got != "LimitQueue(1024)" {
		t.Error(got)
	}
}

func TestConnectionsMayBeToldInAnyOrder(t *testing.T) {
	c := New(w1())
	for _, id := range []ID{5, 2, 9, 1} {
		c.Step(Connected{ID: id, Peer: Peer{PID: int(id)}})
		if a, _ := signOn(c, id, itoa(int(id)), int(id), 0, 0); a == nil || a.Get("result") != "OK" {
			t.Errorf("%d: %v", id, a)
		}
	}
	if got := kinds(c.Step(Arrived{wire.New("t", "x")})); got != "Deliver[1 2 5 9]" {
		t.Error(got)
	}
}

// FuzzSession says whatever comes to a core, in the name of several clients.
func FuzzSession(f *testing.F) {
	f.Add([]byte(">>>\nt=hbapi-req\nreqtype=signon\npid=1\nuid=0\ngid=0\nfrom_id=1\n<<<\n>>>\nt=x\nto_id=ipfail\n<<<\n"))
	f.Add([]byte(">>>\nt=hbapi-req\nreqtype=setfilter\nfmask=ffffffff\nfrom_id=ipfail\n<<<\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := New(w1())
		c.Step(NodesChanged{[]Node{{Name: "w1", Status: "active"}}})
		c.Step(Connected{ID: 1, Peer: hacluster})
		signOn(c, 1, "ipfail", 77, 106, 113)
		c.Step(Connected{ID: 2, Peer: Peer{PID: 1}})
		for i, part := range strings.SplitAfter(string(data), "<<<\n") {
			m, err := wire.ParseClassic([]byte(part))
			if err != nil {
				continue
			}
			events := []Event{Received{2, m}, Received{1, m.Clone()}, Written{m.Clone()}, Arrived{m.Clone()}, Looped{m.Clone()}}
			for _, e := range c.Step(events[i%len(events)]) {
				if d, ok := e.(Deliver); ok && (len(d.To) == 0 || slices.Contains(d.To, 0)) {
					t.Errorf("delivered to nobody: %v", d)
				}
			}
		}
		if n := len(c.clients); n > 2 {
			t.Errorf("%d clients came from nowhere", n)
		}
	})
}
