package lease

import (
	"errors"
	"testing"
	"time"

	"heartbeat/internal/arbiter"
	"heartbeat/internal/wire"
)

func testKey(t testing.TB, secret string) Key {
	t.Helper()
	k, err := NewKey(wire.Key{Slot: 1, Method: wire.SHA1, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestRequestsAndRepliesComeBackAsTheyWere(t *testing.T) {
	k := testKey(t, "s3cret")
	r := Request{Nonce: 1 << 60, Ticket: 7, Op: arbiter.Ask, Claim: true, Lease: 30 * time.Second, Node: "n1", Peer: "node-two.example"}
	data, err := k.EncodeRequest(r)
	if err != nil || len(data) != Size {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	if got, err := k.DecodeRequest(data); err != nil || got != r {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := k.DecodeReply(data); !errors.Is(err, ErrNoise) {
		t.Errorf("a request passes for a reply: %v", err)
	}
	a := Reply{Nonce: 5, Ticket: 9, Result: Denied, Left: 12 * time.Second, Holder: "n2"}
	if data, err = k.EncodeReply(a); err != nil {
		t.Fatal(err)
	}
	if got, err := k.DecodeReply(data); err != nil || got != a {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestEveryChangedByteIsSeen(t *testing.T) {
	k := testKey(t, "s3cret")
	data, err := k.EncodeRequest(Request{Op: arbiter.Ask, Node: "n1", Peer: "n2"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		data[i] ^= 1
		if _, err := k.DecodeRequest(data); err == nil {
			t.Errorf("byte %d can be changed", i)
		}
		data[i] ^= 1
	}
	if _, err := testKey(t, "another").DecodeRequest(data); !errors.Is(err, ErrUnknown) {
		t.Errorf("another key: %v", err)
	}
	if _, err := NewKey(wire.Key{Slot: 1, Method: wire.CRC}); err == nil {
		t.Error("a key without secret signs")
	}
}

func FuzzDatagrams(f *testing.F) {
	k := testKey(f, "s3cret")
	request, _ := k.EncodeRequest(Request{Op: arbiter.Ask, Node: "n1", Peer: "n2", Lease: time.Second})
	reply, _ := k.EncodeReply(Reply{Result: Granted, Lease: time.Second})
	f.Add(request)
	f.Add(reply)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == Size { // behind the signature, where a fuzzer does not come by itself
			copy(data[len(data)-tagLen:], k.tag(data[:len(data)-tagLen]))
		}
		if r, err := k.DecodeRequest(data); err == nil {
			again, err := k.EncodeRequest(r)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := k.DecodeRequest(again); err != nil || got != r {
				t.Fatalf("%+v, then %+v, %v", r, got, err)
			}
			NewDesk(time.Unix(0, 0)).Handle(time.Unix(1, 0), "c", r, 1)
		}
		if r, err := k.DecodeReply(data); err == nil {
			s := Session{Node: "n1", Peer: "n2"}
			s.Begin(arbiter.Consult{Op: arbiter.Ask})
			s.Request(r.Nonce)
			s.Take(r)
		}
	})
}
