package membership

import (
	"testing"
	"time"

	"heartbeat/internal/wire"
)

// relays are the messages that a peer passed on in its last steps, decoded.
func relays(t *testing.T, p *peer) (out []*wire.Message, from []string) {
	t.Helper()
	for _, s := range p.effects {
		e, ok := s.e.(Relay)
		if !ok {
			continue
		}
		m, _, err := p.cfg.Keys.Decode(e.Packet)
		if err != nil {
			t.Fatalf("what is passed on does not verify: %v", err)
		}
		out, from = append(out, m), append(from, e.From)
	}
	p.effects = nil
	return out, from
}

// middle is a node with two serial lines, in a cluster of four.
func middle(t *testing.T, ring ...string) *peer {
	t.Helper()
	l := newLab(t, "n1", "n2", "n3", "n4")
	n2 := l.peer("n2")
	n2.cfg.Links = []string{"/dev/ttyS0", "/dev/ttyS1", "eth0"}
	n2.cfg.Ring = ring
	n2.boot()
	n2.effects = nil
	return n2
}

// spoken is a status of another node as it comes from its line.
func spoken(t *testing.T, p *peer, fields ...string) []byte {
	t.Helper()
	base := []string{"t", "status", "st", "up", "dt", "3e8", "protocol", "1", "src", "n1", "srcuuid", "0123456789abcdef", "seq", "1", "hg", "64", "ts", "5eac0000", "ttl", "5"}
	m := wire.New(base...)
	for i := 0; i < len(fields); i += 2 {
		m.Set(fields[i], wire.String, fields[i+1])
	}
	packet, err := p.cfg.Keys.AppendFrame(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	return packet
}

func arriveOn(link string, data []byte) PacketArrived { return PacketArrived{Link: link, Data: data} }

func TestAMessageFromASerialLineGoesOnWithOneHopLess(t *testing.T) {
	n2 := middle(t, "/dev/ttyS0", "/dev/ttyS1")
	n2.step(arriveOn("/dev/ttyS0", spoken(t, n2)))
	got, from := relays(t, n2)
	if len(got) != 1 || from[0] != "/dev/ttyS0" || got[0].Get("ttl") != "4" || got[0].Get("src") != "n1" || got[0].Get("seq") != "1" {
		t.Fatalf("passed on: %v from %v", got, from)
	}
	if n2.core.View().Counters.Relayed != 1 {
		t.Errorf("counted %d", n2.core.View().Counters.Relayed)
	}
}

func TestWhatGoesRoundARingEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		ring   []string
		link   string
		fields []string
		want   int
	}{
		"its hops are used up":           {[]string{"/dev/ttyS0", "/dev/ttyS1"}, "/dev/ttyS0", []string{"ttl", "1"}, 0},
		"a hop is left":                  {[]string{"/dev/ttyS0", "/dev/ttyS1"}, "/dev/ttyS0", []string{"ttl", "2"}, 1},
		"no number of hops":              {[]string{"/dev/ttyS0", "/dev/ttyS1"}, "/dev/ttyS0", []string{"ttl", "x"}, 0},
		"more hops than there are nodes": {[]string{"/dev/ttyS0", "/dev/ttyS1"}, "/dev/ttyS0", []string{"ttl", "4000000000"}, 0},
		"it is ours":                     {[]string{"/dev/ttyS0", "/dev/ttyS1"}, "/dev/ttyS0", []string{"src", "n2", "srcuuid", "uuid-of-n2-padde"}, 0},
		"it is for us":                   {[]string{"/dev/ttyS0", "/dev/ttyS1"}, "/dev/ttyS0", []string{"dest", "n2"}, 0},
		"it is for another":              {[]string{"/dev/ttyS0", "/dev/ttyS1"}, "/dev/ttyS0", []string{"dest", "n3"}, 1},
		"it is of a stranger":            {[]string{"/dev/ttyS0", "/dev/ttyS1"}, "/dev/ttyS0", []string{"src", "n9", "srcuuid", "fedcba9876543210"}, 0},
		"it came by another medium":      {[]string{"/dev/ttyS0", "/dev/ttyS1"}, "eth0", nil, 0},
		"there is one line only":         {[]string{"/dev/ttyS0"}, "/dev/ttyS0", nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			n2 := middle(t, tt.ring...)
			n2.step(arriveOn(tt.link, spoken(t, n2, tt.fields...)))
			if got, _ := relays(t, n2); len(got) != tt.want {
				t.Errorf("passed on: %v", got)
			}
		})
	}
}

func TestTheSameMessageFromBothSidesGoesOnOnceButARetransmissionGoesOnAgain(t *testing.T) {
	n2 := middle(t, "/dev/ttyS0", "/dev/ttyS1")
	n2.step(arriveOn("/dev/ttyS0", spoken(t, n2)))
	n2.step(arriveOn("/dev/ttyS1", spoken(t, n2, "ttl", "3"))) // it went round the other way
	if got, _ := relays(t, n2); len(got) != 1 {
		t.Errorf("passed on %d times", len(got))
	}
	n2.lab.run(300 * time.Millisecond)
	n2.step(arriveOn("/dev/ttyS0", spoken(t, n2)))
	if got, _ := relays(t, n2); len(got) != 1 {
		t.Error("a retransmission did not pass")
	}
}

func TestForgedOrBrokenFramesAreNotPassedOn(t *testing.T) {
	n2 := middle(t, "/dev/ttyS0", "/dev/ttyS1")
	forged := spoken(t, n2)
	forged[10] ^= 1
	n2.step(arriveOn("/dev/ttyS0", forged))
	n2.step(arriveOn("/dev/ttyS0", []byte(">>>\n<<<\n")))
	if got, _ := relays(t, n2); len(got) != 0 {
		t.Errorf("passed on: %v", got)
	}
}
