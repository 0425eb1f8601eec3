package wire

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heartbeat/internal/testenv"
)

// captures holds captured traffic of C clusters, outside of this repository.
const captures = "../../../shared/vectors/pcap"

// TestCapturedTrafficVerifies decodes what C Heartbeat clusters sent in 37
// scenarios, except for the faults that were made on purpose.
func TestCapturedTrafficVerifies(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(captures, "*.pcap"))
	testenv.Need(t, "captures of C Heartbeat clusters", len(files) > 0, "put the shared vectors beside the repository, as ../shared/vectors")
	total := 0
	for _, file := range files {
		name := filepath.Base(file)
		k := ring(nil)
		if name == "rollover.pcap" {
			k.Keys[2] = Key{Slot: 3, Method: SHA1, Secret: "n3w-Key-2"}
		}
		messages, dropped := 0, map[DropReason]int{}
		for _, data := range heartbeatPayloads(t, file) {
			messages++
			m, d, err := k.Decode(data)
			if err != nil {
				drop, _ := errors.AsType[*DropError](err)
				dropped[drop.Reason]++
				if name != "foreign_node_join.pcap" {
					t.Errorf("%s: %v: %q", name, err, data)
				}
				continue
			}
			if m.Kind() == "" || m.Get("ts") == "" {
				t.Errorf("%s: message without t or ts: %v", name, m.Fields)
			}
			encodesAgain(t, name, k, m, d, data)
		}
		if name == "foreign_node_join.pcap" && (len(dropped) != 2 || dropped[BadDigest] != 1 || dropped[UnknownSlot] != 1) {
			t.Errorf("%s: dropped %v; want one wrong digest and one unknown slot", name, dropped)
		}
		total += messages
	}
	// Counted from the IP headers alone, fragments as one; the README of the captures states one less.
	const sent = 18866
	if total != sent {
		t.Errorf("%d heartbeat messages in %d files, want %d", total, len(files), sent)
	}
}

// encodesAgain compares the bytes of our encoding with the captured ones; compressors may differ.
func encodesAgain(t *testing.T, name string, k *Keyring, m *Message, d Dialect, data []byte) {
	t.Helper()
	if body, _, drop := splitTrailer(data); drop == nil {
		if outer, err := ParseNetstring(body); err == nil && isWrapper(outer) {
			return
		}
	}
	signing := Keyring{Keys: k.Keys}
	signing.Sign, _ = Slot(data)
	again, err := signing.Encode(m, d)
	if err != nil || string(again) != string(data) {
		t.Errorf("%s: encoded again: %q, %v\nwant: %q", name, again, err, data)
	}
}

// heartbeatPayloads returns the payload of every UDP datagram and ping that begins like a message.
func heartbeatPayloads(t *testing.T, file string) [][]byte {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const fileHeader, frameHeader, ethernet = 24, 16, 14
	if len(raw) < fileHeader || binary.LittleEndian.Uint32(raw) != 0xa1b2c3d4 {
		t.Fatalf("%s: not a classic little-endian pcap file", file)
	}
	var payloads [][]byte
	pieces := fragments{}
	for raw = raw[fileHeader:]; len(raw) >= frameHeader; {
		n := int(binary.LittleEndian.Uint32(raw[8:]))
		frame := raw[frameHeader : frameHeader+n]
		raw = raw[frameHeader+n:]
		if len(frame) < ethernet {
			continue
		}
		var protocol byte
		var body []byte
		switch packet := frame[ethernet:]; binary.BigEndian.Uint16(frame[12:]) {
		case 0x0800:
			protocol, body = pieces.ipv4(packet)
		case 0x86dd:
			protocol, body = packet[6], packet[40:40+int(binary.BigEndian.Uint16(packet[4:]))]
		}
		if p := payload(protocol, body); startsWith(p, netstringStart) || startsWith(p, classicStart) {
			payloads = append(payloads, p)
		}
	}
	return payloads
}

// payload returns what UDP, ICMP echo and ICMPv6 echo carry.
func payload(protocol byte, body []byte) []byte {
	const header = 8 // the same length in all three
	if len(body) < header {
		return nil
	}
	switch {
	case protocol == 17,
		protocol == 1 && (body[0] == 0 || body[0] == 8),
		protocol == 58 && (body[0] == 128 || body[0] == 129):
		return body[header:]
	}
	return nil
}

// fragments puts IPv4 datagrams together again, by source, destination, identification and protocol.
type fragments map[string]*assembly

type assembly struct {
	bytes []byte
	have  int
	size  int // 0: the last fragment has not come
}

func (f fragments) ipv4(packet []byte) (protocol byte, body []byte) {
	header := int(packet[0]&15) * 4
	body = packet[header:binary.BigEndian.Uint16(packet[2:])]
	flags := binary.BigEndian.Uint16(packet[6:])
	offset, more := int(flags&0x1fff)*8, flags&0x2000 != 0
	if offset == 0 && !more {
		return packet[9], body
	}
	key := strings.Join([]string{string(packet[4:6]), string(packet[9:10]), string(packet[12:20])}, "")
	a := f[key]
	if a == nil {
		a = &assembly{bytes: make([]byte, 1<<16+1<<11)}
		f[key] = a
	}
	a.have += copy(a.bytes[offset:], body)
	if !more {
		a.size = offset + len(body)
	}
	if a.size == 0 || a.have < a.size {
		return 0, nil
	}
	delete(f, key)
	return packet[9], a.bytes[:a.size]
}
