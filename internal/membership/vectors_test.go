package membership

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// captured reads datagrams of C Heartbeat 3.0.6 daemons.
func captured(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "wire", name+".bin"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// likeW2 is the configuration of node w2 in the capture of the start-up.
func likeW2(t testing.TB) Config {
	cfg := testConfig("w2", "w1", "w2")
	keys := testKeys()
	m, _, err := keys.Decode(captured(t, "startup-status-init"))
	if err != nil {
		t.Fatal(err)
	}
	cfg.UUID, _ = messaging.ParseUUID(m.Get("srcuuid"))
	cfg.Generation = 0x6b00f83d
	cfg.PingNodes = []string{"10.91.0.254"}
	return cfg
}

// wallAt is the wall clock of the capture.
var wallAt = time.Unix(0x6b00f83d, 0)

// TestStartUpWithACapturedCNode plays w2 against what w1 sent. Captured are its
// reqnodes (6), status active (9), starting (10) and resource (0x22); what lies
// between them is lost for us.
func TestStartUpWithACapturedCNode(t *testing.T) {
	cfg := likeW2(t)
	c := New(cfg, wallAt)
	var out []Effect
	step := func(after time.Duration, ev Event) []Effect {
		got := lasting(c.Step(wallAt.Add(after), ev))
		out = append(out, got...)
		return got
	}
	first := step(0, EnvironmentChanged{Load: "5.63 4.10 2.11 9/201 19"})
	checkOwnStart(t, &cfg, first)

	step(100*time.Millisecond, PacketArrived{Link: "10.91.0.254", Data: captured(t, "startup-ns-st-ping-ping-reply")})
	step(800*time.Millisecond, from("w1", captured(t, "startup-reqnodes")))
	step(900*time.Millisecond, from("w1", captured(t, "startup-status-active")))
	step(910*time.Millisecond, from("w1", captured(t, "startup-starting")))
	step(920*time.Millisecond, from("w1", captured(t, "startup-reqnodes"))) // late: before the first status of its life
	kinds := sentKinds(t, &cfg, out)
	for _, want := range []string{"status", "reqnodes"} {
		if !slices.Contains(kinds, want) {
			t.Errorf("w2 did not send %s; it sent %v", want, kinds)
		}
	}
	var delivered []string
	for _, e := range out {
		if d, ok := e.(Deliver); ok {
			delivered = append(delivered, d.Message.Kind())
		}
	}
	if !slices.Equal(delivered, []string{"starting"}) {
		t.Errorf("delivered %v", delivered)
	}
	if n := c.find("w1"); n.status != Active || n.deadtime != 5*time.Second {
		t.Errorf("w1 is %s, deadtime %v", n.status, n.deadtime)
	}
	// Our own packets of the same life, as C sent them, are an echo.
	step(930*time.Millisecond, from("w2", captured(t, "startup-status-up")))
	if !c.self.links[0].up {
		t.Error("the echo did not mark our own link")
	}
}

// checkOwnStart compares field names and order of our first packets with C's.
func checkOwnStart(t *testing.T, cfg *Config, effects []Effect) {
	t.Helper()
	want, _, err := cfg.Keys.Decode(captured(t, "startup-status-init"))
	if err != nil {
		t.Fatal(err)
	}
	var got *wire.Message
	for _, e := range effects {
		if tr, ok := e.(*Transmit); ok && got == nil {
			if got, _, err = cfg.Keys.Decode(tr.Packet); err != nil {
				t.Fatal(err)
			}
		}
	}
	if a, b := names(got), names(want); a != b {
		t.Errorf("fields of our first status\n got %s\nwant %s", a, b)
	}
	for _, f := range []string{"st", "protocol", "seq", "hg", "ttl"} {
		if got.Get(f) != want.Get(f) {
			t.Errorf("%s=%q, want %q", f, got.Get(f), want.Get(f))
		}
	}
}

// names lists the fields that C knows.
func names(m *wire.Message) string {
	var out []string
	for _, f := range m.Fields {
		if f.Name != "caps" && f.Name != fieldKeys && f.Name != fieldSolid && f.Name != fieldAcks && f.Name != "auth" && !strings.HasPrefix(f.Name, "x-") {
			out = append(out, f.Name)
		}
	}
	return strings.Join(out, " ")
}

func sentKinds(t *testing.T, cfg *Config, effects []Effect) []string {
	t.Helper()
	var out []string
	for _, e := range effects {
		if tr, ok := e.(*Transmit); ok {
			m, _, err := cfg.Keys.Decode(tr.Packet)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, m.Kind())
		}
	}
	return out
}

// TestCapturedRequestsAreUnderstood reads requests and refusals as C writes them:
// numbers of requests are decimal, those of refusals hexadecimal.
func TestCapturedRequestsAreUnderstood(t *testing.T) {
	keys := testKeys()
	for file, want := range map[string]messaging.Range{
		"rexmit-ns-rexmit": {First: 49, Last: 49}, "nak-ns-rexmit": {First: 5, Last: 6}, "nak-ns-rexmit-2": {First: 545, Last: 655},
	} {
		m, _, err := keys.Decode(captured(t, file))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := messaging.ReadRequest(m); !ok || got != want {
			t.Errorf("%s: %v %v, want %v", file, got, ok, want)
		}
	}
	m, _, err := keys.Decode(captured(t, "nak-ns-nak-rexmit-seqno-too-low"))
	if err != nil {
		t.Fatal(err)
	}
	ours := messaging.Refuse("w3", messaging.Refusal{Seq: 6, Reason: "seqno too low"})
	messaging.Control(ours, messaging.Identity{Name: "w1"}, 0, messaging.Stamp{Time: wallAt, DestUUID: messaging.UUID{1}})
	if a, b := names(ours), names(m); a != b {
		t.Errorf("fields of a refusal\n got %s\nwant %s", a, b)
	}
}

func TestCapturedForgeriesAreRefused(t *testing.T) {
	cfg := testConfig("w1", "w1", "w2")
	c := New(cfg, wallAt)
	c.Step(wallAt, Tick{})
	for file, reason := range map[string]string{
		"negative-bad-digest": "bad-digest", "negative-bad-index": "unknown-key-slot", "negative-unknown-node": "unknown-node",
	} {
		c.Step(wallAt, from("w3", captured(t, file)))
		if n := c.View().Counters.Dropped[reason]; n != 1 {
			t.Errorf("%s: %d counted as %s; all: %v", file, n, reason, c.View().Counters.Dropped)
		}
	}
}
