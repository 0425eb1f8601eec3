package witness

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/arbiter"
	"heartbeat/internal/arbiter/lease"
	"heartbeat/internal/wire"
)

func keyFile(t *testing.T, dir, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func serve(t *testing.T, keys map[KeyID]Holder) *Server {
	t.Helper()
	s, err := Listen("127.0.0.1:0", keys)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { _ = s.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return s
}

// node is a client whose answers can be waited for.
func node(t *testing.T, address, self, peer, secret string) (ask func(arbiter.Op) arbiter.Answered) {
	t.Helper()
	key, err := lease.NewKey(wire.Key{Slot: 1, Method: wire.SHA1, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	answers := make(chan arbiter.Answered, 1)
	c := NewClient(address, self, peer, key, func(a arbiter.Answered) { answers <- a })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { c.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	serial := uint64(0)
	return func(op arbiter.Op) arbiter.Answered {
		serial++
		c.Consult(arbiter.Consult{Serial: serial, Op: op, Lease: 30 * time.Second, Timeout: 20 * time.Second})
		return <-answers
	}
}

func TestAWitnessGrantsToOneNodeOfEachCluster(t *testing.T) {
	dir := t.TempDir()
	keyFile(t, dir, "red", "auth 1\n1 sha1 red-secret\n", 0o600)
	keyFile(t, dir, "blue", "auth 1\n1 sha1 blue-secret\n", 0o600)
	keys, problems := LoadKeys(dir)
	if len(problems) > 0 || len(keys) != 2 {
		t.Fatalf("%d keys, %v", len(keys), problems)
	}
	s := serve(t, keys)
	address := s.Address().String()
	red1, red2 := node(t, address, "n1", "n2", "red-secret"), node(t, address, "n2", "n1", "red-secret")
	blue2 := node(t, address, "n2", "n1", "blue-secret")
	for _, ask := range []func(arbiter.Op) arbiter.Answered{red1, red2, blue2, node(t, address, "n1", "n2", "blue-secret")} {
		if a := ask(arbiter.Report); a.Outcome != arbiter.Noted {
			t.Fatalf("%+v", a)
		}
	}
	if a := red1(arbiter.Ask); a.Outcome != arbiter.Granted || a.Lease != 30*time.Second {
		t.Fatalf("%+v", a)
	}
	if a := red2(arbiter.Ask); a.Outcome != arbiter.Denied || a.Text != "n1" || a.Left <= 0 {
		t.Fatalf("%+v", a)
	}
	if a := blue2(arbiter.Ask); a.Outcome != arbiter.Granted {
		t.Fatalf("another cluster: %+v", a)
	}
	red1(arbiter.Release)
	if a := red2(arbiter.Ask); a.Outcome != arbiter.Granted {
		t.Fatalf("%+v", a)
	}
	r := s.Report()
	if len(r.Pairs) != 2 || r.Pairs[1].Cluster != "red" || r.Pairs[1].Holder != "n2" || r.Counts.Denied != 1 || r.Clusters != 2 {
		t.Errorf("%+v", r)
	}
}

func TestStrangersGetNoAnswer(t *testing.T) {
	path := keyFile(t, t.TempDir(), "c", "auth 1\n1 sha1 right\n", 0o600)
	keys, _ := LoadKeys(path)
	s := serve(t, keys)
	conn, err := net.Dial("udp", s.Address().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	wrong, _ := lease.NewKey(wire.Key{Slot: 1, Method: wire.SHA1, Secret: "wrong"})
	stranger, _ := wrong.EncodeRequest(lease.Request{Node: "n1", Peer: "n2"})
	for _, k := range keys {
		forged, _ := k.Key.EncodeRequest(lease.Request{Node: "n1", Peer: "n2"})
		forged[40] ^= 1
		old := append([]byte(nil), forged...)
		old[6] = 9
		for _, data := range [][]byte{stranger, forged, old, []byte("hello"), nil} {
			if _, err := conn.Write(data); err != nil {
				t.Fatal(err)
			}
		}
		good, _ := k.Key.EncodeRequest(lease.Request{Node: "n1", Peer: "n2", Nonce: 5})
		if _, err := conn.Write(good); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 1000)
		n, err := conn.Read(buf) // the only answer is that to the last one
		if err != nil {
			t.Fatal(err)
		}
		if r, err := k.Key.DecodeReply(buf[:n]); err != nil || r.Nonce != 5 || r.Result != lease.Retry {
			t.Fatalf("%+v %v", r, err)
		}
	}
	if c := s.Report().Counts; c.Unknown != 1 || c.Forged != 1 || c.Version != 1 || c.Noise != 2 || c.Requests != 1 {
		t.Errorf("%+v", c)
	}
}

func TestASilentWitnessIsExplained(t *testing.T) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := pc.LocalAddr().String()
	pc.Close()
	if a := node(t, address, "n1", "n2", "x")(arbiter.Ask); a.Outcome != arbiter.Failed || !strings.Contains(a.Text, "nothing listens") {
		t.Errorf("%+v", a)
	}
}

func TestKeyFilesThatCannotServe(t *testing.T) {
	dir := t.TempDir()
	keyFile(t, dir, "a", "auth 1\n1 sha1 same\n", 0o600)
	keyFile(t, dir, "b", "auth 1\n1 sha1 same\n", 0o600)
	keyFile(t, dir, "c", "auth 1\n1 crc\n", 0o600)
	keyFile(t, dir, "d", "auth 1\n1 sha1 open\n", 0o644)
	_, problems := LoadKeys(dir)
	text := ""
	for _, p := range problems {
		text += p.String() + "\n"
	}
	for _, want := range []string{"b:2", "the file of a", "has no secret", "600 recommended"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if _, problems := LoadKeys(filepath.Join(dir, "none")); !problems.HasErrors() {
		t.Error("a missing file is fine")
	}
}
