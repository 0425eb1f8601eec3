package membership

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"heartbeat/internal/seal"
	"heartbeat/internal/wire"
)

// FuzzStep plays a script of events, some of them correctly signed messages with
// any content, and wants no panic, time that goes on, and memory that is bounded.
func FuzzStep(f *testing.F) {
	files, _ := filepath.Glob("testdata/wire/*.bin")
	if len(files) == 0 {
		f.Fatal("no captured packets in testdata/wire")
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(chunk(0, 10, data))
	}
	var story []byte
	for _, body := range []string{
		"t=status\nst=up\nsrc=w1\nseq=1\nhg=1\nts=1\ndt=1\nprotocol=1\n",
		"t=NS_rexmit\nfirstseq=1\nlastseq=99999999\nsrc=w1\nhg=1\nts=1\n",
		"t=repnodes\nsrc=w1\nseq=ffffffffffffff\nhg=1\nts=1\ndest=w2\n",
		"t=x\nsrc=w1\nseq=fb\nhg=1\nts=1\n",
	} {
		story = append(story, chunk(1, 20, []byte(body))...)
		f.Add(story)
		f.Add(chunk(129, 20, []byte(body))) // sealed
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		cfg := likeW2(t)
		cfg.Encryption = Encryption(len(script) % 3)
		c := New(cfg, wallAt)
		box := fuzzBox(&cfg)
		now := wallAt
		for _, chunk := range chunks(script) {
			now = now.Add(time.Duration(chunk[1]) * 20 * time.Millisecond)
			for _, e := range c.Step(now, fuzzEvent(&cfg, chunk[0], chunk[2:])) {
				if tr, ok := e.(*Transmit); ok {
					packet := tr.Packet
					if seal.Sealed(packet) {
						opened, _, err := box.Open(nil, packet)
						if err != nil {
							t.Fatalf("we sealed what nobody can open: %v", err)
						}
						packet = opened
					} else if cfg.Encryption == EncryptionRequired {
						t.Fatal("we sent text although encryption is required")
					}
					if _, _, err := cfg.Keys.Decode(packet); err != nil {
						t.Fatalf("we sent what nobody can read: %v", err)
					}
				}
			}
			c.Step(now, Tick{})
			if at := c.NextDeadline(); !at.After(now) {
				t.Fatalf("after a tick the next deadline is %v ago: the shell would spin", now.Sub(at))
			}
			c.View()
		}
		if n := c.find("w1"); n.rx.Holes() > 500 || n.rx.Waiting() > 501 {
			t.Fatalf("%d holes, %d waiting", n.rx.Holes(), n.rx.Waiting())
		}
	})
}

// chunk is one event of a script: kind, time since the last one in 20 ms, length, data.
func chunk(kind, after byte, data []byte) []byte {
	return append([]byte{kind, after, byte(len(data) >> 8), byte(len(data))}, data...)
}

// chunks cuts a script into its events; each has at least two bytes, kind and time.
func chunks(script []byte) (out [][]byte) {
	for len(script) >= 4 && len(out) < 64 {
		n := int(binary.BigEndian.Uint16(script[2:]))%400 + 4
		n = min(n, len(script))
		out = append(out, append(script[:2:2], script[4:n]...))
		script = script[n:]
	}
	return append(out, []byte{2, 100})
}

// fuzzBox opens and seals what a node with this configuration does.
func fuzzBox(cfg *Config) *seal.Box {
	var keys []seal.Key
	for _, k := range cfg.Keys.Keys {
		keys = append(keys, seal.Key{Slot: k.Slot, Secret: k.Secret})
	}
	box, err := seal.New(keys)
	if err != nil {
		panic(err)
	}
	return box
}

func fuzzEvent(cfg *Config, kind byte, data []byte) Event {
	switch kind % 8 {
	case 0:
		return PacketArrived{Link: "eth0", Source: "fuzz", Data: data}
	case 1, 2, 3:
		m, err := wire.ParseClassic(append(append([]byte(">>>\n"), data...), "<<<\n"...))
		if err != nil {
			return Tick{}
		}
		packet, err := cfg.Keys.Encode(m, wire.Netstring)
		if err != nil {
			return Tick{}
		}
		if kind >= 128 {
			if packet, err = fuzzBox(cfg).Seal(nil, cfg.Keys.Sign, seal.NewNonce([16]byte{kind}), packet); err != nil {
				return Tick{}
			}
		}
		return PacketArrived{Link: []string{"eth0", "eth1", "10.91.0.254"}[kind%8-1], Source: "fuzz", Data: packet}
	case 4:
		return SendRequested{Message: wire.New("t", "fuzz", "data", string(data))}
	case 5:
		return AnnouncementChanged{Fields: []wire.Field{{Name: "x-fuzz", Value: string(data)}}}
	case 6:
		return LinkFailed{Link: "eth0", Err: string(data)}
	}
	return Tick{}
}
