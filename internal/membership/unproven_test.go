package membership

import (
	"strings"
	"testing"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

func TestANodeWithOtherKeysIsSeenThoughNotBelieved(t *testing.T) {
	l := newLab(t, "n1", "n2")
	n1, n2 := l.peer("n1"), l.peer("n2")
	n2.cfg.Keys = wire.Keyring{Sign: 2, Keys: []wire.Key{{Slot: 2, Method: wire.SHA1, Secret: "another"}}}
	n1.boot()
	n2.boot()
	l.run(4 * time.Second)
	if !n1.core.View().CommUp || n1.core.find("n2").status != Dead {
		t.Fatal("an unproven node must not keep the start-up from ending")
	}
	seen, at, ok := first[PeerUnproven](n1)
	if !ok || !seen.Seen || seen.Node != "n2" || at.Sub(epoch) > time.Second {
		t.Errorf("%+v %v at %v", seen, ok, at)
	}
	if e := n1.records(event.NodeUnproven); len(e) != 1 || !strings.Contains(e[0].Text, "n2-addr") {
		t.Errorf("%+v", e)
	}
	n2.kill()
	n1.forget()
	l.run(1100 * time.Millisecond)
	if gone, _, ok := first[PeerUnproven](n1); !ok || gone.Seen {
		t.Errorf("%+v %v a deadtime after its last packet", gone, ok)
	}
}

func TestForgedPacketsFromElsewhereDoNotHoldATakeOverBack(t *testing.T) {
	l, n1, n2 := alone(t)
	for range 20 {
		bad := n2.packet(t, l.now, statusOf(Active))
		bad[len(bad)-3] ^= 1
		n1.step(from("10.0.0.66:694", bad))
		l.run(50 * time.Millisecond)
	}
	if e, _, ok := first[PeerUnproven](n1); ok {
		t.Errorf("%+v although the real node's address is known", e)
	}
}
