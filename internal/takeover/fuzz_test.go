package takeover

import (
	"testing"
	"time"

	"heartbeat/internal/wire"
)

// feed turns bytes into events for one core. Every byte chooses; none is invalid.
type feed struct {
	data []byte
}

func (f *feed) next() int {
	if len(f.data) == 0 {
		return 0
	}
	b := f.data[0]
	f.data = f.data[1:]
	return int(b)
}

func (f *feed) pick(words ...string) string { return words[f.next()%len(words)] }

func (f *feed) message() *wire.Message {
	set := f.pick("all", "local", "foreign", "none", "failback", "", "x")
	m := wire.New()
	switch f.next() % 8 {
	case 0:
		m = wire.New("t", "starting")
	case 1:
		m = wire.New("t", "resource", "rsc_hold", set, "rtype", f.pick("full", ""), "isstable", f.pick("0", "1", ""), "info", f.pick("", "standby", "shutdown", "mach_down"))
	case 2:
		m = wire.New("t", "ask_resources", "rsc_hold", set, "info", f.pick("me", "other", "done", "not", "", "x"))
	case 3:
		m = wire.New("t", "hb_takeover", "rsc_hold", set)
	case 4:
		m = wire.New("t", "shutdone", "st", "dead")
	case 5:
		m = wire.New("t", "ip-request", "ipaddr", f.pick("ga", "gb", "gc", "zz", ""))
	case 6:
		m = wire.New("t", "ip-request-resp", "dest", f.pick("a", "b"), "ipaddr", f.pick("ga", "gb", "gc"), "ok", f.pick("OK", ""))
	case 7:
		m = wire.New("x", "y")
	}
	if f.next()%3 == 0 {
		m.Fields = append(m.Fields, f.fields()...)
	}
	if f.next()%5 == 0 {
		m.Fields = append(m.Fields, wire.Field{Name: fieldKeys, Value: f.pick("", ",", shortID("ga"), shortID("gb")+","+shortID("gc"))})
	}
	return m
}

func (f *feed) fields() []wire.Field {
	own := ""
	for _, k := range []string{"ga", "gb", "gc"} {
		if f.next()%2 == 0 {
			own += "," + shortID(k) + ":" + f.pick("starting", "running", "stopping", "blocked", "failed", "wanted", "?", "") + ":" + f.pick("0", "1", "1893456000000", "x", "99999999999999999999")
		}
	}
	return []wire.Field{
		{Name: fieldOwn, Value: own},
		{Name: fieldPhase, Value: f.pick("init", "starting", "stable", "shutdown", "")},
		{Name: fieldRev, Value: f.pick("1.1", "1.2", "1.3", "2.1", "2.7", "", "x.y", "1", ".", "0.0")},
		{Name: fieldSeen, Value: "b=1893456000000." + f.pick("1", "2", "9", "99", "x") + f.pick("", " a=", " =", "=")},
		{Name: fieldCfg, Value: f.pick("d", "e")},
	}
}

func (f *feed) event() Event {
	node := f.pick("a", "a", "a", "c", "nobody")
	key := f.pick("ga", "gb", "gc", "zz")
	word := f.pick("all", "local", "foreign", "failback", "x", "")
	yes := f.next()%2 == 0
	switch f.next() % 15 {
	case 0:
		return CommunicationUp{}
	case 1:
		return CommunicationUp{Dead: []string{node}}
	case 2:
		return NodeActive{node}
	case 3:
		return NodeDied{Node: node, Left: yes}
	case 4:
		return NodeReturned{node}
	case 5:
		return NodeRestarted{node}
	case 6:
		return PeerAnnounced{Node: node, Fields: f.fields(), Caps: f.pick("", "go"), Heard: yes}
	case 7:
		return GroupStarted{Key: key, Failed: f.pick("", "", "R"), Stuck: yes}
	case 8:
		return GroupStopped{Key: key, Failed: f.pick("", "", "R")}
	case 9:
		return StandbyAsked{ID: 1, Set: word}
	case 10:
		return TakeoverAsked{ID: 2, Set: word}
	case 11:
		if f.next()%4 == 0 {
			return ShutdownAsked{}
		}
		return Tick{}
	case 12:
		return SelfPaused{Gap: time.Duration(f.next()) * 20 * time.Millisecond}
	}
	return MessageArrived{From: node, Message: f.message()}
}

// FuzzStep: no sequence of events makes the core panic, run in circles, ask for a wake-up in
// the past, or start a group that is on its way already.
func FuzzStep(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x00\x01\x02\x00\x00\x0d\x01\x00\x02\x00\x01\x00\x09"))
	f.Add([]byte("the quick brown fox jumps over the lazy dog and starts every group it finds on its way"))
	f.Fuzz(func(t *testing.T, data []byte) {
		in := &feed{data: data}
		now := epoch
		cfg := Config{Self: "b", Nodes: []string{"a", "b"}, Groups: []Group{{"ga", "a"}, {"gb", "b"}, {"gc", "b"}, {"gd", "zz"}},
			Digest: "d", Failback: Failback(in.next() % 3), Keepalive: 200 * time.Millisecond, Deadtime: time.Second, StartRetries: in.next() % 3}
		if in.next()%4 == 0 {
			cfg.RestartedHolding = []string{"ga", "zz"}
		}
		if in.next()%3 == 0 {
			cfg.Nodes = append(cfg.Nodes, "c")
		}
		c := New(cfg, now)
		for len(in.data) > 0 {
			now = now.Add(time.Duration(in.next()) * 10 * time.Millisecond)
			busy := map[string]bool{}
			for _, g := range c.groups {
				busy[g.key] = g.state == Stopping
			}
			ev := in.event()
			out := c.Step(now, ev)
			if _, ended := ev.(GroupStopped); !ended {
				for _, e := range out {
					if e, ok := e.(StartGroup); ok && busy[e.Key] {
						t.Fatalf("%s is started while it stops, after %#v", e.Key, ev)
					}
				}
			}
			if c.overrun {
				t.Fatalf("no rest after %#v", ev)
			}
			if at := c.NextDeadline(); !at.IsZero() && !at.After(now) {
				t.Fatalf("deadline %v is not after %v", at, now)
			}
			c.View()
		}
	})
}
