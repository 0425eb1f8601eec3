package ccm

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

var start = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

func config(self string, names ...string) Config {
	c := Config{Self: self, Keepalive: time.Second, Seed: 7}
	for _, n := range names {
		c.Nodes = append(c.Nodes, Node{Name: n})
	}
	return c
}

// sent returns the messages among effects, by type.
func sent(effects []Effect) (kinds []string, messages map[string]*wire.Message) {
	messages = map[string]*wire.Message{}
	for _, e := range effects {
		if s, ok := e.(Send); ok {
			kinds = append(kinds, s.Message.Kind())
			messages[s.Message.Kind()] = s.Message
		}
	}
	return kinds, messages
}

func formed(effects []Effect) (last *Membership) {
	for _, e := range effects {
		if f, ok := e.(Formed); ok {
			last = &f.Membership
		}
	}
	return last
}

// captured decodes a message that C's ccm sent.
func captured(t testing.TB, file string) *wire.Message {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	ring := wire.Keyring{Sign: 2, Keys: []wire.Key{{Slot: 2, Method: wire.SHA1, Secret: "s3cret-Key"}}}
	m, _, err := ring.Decode(data)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return m
}

func TestReadsEverythingThatCSays(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.bin")
	if len(files) < 15 {
		t.Fatalf("only %d captured messages", len(files))
	}
	for _, f := range files {
		m := captured(t, filepath.Base(f))
		c := New(config("w1", "w1", "w2", "w3"), start)
		if p, ok := c.read(c.find(m.Get("src")), m); !ok || p.kind != m.Kind() {
			t.Errorf("%s could not be read: %v", f, m.Fields)
		}
	}
	c := New(config("w1", "w1", "w2", "w3"), start)
	p, _ := c.read(c.self, captured(t, "ccm-ccm-type-mem-list.bin"))
	if p.major != 1 || p.cookie != ")665-in%~w)Ex(" || p.newCookie != `c:WX^M".\N.EF;` || !p.quorum || p.list.count() != 2 ||
		!p.list.has(0) || !p.list.has(1) || !slices.Equal(p.uptimes, []uint32{2, 1}) {
		t.Errorf("MEM_LIST read as %+v", p)
	}
}

// The leader of the capture had two nodes, w2 alone and then w1 beside it: our list has the same fields in the same order.
func TestAListLooksLikeCs(t *testing.T) {
	c := New(config("w2", "w1", "w2", "w3"), start)
	c.Step(start, CommunicationUp{Dead: []string{"w1", "w3"}})
	c.Step(start, NodeAlive{Node: "w1"})
	alive := wire.New("t", "CCM_TYPE_ALIVE", "ccmmajor", "1", "numnodes", "3", "ccmcookie", c.cookie, "ccmmajor", "1", "ccmuptime", "0", "ccmminor", "0")
	effects := c.Step(start, MessageArrived{From: "w1", Message: alive})
	_, out := sent(effects)
	got, want := out["CCM_TYPE_MEM_LIST"], captured(t, "ccm-ccm-type-mem-list.bin")
	if got == nil {
		t.Fatalf("no list: %v", effects)
	}
	for i, f := range got.Fields {
		w := want.Fields[i]
		same := f.Name == w.Name && f.Type == w.Type && (f.Value == w.Value || strings.Contains(f.Name, "cookie")) && slices.Equal(f.List, w.List)
		if !same {
			t.Errorf("field %d is %+v, C says %+v", i, f, w)
		}
	}
	m := formed(effects)
	if diff := cmp.Diff([]Member{{0, "w1", 2}, {1, "w2", 1}}, m.Members); diff != "" || m.Instance != 2 || !m.Quorum {
		t.Errorf("%+v\n%s", m, diff)
	}
}

// As in the capture ccm_three: w2 answers a joiner with its cookie, and the joiner of a small membership hopes for a larger one three times.
func TestANewcomerIsChoosyThreeTimes(t *testing.T) {
	now := start
	c := New(config("w1", "w1", "w2", "w3"), now)
	c.Step(now, CommunicationUp{Dead: []string{"w3"}})
	resp := captured(t, "ccm-ccm-type-protoversion-resp.bin")
	asked := 0
	for range 10 {
		kinds, _ := sent(c.Step(now, MessageArrived{From: "w2", Message: resp}))
		if slices.Contains(kinds, "CCM_TYPE_ALIVE") {
			break
		}
		now = c.NextDeadline()
		kinds, _ = sent(c.Step(now, Tick{}))
		if !slices.Equal(kinds, []string{"CCM_TYPE_PROTOVERSION"}) {
			t.Fatalf("after a dropped answer: %v", kinds)
		}
		asked++
	}
	if asked != 3 || c.View().State != NewNodeWait {
		t.Errorf("asked %d more times, state %v", asked, c.View().State)
	}
	list := captured(t, "ccm-ccm-type-mem-list.bin")
	m := formed(c.Step(now, MessageArrived{From: "w2", Message: list}))
	if m == nil || m.Instance != 2 || m.Leader != "w2" || len(m.Members) != 2 {
		t.Errorf("%+v", m)
	}
}

func TestALeaderBelievesCsVoteThatNamesTheLeader(t *testing.T) {
	c := New(config("w3", "w1", "w2", "w3"), start)
	c.Step(start, CommunicationUp{Dead: []string{"w1", "w2"}})
	join := func(name string, voters ...string) {
		c.Step(start, NodeAlive{Node: name})
		alive := c.standard("CCM_TYPE_ALIVE")
		for _, v := range voters {
			vote := c.standard("CCM_TYPE_NEW_NODE")
			put(vote, "node", name)
			c.Step(start, MessageArrived{From: v, Message: vote})
		}
		c.Step(start, MessageArrived{From: name, Message: alive})
	}
	join("w1")
	join("w2", "w1")
	if got := c.View().Last; got.Instance != 3 || len(got.Members) != 3 {
		t.Fatalf("%+v", got)
	}
	kinds, out := sent(c.Step(start, NodeDied{Node: "w1"}))
	if !slices.Equal(kinds, []string{"CCM_TYPE_NODE_LEAVE_NOTICE"}) || out[kinds[0]].Get("node") != "w1" {
		t.Fatalf("%v", kinds)
	}
	vote := c.standard("CCM_TYPE_NODE_LEAVE")
	put(vote, "node", "w3") // C names the leader
	if m := formed(c.Step(start, MessageArrived{From: "w2", Message: vote})); m == nil || m.Instance != 4 || len(m.Members) != 2 {
		t.Errorf("%+v", m)
	}
}

// Two members fall silent and are heard again before the leader, which always heard them, had a reason to change anything.
func TestQuorumComesBackWithTheMembersThatWereDoubted(t *testing.T) {
	c := New(config("w1", "w1", "w2", "w3"), start)
	c.Step(start, CommunicationUp{})
	resp := captured(t, "ccm-ccm-type-protoversion-resp.bin")
	now := start
	for c.View().State != NewNodeWait {
		c.Step(now, MessageArrived{From: "w2", Message: resp})
		if c.View().State != NewNodeWait {
			now = c.NextDeadline()
			c.Step(now, Tick{})
		}
	}
	list := captured(t, "ccm-ccm-type-mem-list.bin")
	list.Set("ccmmemlist", wire.String, writeSet(set{7}))
	if m := formed(c.Step(now, MessageArrived{From: "w2", Message: list})); m == nil || len(m.Members) != 3 || !m.Quorum {
		t.Fatalf("%+v", m)
	}
	c.Step(now, PeerKnown{Node: "w2", Ours: true})
	c.find("w2").alive = false // silent, but nothing is concluded from it yet
	c.Step(now, NodeDied{Node: "w3"})
	if !c.View().InFlux {
		t.Fatal("one of three live members has quorum")
	}
	if m := formed(c.Step(now, NodeAlive{Node: "w3"})); m == nil || !m.Quorum || c.View().InFlux {
		t.Errorf("after its return: %+v", m)
	}
}

func TestDifferentListsOfNodesAreReportedOnceAndWaitedFor(t *testing.T) {
	c := New(config("w1", "w1", "w2"), start)
	c.Step(start, CommunicationUp{})
	resp := captured(t, "ccm-ccm-type-protoversion-resp.bin") // of a cluster of three
	records := 0
	for range 3 {
		for _, e := range c.Step(start, MessageArrived{From: "w2", Message: resp}) {
			if r, ok := e.(Record); ok && strings.Contains(r.Event.Text, "does not agree: local count=2, count in message=3") {
				records++
			}
		}
	}
	if records != 1 || !strings.Contains(c.View().Waiting, "node w2 has 3 nodes in its list, here are 2") {
		t.Errorf("%d records, waiting: %s", records, c.View().Waiting)
	}
}

func TestUptimesSurviveTheSignOfC(t *testing.T) {
	for birth, text := range map[uint32]string{1: "16777216", 2: "33554432", 128: "-2147483648", 129: "-2130706432", 70000: "1880162560"} {
		if got := writeUptime(birth); got != text {
			t.Errorf("%d is written %s, C writes %s", birth, got, text)
		}
		if got, ok := readUptimes([]string{text}); !ok || got[0] != birth {
			t.Errorf("%s is read %v %v, it is %d", text, got, ok, birth)
		}
	}
}

func FuzzNoMessageBreaksTheCore(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.bin")
	ring := wire.Keyring{Sign: 2, Keys: []wire.Key{{Slot: 2, Method: wire.SHA1, Secret: "s3cret-Key"}}}
	for _, file := range files {
		data, _ := os.ReadFile(file)
		if m, _, err := ring.Decode(data); err == nil {
			if text, err := wire.AppendNetstring(nil, m); err == nil {
				f.Add(text, uint8(3))
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint8) {
		m, err := wire.ParseNetstring(data)
		if err != nil {
			return
		}
		now := start
		c := New(config("w1", "w1", "w2", "w3"), now)
		c.Step(now, PeerKnown{Node: "w3", Ours: seed%2 == 0})
		c.Step(now, CommunicationUp{})
		for i := range 12 {
			switch {
			case i%4 == 3:
				now = c.NextDeadline()
				c.Step(now, Tick{})
			case (seed>>(i%4))&1 == 0:
				again := m.Clone()
				if seed%3 == 0 && c.cookie != "" {
					again.Set(fieldCookie, wire.String, c.cookie)
					again.Set(fieldMajor, wire.String, number(c.major))
					again.Set(fieldMinor, wire.String, number(c.minor))
				}
				c.Step(now, MessageArrived{From: "w2", Message: again})
			default:
				c.Step(now, MessageArrived{From: "w3", Message: m.Clone()})
			}
			if at := c.NextDeadline(); at.IsZero() || at.Before(now.Add(-time.Hour)) {
				t.Fatalf("deadline %v in state %v", at, c.state)
			}
			c.View()
		}
	})
}
