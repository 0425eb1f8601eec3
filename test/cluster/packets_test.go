package cluster

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/lab"
	"heartbeat/internal/node"
	"heartbeat/internal/wire"
)

const clientAddr = "10.77.1.250"

var ring = wire.Keyring{Sign: 1, Keys: []wire.Key{{Slot: 1, Method: wire.SHA1, Secret: secret}}}

// heard captures packets of a node as they pass the client machine.
func (cl *cluster) heard(t *testing.T, node string, count int) [][]byte {
	t.Helper()
	return cl.pipe(t, lab.ClientName, nil, "capture", "10.77.1."+strings.TrimPrefix(node, "node"), fmt.Sprint(count))
}

// shoot sends packets from the client machine to a node.
func (cl *cluster) shoot(t *testing.T, node string, packets ...[]byte) {
	t.Helper()
	cl.pipe(t, lab.ClientName, packets, "send", "10.77.1."+strings.TrimPrefix(node, "node"))
}

// jsonStatus is what heartbeat status --json prints on a node.
func (cl *cluster) jsonStatus(t *testing.T, name string) (s node.Status) {
	t.Helper()
	out := cl.mustRun(t, name, program, "status", "--json")
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		t.Fatalf("%v in:\n%s", err, out)
	}
	return s
}

func TestFloodOfNoiseNeitherCrashesNorSlowsTheCluster(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{groups: "node1 " + addrOne + "/24/eth0\nnode2 " + addrTwo + "/24/eth0\n"})
	visitors := map[string]*lab.Client{one: cl.visitor(t, addrOne, one), two: cl.visitor(t, addrTwo, two)}
	seeds := append(cl.heard(t, one, 4), cl.heard(t, two, 4)...)
	before := map[string]node.Status{one: cl.jsonStatus(t, one), two: cl.jsonStatus(t, two)}
	marks := map[string]uint64{one: cl.last(t, one), two: cl.last(t, two)}
	began := time.Now()
	told := cl.pipe(t, lab.ClientName, seeds, "flood", "10.77.1.1", "10.77.1.2", "10.77.1.255")
	sent := binary.BigEndian.Uint64(told[0])
	ended := time.Now()
	if sent < 3000 {
		t.Errorf("the flood was %d packets in %v: too little to mean anything", sent, ended.Sub(began))
	}
	for name, v := range visitors {
		must(t, v.WaitAnswers(within(t, soon), name, 10, ended))
		if who := v.Answerers(began); len(who) != 1 || who[0] != name {
			t.Errorf("the visitor of the address of %s was answered by %v", name, who)
		}
		if gap := v.LongestGap(began).Length(time.Now()); gap >= deadtime {
			t.Errorf("the visitor of the address of %s heard nothing for %v, more than a deadtime", name, gap)
		}
	}
	for name, was := range before {
		if late := cl.jsonStatus(t, name).Counters["late_heartbeats"] - was.Counters["late_heartbeats"]; late > 0 {
			t.Errorf("%d heartbeats of %s came late in the flood", late, name)
		}
	}
	for _, name := range cl.Nodes {
		cl.survivedFlood(t, name, before[name], marks[name], sent)
	}
}

// survivedFlood looks at a node after the flood.
func (cl *cluster) survivedFlood(t *testing.T, name string, before node.Status, mark, sent uint64) {
	t.Helper()
	after := cl.jsonStatus(t, name)
	if after.PID != before.PID || after.Local != "active" || after.Resources != "local" || !after.Stable {
		t.Errorf("%s after the flood: pid %d (was %d), %s, resources %s, stable %v", name, after.PID, before.PID, after.Local, after.Resources, after.Stable)
	}
	for _, n := range after.Nodes {
		if n.Status != "active" {
			t.Errorf("%s sees %s as %s", name, n.Name, n.Status)
		}
	}
	rose := uint64(0)
	for reason, count := range dropped(after) {
		rose += count - before.Counters[reason]
	}
	t.Logf("%s dropped %d of %d packets sent to both: %v", name, rose, sent, dropped(after))
	if rose < sent/10 {
		t.Errorf("%s counts only %d dropped packets: %v", name, rose, dropped(after))
	}
	lines := map[string]int{}
	for _, e := range cl.events(t, name, mark, "") {
		switch e.Event {
		case "packet.dropped":
			lines[e.Subject+" "+e.Attrs["reason"]]++
			if e.Subject != clientAddr {
				t.Errorf("%s says that %q floods it", name, e.Subject)
			}
		case "node.dead", "node.left", "node.restarted", "node.returned", "group.acquire", "group.release", "link.dead":
			t.Errorf("%s because of the flood: %s %s: %s", name, e.Event, e.Subject, e.Text)
		}
	}
	if len(lines) == 0 {
		t.Errorf("%s does not say that packets are dropped", name)
	}
	for what, n := range lines {
		if n > 1 {
			t.Errorf("%s has %d lines within a minute for %s", name, n, what)
		}
	}
}

// A stranger is a packet that must be dropped.
type stranger struct {
	packet          []byte
	counter, reason string // of the status; of the event
	event           string
}

// strangers are made of a true packet of node2.
func strangers(t *testing.T, truth []byte) map[string]stranger {
	t.Helper()
	m, dialect, err := ring.Decode(truth)
	must(t, err)
	signed := func(r wire.Keyring, change func(*wire.Message)) []byte {
		m := m.Clone()
		if change != nil {
			change(m)
		}
		p, err := r.Encode(m, dialect)
		must(t, err)
		return p
	}
	unsigned, err := wire.AppendNetstring(nil, m)
	must(t, err)
	classic, err := wire.AppendClassic(nil, m)
	must(t, err)
	bombed, err := ring.Encode(bomb(t), wire.Netstring)
	must(t, err)
	other := wire.Keyring{Sign: 1, Keys: []wire.Key{{Slot: 1, Method: wire.SHA1, Secret: "of another cluster"}}}
	slot := wire.Keyring{Sign: 7, Keys: []wire.Key{{Slot: 7, Method: wire.SHA1, Secret: secret}}}
	drop := func(p []byte, reason string) stranger {
		return stranger{p, "dropped_" + strings.ReplaceAll(reason, "-", "_"), reason, "packet.dropped"}
	}
	return map[string]stranger{
		"signed with another key":     drop(signed(other, nil), "bad-digest"),
		"unsigned":                    drop(unsigned, "unsigned"),
		"unsigned, classic":           drop(classic, "unsigned"),
		"signed with an unknown slot": drop(signed(slot, nil), "unknown-key-slot"),
		"not a message":               drop([]byte("GET / HTTP/1.1\r\n\r\n"), "malformed"),
		"inflating to 16 MiB":         drop(bombed, "oversized"),
		"without a time":              drop(signed(ring, func(m *wire.Message) { m.Set("ts", wire.String, "yesterday") }), "bad-field"),
		"of a node that is not configured": {signed(ring, func(m *wire.Message) { m.Set("src", wire.String, "node9") }),
			"dropped_unknown_node", "unknown", "node.unknown"},
		"of a second machine with this name": {signed(ring, func(m *wire.Message) {
			m.Set("src", wire.String, one)
			m.Set("srcuuid", wire.Binary, "another machine!")
		}), "dropped_duplicate_identity", "duplicate", "node.duplicate"},
	}
}

// bomb is a compressed message that inflates to more than any message may have.
func bomb(t *testing.T) *wire.Message {
	t.Helper()
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, err := w.Write(make([]byte, 16<<20))
	must(t, err)
	must(t, w.Close())
	return &wire.Message{Fields: []wire.Field{
		{Name: "_compressed_payload", Type: wire.Binary, Value: z.String()}, {Name: "_compression_algorithm", Value: "zlib"},
	}}
}

func TestForeignPacketsAreDroppedCountedAndTold(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{})
	mark, was := cl.last(t, one), cl.status(t, one).Counters
	const copies = 3
	list := strangers(t, cl.heard(t, two, 1)[0])
	var volley [][]byte
	want := map[string]uint64{}
	for _, s := range list {
		for range copies {
			volley = append(volley, s.packet)
		}
		want[s.counter] += copies
	}
	cl.shoot(t, one, volley...)
	rose := func(s node.Status) map[string]uint64 {
		out := dropped(s)
		for counter := range out {
			out[counter] -= was[counter]
		}
		maps.DeleteFunc(out, func(_ string, n uint64) bool { return n == 0 })
		return out
	}
	seen := cl.awaitStatus(t, one, "to count the strangers", func(st node.Status) bool {
		for counter, n := range want {
			if rose(st)[counter] < n {
				return false
			}
		}
		return true
	})
	if got := rose(seen); !maps.Equal(got, want) {
		t.Errorf("the counters rose by %v, want %v", got, want)
	}
	for name, s := range list {
		e := cl.awaitEvent(t, one, mark, s.event, s.reason)
		if !strings.Contains(e.Subject+e.Text, clientAddr) || e.Attrs["reason"] != s.reason {
			t.Errorf("packets %s are told as %+v, want the source and the reason %s", name, e, s.reason)
		}
	}
	got := map[string]int{}
	for _, e := range cl.events(t, one, mark, "") {
		if e.Event == "packet.dropped" || strings.HasPrefix(e.Event, "node.") {
			got[e.Event+" "+e.Subject+" "+e.Attrs["reason"]]++
		}
	}
	for what, n := range got {
		if n > 1 {
			t.Errorf("%q is told %d times in a minute", what, n)
		}
	}
	if s := cl.status(t, one); s.Local != "active" || s.Resources != "local" || len(s.Nodes) != 2 {
		t.Errorf("after the strangers: %+v", s)
	}
}

func TestReplayedPacketsChangeNothing(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{})
	old := cl.heard(t, two, 5)
	before := cl.status(t, one)
	cl.shoot(t, one, old...)
	// In the same life a copy is what a second link brings as well: known already.
	cl.awaitStatus(t, one, "to recognise the copies", func(s node.Status) bool {
		return s.Counters["duplicates"] >= before.Counters["duplicates"]+5
	})
	must(t, cl.StopDaemon(within(t, soon), two))
	cl.start(t, two)
	cl.awaitRest(t, one, two)
	mark := cl.last(t, one)
	was := cl.status(t, one).Counters["dropped_replayed"]
	cl.shoot(t, one, old...)
	cl.awaitStatus(t, one, "to count the packets of a former life", func(s node.Status) bool {
		return s.Counters["dropped_replayed"] == was+5
	})
	cl.awaitEvent(t, one, mark, "packet.dropped", "replay")
	if list := cl.events(t, one, mark, "packet.dropped"); len(list) != 1 || list[0].Subject != clientAddr || list[0].Attrs["reason"] != "replayed" {
		t.Errorf("told as %+v", list)
	}
	if s := cl.status(t, one); s.Nodes[1].Status != "active" {
		t.Errorf("node2 is %s after its old packets came again", s.Nodes[1].Status)
	}
}

// A node that restarts has forgotten nothing: what was recorded before stays a recording, also while its sender is off.
func TestRecordingsFromBeforeARestartAreRefused(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{})
	old := cl.heard(t, two, 5)
	must(t, cl.StopDaemon(within(t, soon), two))
	cl.start(t, two)
	cl.awaitRest(t, one, two)
	newer := cl.heard(t, two, 5)
	mark := cl.last(t, one)
	must(t, cl.PowerOff(two))
	cl.awaitEvent(t, one, mark, "node.dead", two)
	must(t, cl.StopDaemon(within(t, soon), one))
	cl.start(t, one)
	tape := append(old, newer...)
	want := uint64(len(old)) // of a former life all, of the last one what has a number
	for _, p := range newer {
		m, _, err := ring.Decode(p)
		must(t, err)
		if _, numbered := m.Lookup("seq"); numbered {
			want++
		}
	}
	cl.shoot(t, one, tape...)
	s := cl.awaitStatus(t, one, "to refuse the recordings", func(s node.Status) bool {
		return s.Counters["dropped_replayed"] == want
	})
	if s.Nodes[1].HeardAgo != -1 {
		t.Errorf("node2 is %s because of its old packets", s.Nodes[1].Status)
	}
	cl.awaitOwner(t, addrOne, one)
}

func TestReplayedPacketsDoNotKeepADeadNodeAlive(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{groups: "node2 " + addrTwo + "/24/eth0\n"})
	fresh := cl.heard(t, two, 5)
	mark := cl.last(t, one)
	must(t, cl.PowerOff(two))
	until(t, "node1 to take over while packets of node2 are repeated", func() (string, bool) {
		cl.shoot(t, one, fresh...)
		who, err := cl.Owners(addrTwo)
		must(t, err)
		return fmt.Sprint(who), len(who) == 1 && who[0] == one
	})
	cl.awaitEvent(t, one, mark, "node.dead", two)
}

// forgedStatus is a status of a node that has just begun a new life.
func forgedStatus(name string) *wire.Message {
	return wire.New("t", "status", "st", "up", "dt", "3e8", "protocol", "1", "src", name, "seq", "1", "hg", "ffffffff", "ts", fmt.Sprintf("%x", time.Now().Unix()), "ttl", "3")
}
