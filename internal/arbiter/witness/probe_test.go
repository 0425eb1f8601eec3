package witness

import (
	"context"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/arbiter"
	"heartbeat/internal/arbiter/lease"
	"heartbeat/internal/wire"
)

func TestAProbeIsAnsweredAndChangesNothing(t *testing.T) {
	dir := t.TempDir()
	keyFile(t, dir, "web", "auth 1\n1 sha1 secret\n", 0o600)
	keys, problems := LoadKeys(dir)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	s := serve(t, keys)
	address := s.Address().String()
	n1 := node(t, address, "n1", "n2", "secret")
	n2 := node(t, address, "n2", "n1", "secret")
	n1(arbiter.Report)
	n2(arbiter.Report)
	if a := n1(arbiter.Ask); a.Outcome != arbiter.Granted {
		t.Fatalf("%+v", a)
	}
	key := func(secret string) lease.Key {
		k, err := lease.NewKey(wire.Key{Slot: 1, Method: wire.SHA1, Secret: secret})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	for range 3 { // in the name of the holder: it would be a release if it counted
		if _, err := Probe(t.Context(), address, "n1", "n2", key("secret")); err != nil {
			t.Fatal(err)
		}
	}
	if a := n2(arbiter.Ask); a.Outcome != arbiter.Denied || a.Text != "n1" {
		t.Errorf("a probe cost n1 its lease: %+v", a)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := Probe(ctx, address, "n1", "n2", key("another")); err == nil || !strings.Contains(err.Error(), "no answer") {
		t.Errorf("another cluster's key: %v", err)
	}
	if _, err := Probe(t.Context(), "127.0.0.1:9", "n1", "n2", key("secret")); err == nil {
		t.Error("nothing answers there")
	}
}
