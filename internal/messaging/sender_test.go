package messaging

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/wire"
)

func testSender() *Sender {
	return &Sender{
		ID:   Identity{Name: "n1", UUID: UUID{1, 2, 3}, Generation: 0x6b00f83d},
		Keys: wire.Keyring{Sign: 2, Keys: []wire.Key{{Slot: 2, Method: wire.SHA1, Secret: "k"}}},
	}
}

func send(t *testing.T, s *Sender, n int) (packets [][]byte) {
	t.Helper()
	for range n {
		p, err := s.Send(epoch, wire.New("t", "x"), Stamp{Time: epoch, TTL: 3})
		if err != nil {
			t.Fatal(err)
		}
		packets = append(packets, bytes.Clone(p))
	}
	return packets
}

func TestControlFieldsStandInTheOrderOfC(t *testing.T) {
	s := testSender()
	m := wire.New("t", "ask", "src", "somebody", "dest", "n2")
	p, err := s.Send(epoch, m, Stamp{Time: epoch, Load: "0.1 0.2 0.3 1/2 3", TTL: 4, DestUUID: UUID{9}})
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := s.Keys.Decode(p)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range got.Fields {
		if f.Name != FieldAuth {
			names = append(names, f.Name)
		}
	}
	if n := strings.Join(names, " "); n != "t src dest destuuid srcuuid seq hg ts ld ttl" {
		t.Errorf("fields %s", n)
	}
	if got.Get("src") != "n1" || got.Get("seq") != "1" || got.Get("hg") != "6b00f83d" {
		t.Errorf("values %+v", got.Fields)
	}
}

func TestUnsequencedMessagesKeepWhatIsThere(t *testing.T) {
	m := wire.New("t", "NS_st", "src", "10.0.0.254")
	Control(m, testSender().ID, 0, Stamp{Time: epoch, Load: "1", TTL: 3})
	_, seq := m.Lookup("seq")
	_, ld := m.Lookup("ld")
	if m.Get("src") != "10.0.0.254" || seq || ld {
		t.Errorf("fields %+v", m.Fields)
	}
}

// incompressible is noise of n bytes, always the same.
func incompressible(n int) []byte {
	out := make([]byte, n)
	j := NewJitter(7)
	for i := range out {
		out[i] = byte(j.Below(256))
	}
	return out
}

// TestLargeMessagesAreCompressedAsConfigured sends what C sends: nothing is wrapped by default unless it
// could not be sent otherwise; whole messages are from the threshold on when ha.cf says so.
func TestLargeMessagesAreCompressedAsConfigured(t *testing.T) {
	text := strings.Repeat("a document repeats itself, ", 1400) // 37 800 bytes
	for name, test := range map[string]struct {
		compression wire.Compression
		size        int
		wrapped     bool
	}{
		"default, fits":           {wire.Compression{Algorithm: wire.Zlib, Threshold: 2048}, 1, false},
		"default, does not fit":   {wire.Compression{Algorithm: wire.Zlib, Threshold: 2048}, 2, true},
		"traditional zlib":        {wire.Compression{Algorithm: wire.Zlib, Whole: true, Threshold: 2048}, 1, true},
		"traditional bz2":         {wire.Compression{Algorithm: wire.BZ2, Whole: true, Threshold: 2048}, 1, true},
		"traditional, below":      {wire.Compression{Algorithm: wire.BZ2, Whole: true, Threshold: 100_000}, 1, false},
		"traditional, kept again": {wire.Compression{Algorithm: wire.BZ2, Whole: true, Threshold: 2048}, 3, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := testSender()
			s.Compression = test.compression
			want := strings.Repeat(text, test.size)
			p, err := s.Send(epoch, wire.New("t", "doc", "text", want), Stamp{Time: epoch, TTL: 3})
			if err != nil {
				t.Fatal(err)
			}
			if wrapped := bytes.Contains(p, []byte("_compressed_payload")); wrapped != test.wrapped || len(p) > MaxMessage {
				t.Errorf("wrapped %v with %d bytes, want %v", wrapped, len(p), test.wrapped)
			}
			keys := wire.Keyring{Sign: 1, Keys: []wire.Key{{Slot: 1, Method: wire.SHA1, Secret: "other"}}}
			for range 2 { // the second time as it is resent with new keys
				m, _, err := s.Keys.Decode(p)
				if err != nil || m.Get("text") != want || m.Get("seq") != "1" {
					t.Fatalf("%v, seq %s, %d bytes of text", err, m.Get("seq"), len(m.Get("text")))
				}
				s.Rekey(keys)
				if p = s.Resend(epoch, Range{1, 1}, 0, time.Second).Packets[0]; len(p) > MaxMessage {
					t.Fatalf("%d bytes after new keys", len(p))
				}
				s.kept.find(1).resent = time.Time{}
			}
		})
	}
}

func TestAFailedSendUsesNoNumber(t *testing.T) {
	s := testSender()
	noise := wire.New("t", "big")
	noise.Set("data", wire.Binary, string(incompressible(MaxMessage)))
	if _, err := s.Send(epoch, noise, Stamp{Time: epoch}); err == nil || !strings.Contains(err.Error(), "send less at once") {
		t.Errorf("a message that no datagram carries: %v", err)
	}
	if _, err := s.Send(epoch, wire.New("t", "x", "bad=name", "v"), Stamp{Time: epoch}); err == nil {
		t.Error("a message with a bad name was sent")
	}
	send(t, s, 1)
	if s.Seq() != 1 {
		t.Errorf("seq %d after one message", s.Seq())
	}
}

func TestResentMessagesAreTheSameBytes(t *testing.T) {
	s := testSender()
	packets := send(t, s, 20)
	a := s.Resend(epoch, Range{5, 7}, 0, delay)
	if len(a.Packets) != 3 || !bytes.Equal(a.Packets[0], packets[4]) || !bytes.Equal(a.Packets[2], packets[6]) {
		t.Errorf("answer %+v", a)
	}
}

func TestResendIsDampedBoundedAndHonest(t *testing.T) {
	s := testSender()
	send(t, s, 700)
	if a := s.Resend(epoch, Range{190, 205}, 0, delay); len(a.Refusals) != 11 || len(a.Packets) != 5 ||
		a.Refusals[0] != (Refusal{190, "seqno too low"}) {
		t.Errorf("around the lowest kept: %d refused, %d resent", len(a.Refusals), len(a.Packets))
	}
	if a := s.Resend(epoch.Add(239*time.Millisecond), Range{201, 205}, 0, delay); len(a.Packets) != 0 {
		t.Errorf("%d resent although everybody got them a moment ago", len(a.Packets))
	}
	if a := s.Resend(epoch.Add(240*time.Millisecond), Range{201, 205}, 0, delay); len(a.Packets) != 5 {
		t.Errorf("%d resent after the damping", len(a.Packets))
	}
	if a := s.Resend(epoch, Range{300, 699}, 0, delay); len(a.Packets) != 50 {
		t.Errorf("%d resent at one request", len(a.Packets))
	}
	if a := s.Resend(epoch, Range{1, MaxSeq}, 0, delay); len(a.Refusals) != 50 || a.Beyond != MaxSeq {
		t.Errorf("%d refused, beyond %d", len(a.Refusals), a.Beyond)
	}
	if a := s.Resend(epoch, Range{600, 610}, 608, delay); len(a.Packets) != 2 {
		t.Errorf("%d resent; up to 608 was acknowledged", len(a.Packets))
	}
}

func TestNewKeysSignTheHistoryAnew(t *testing.T) {
	s := testSender()
	send(t, s, 5)
	keys := wire.Keyring{Sign: 3, Keys: []wire.Key{{Slot: 3, Method: wire.SHA256, Secret: "new"}}}
	s.Rekey(keys)
	a := s.Resend(epoch, Range{1, 5}, 0, delay)
	if len(a.Packets) != 5 {
		t.Fatalf("%d resent", len(a.Packets))
	}
	for _, p := range a.Packets {
		if _, _, err := keys.Decode(p); err != nil {
			t.Error(err)
		}
	}
}

func TestLargeMessagesAreForgottenWhenEverybodyHasThem(t *testing.T) {
	s := testSender()
	if _, err := s.Send(epoch, wire.New("t", "big", "data", strings.Repeat("x", 20000)), Stamp{Time: epoch}); err != nil {
		t.Fatal(err)
	}
	s.Age(epoch.Add(3*time.Second), 0)
	if s.kept.find(1) == nil {
		t.Error("forgotten although nobody acknowledged it")
	}
	s.Age(epoch.Add(3*time.Second), 1)
	if s.kept.find(1) != nil {
		t.Error("it is kept for ever")
	}
}

func TestForUs(t *testing.T) {
	id := Identity{Name: "n1", UUID: UUID{1}}
	other := UUID{2}
	for _, c := range []struct {
		m    *wire.Message
		want bool
	}{
		{wire.New("t", "x"), true},
		{wire.New("t", "x", "dest", "n1"), true},
		{wire.New("t", "x", "dest", "n2"), false},
		{wire.New("t", "x", "dest", "n2", "destuuid", string(id.UUID[:])), true},
		{wire.New("t", "x", "dest", "n1", "destuuid", string(other[:])), false},
		{wire.New("t", "x", "dest", "n1", "destuuid", string(make([]byte, 16))), true},
	} {
		if got := ForUs(c.m, id); got != c.want {
			t.Errorf("%v: %v", c.m.Fields, got)
		}
	}
}
