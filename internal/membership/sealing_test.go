package membership

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/seal"
	"heartbeat/internal/wire"
)

// secretly makes nodes with these settings of encryption; every boot has a new salt.
func secretly(t *testing.T, of ...Encryption) (*lab, *wiretap) {
	t.Helper()
	var names []string
	for i := range of {
		names = append(names, fmt.Sprintf("n%d", i+1))
	}
	l := newLab(t, names...)
	w := &wiretap{}
	for i, p := range l.peers {
		p.cfg.Encryption, p.cfg.SealSalt = of[i], [16]byte{byte(i + 1), 15: 1}
	}
	l.inspect = w.see
	return l, w
}

// A wiretap counts what goes over the network.
type wiretap struct {
	sealed, plain map[string]int // by sender
	words         []string       // names and values that could be read
	nonces        map[string]bool
	twice         bool
}

func (w *wiretap) see(p *peer, e Effect) {
	t, ok := e.(*Transmit)
	if !ok {
		return
	}
	if w.sealed == nil {
		w.forget()
		w.nonces = map[string]bool{}
	}
	if !seal.Sealed(t.Packet) {
		w.plain[p.cfg.Self]++
		return
	}
	w.sealed[p.cfg.Self]++
	nonce := string(t.Packet[5:29])
	w.twice = w.twice || w.nonces[nonce]
	w.nonces[nonce] = true
	for _, word := range []string{"src=", "status", "t=", "###", "srcuuid", "n1", "uuid-of", "load"} {
		if bytes.Contains(t.Packet[29:], []byte(word)) && len(word) > 3 {
			w.words = append(w.words, word)
		}
	}
}

func (w *wiretap) forget() { w.sealed, w.plain = map[string]int{}, map[string]int{} }

func (l *lab) bootAll() {
	for _, p := range l.peers {
		p.boot()
	}
}

func (p *peer) alone() bool {
	for n := range p.core.peers {
		if n.status != Active {
			return true
		}
	}
	return p.core.status != Active
}

func TestNodesThatCanEncryptDo(t *testing.T) {
	for name, of := range map[string][]Encryption{
		"on and on": {EncryptionOn, EncryptionOn}, "required": {EncryptionRequired, EncryptionRequired},
		"on and required": {EncryptionOn, EncryptionRequired}, "off and required": {EncryptionOff, EncryptionRequired},
		"three": {EncryptionOff, EncryptionOn, EncryptionRequired},
	} {
		l, w := secretly(t, of...)
		l.bootAll()
		l.run(time.Second)
		w.forget()
		l.run(10 * time.Second)
		for _, p := range l.peers {
			if p.alone() {
				t.Errorf("%s: %s has no company", name, p.cfg.Self)
			}
			if w.plain[p.cfg.Self] > 0 || w.sealed[p.cfg.Self] < 10 {
				t.Errorf("%s: %s sent %d sealed and %d plain", name, p.cfg.Self, w.sealed[p.cfg.Self], w.plain[p.cfg.Self])
			}
			if e := p.records(event.EncryptionOn); len(e) != 1 {
				t.Errorf("%s: %s told %d times that it encrypts", name, p.cfg.Self, len(e))
			}
			if e := p.records(event.EncryptionOff); len(e) > 0 {
				t.Errorf("%s: %s: %+v", name, p.cfg.Self, e)
			}
		}
		if len(w.words) > 0 || w.twice {
			t.Errorf("%s: readable: %v, a nonce twice: %v", name, w.words, w.twice)
		}
	}
}

func TestOffMeansText(t *testing.T) {
	l, w := secretly(t, EncryptionOff, EncryptionOff)
	l.bootAll()
	l.run(5 * time.Second)
	if len(w.sealed) > 0 || l.peers[0].alone() {
		t.Errorf("sealed %v", w.sealed)
	}
}

func TestOnFallsBackForACNodeAndSaysSo(t *testing.T) {
	l, w := secretly(t, EncryptionOn, EncryptionOn, EncryptionOff)
	old := l.peer("n3")
	old.cfg.Caps, old.classic = "", true
	l.bootAll()
	l.run(10 * time.Second)
	n1 := l.peer("n1")
	if n1.alone() || w.plain["n1"] < 10 {
		t.Errorf("company %v, plain %v", !n1.alone(), w.plain)
	}
	e := n1.records(event.EncryptionOff)
	if len(e) != 1 || !strings.Contains(e[0].Text, "n3") || strings.Contains(e[0].Text, "n2") {
		t.Fatalf("%+v", e)
	}
	n1.forget()
	old.kill()
	w.forget()
	l.run(5 * time.Second)
	if w.sealed["n1"] > 0 {
		t.Error("a C node that is silent may still hear us, and would take us for dead")
	}
	old.boot()
	l.run(5 * time.Second)
	old.step(SendRequested{Message: wire.New("t", "shutdone")})
	l.run(100 * time.Millisecond)
	old.kill()
	l.run(3 * time.Second)
	w.forget()
	l.run(5 * time.Second)
	if w.plain["n1"] > 0 || w.sealed["n1"] == 0 || len(n1.records(event.EncryptionOn)) != 1 {
		t.Errorf("after its leave: %v %v", w.plain, w.sealed)
	}
	n1.forget()
	old.boot()
	l.run(5 * time.Second)
	if n1.alone() || old.alone() || len(n1.records(event.EncryptionOff)) != 1 {
		t.Errorf("after its return: n1 %v, n3 %v", n1.changes(), old.changes())
	}
}

func TestRequiredRefusesACNodeByName(t *testing.T) {
	l, w := secretly(t, EncryptionRequired, EncryptionOff)
	n1, old := l.peer("n1"), l.peer("n2")
	old.cfg.Caps, old.classic = "", true
	l.bootAll()
	l.run(10 * time.Second)
	if w.plain["n1"] > 0 || n1.core.find("n2").ever || n1.core.commUp {
		t.Errorf("plain %v, n2 heard %v, begun %v", w.plain, n1.core.find("n2").ever, n1.core.commUp)
	}
	e := n1.records(event.EncryptionRefused)
	if len(e) != 1 || e[0].Subject != "n2" || n1.dropped(unencrypted) < 10 {
		t.Errorf("%+v, %d counted", e, n1.dropped(unencrypted))
	}
	if u, _, ok := first[PeerUnproven](n1); !ok || u.Node != "n2" || !u.Seen {
		t.Errorf("resource management is not told that n2 lives: %+v", u)
	}
	old.kill()
	l.run(5 * time.Second)
	if !n1.core.commUp || n1.core.find("n2").unproven.seen {
		t.Error("n1 does not begin although the refused node is silent")
	}
}

func TestForgedSealsChangeNothingAndAreTold(t *testing.T) {
	l, _ := secretly(t, EncryptionOn, EncryptionOn)
	l.bootAll()
	l.run(time.Second)
	n1 := l.peer("n1")
	box, err := seal.New([]seal.Key{{Slot: 2, Secret: "another key"}, {Slot: 9, Secret: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	nonce := seal.NewNonce([16]byte{9})
	for _, slot := range []int{2, 9} {
		data, _ := box.Seal(nil, slot, nonce, []byte("###\n"))
		n1.step(from("10.0.0.66", data))
	}
	n1.step(from("10.0.0.66", []byte(seal.Mark)))
	if n1.dropped(unsealable) != 2 || n1.dropped(wire.UnknownSlot.String()) != 1 {
		t.Errorf("%v", n1.core.View().Counters.Dropped)
	}
	for range 20_000 {
		n1.step(from("10.0.0.66", append([]byte(seal.Mark), make([]byte, 500)...)))
	}
	if n1.dropped(flooding) == 0 {
		t.Error("a flood of bad seals is opened for ever")
	}
}

func TestSealedEchoesOfPingNodesAreOpened(t *testing.T) {
	l, _ := secretly(t, EncryptionRequired, EncryptionRequired)
	n1 := l.peer("n1")
	n1.cfg.PingNodes = []string{"10.0.0.254"}
	l.bootAll()
	l.run(time.Second)
	ping, _, ok := first[PingNode](n1)
	if !ok || !seal.Sealed(ping.Packet) {
		t.Fatalf("%v %q", ok, ping.Packet)
	}
	n1.step(PacketArrived{Link: "10.0.0.254", Source: "10.0.0.254", Data: ping.Packet})
	if n1.core.find("10.0.0.254").status != Ping {
		t.Error("the echo is not understood")
	}
}

func TestSealsOfAnotherKeyFromAPeersAddressKeepItsResourcesSafe(t *testing.T) {
	l, _ := secretly(t, EncryptionOn, EncryptionOn)
	l.bootAll()
	l.run(time.Second)
	n1, n2 := l.peer("n1"), l.peer("n2")
	n1.forget()
	other := wire.Keyring{Sign: 2, Keys: []wire.Key{{Slot: 2, Method: wire.SHA1, Secret: "only on n2 until n1 follows"}}}
	n2.step(KeysChanged{Keys: other})
	l.run(3 * time.Second)
	if u, _, ok := first[PeerUnproven](n1); !ok || !u.Seen || len(n1.records(event.NodeUnproven)) != 1 {
		t.Errorf("%+v %v, records %+v", u, ok, n1.records(event.NodeUnproven))
	}
	n1.step(KeysChanged{Keys: other})
	l.run(3 * time.Second)
	if n1.alone() || n1.core.find("n2").unproven.seen {
		t.Errorf("with the same keys again: %q", n1.changes())
	}
}

// Keys change in three steps while the nodes talk, with encryption and without, over a road that loses and delays: nobody may notice.
func TestKeysRotateUnnoticed(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 5))
		e := []Encryption{EncryptionOff, EncryptionOn, EncryptionRequired}[seed%3]
		l, w := secretly(t, e, e, e)
		l.road = func(string, *peer, *peer) []time.Duration {
			return []time.Duration{time.Duration(1+r.IntN(20)) * time.Millisecond}
		}
		l.bootAll()
		l.run(2 * time.Second)
		for _, p := range l.peers {
			p.forget()
		}
		w.forget()
		older, newer := testKeys().Keys[0], wire.Key{Slot: 3, Method: wire.SHA256, Secret: "the next secret of these"}
		sent := 0
		for _, ring := range []wire.Keyring{
			{Sign: 2, Keys: []wire.Key{older, newer}}, {Sign: 3, Keys: []wire.Key{older, newer}}, {Sign: 3, Keys: []wire.Key{newer}},
		} {
			for _, i := range r.Perm(3) { // every node when its administrator comes to it
				l.peers[i].step(KeysChanged{Keys: ring})
				for range 20 {
					l.run(time.Duration(r.IntN(100)) * time.Millisecond)
					sent++
					l.peers[0].say(fmt.Sprint(sent))
				}
			}
		}
		l.run(2 * time.Second)
		for _, p := range l.peers {
			c := p.core.View().Counters
			if len(p.changes()) > 0 || c.LateHeartbeats > 0 || len(c.Dropped) > 0 || c.Lost > 0 {
				t.Errorf("seed %d: %s noticed: %q, late %d, lost %d, dropped %v", seed, p.cfg.Self, p.changes(), c.LateHeartbeats, c.Lost, c.Dropped)
			}
			if p != l.peers[0] && len(p.delivered()) != sent {
				t.Errorf("seed %d: %s has %d of %d messages", seed, p.cfg.Self, len(p.delivered()), sent)
			}
		}
		if plain := len(w.plain) > 0; plain == (e != EncryptionOff) || w.twice {
			t.Errorf("seed %d: plain %v, a nonce twice %v", seed, w.plain, w.twice)
		}
	}
}

// Nodes with random settings die and return; whoever is alive at the end of a quiet time has found the others, and secrecy is kept.
func TestAnyMixOfSettingsFindsTogether(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 6))
		l, w := secretly(t, Encryption(r.IntN(3)), Encryption(r.IntN(3)), Encryption(r.IntN(3)))
		secret, wanted := false, false
		for _, p := range l.peers {
			secret = secret || p.cfg.Encryption == EncryptionRequired
			wanted = wanted || p.cfg.Encryption != EncryptionOff
		}
		l.bootAll()
		for range 6 {
			p := l.peers[r.IntN(3)]
			if l.run(time.Duration(r.IntN(3000)) * time.Millisecond); r.IntN(2) == 0 {
				p.kill()
				l.run(time.Duration(r.IntN(3000)) * time.Millisecond)
			}
			p.cfg.SealSalt[7]++
			p.kill()
			p.boot()
		}
		l.run(8 * time.Second)
		w.forget()
		l.run(2 * time.Second)
		for _, p := range l.peers {
			if p.alone() {
				t.Errorf("seed %d: %s is alone", seed, p.cfg.Self)
			}
			if secret && w.plain[p.cfg.Self] > 0 || w.sealed[p.cfg.Self] > 0 && !wanted {
				t.Errorf("seed %d: %s sent %d plain, %d sealed", seed, p.cfg.Self, w.plain[p.cfg.Self], w.sealed[p.cfg.Self])
			}
		}
	}
}

// A node that starts again and hears nobody does not know that another one wants encryption. It is dead to those that believe nothing
// else, and they say what they hear.
func TestANewLifeThatHearsNobodyIsSeenThoughNotBelieved(t *testing.T) {
	l, _ := secretly(t, EncryptionRequired, EncryptionOff)
	l.bootAll()
	l.run(2 * time.Second)
	n1, n2 := l.peer("n1"), l.peer("n2")
	n2.kill()
	road := l.road
	l.road = func(link string, from, to *peer) []time.Duration {
		if to == n2 {
			return nil
		}
		return road(link, from, to)
	}
	l.run(100 * time.Millisecond)
	n1.forget()
	n2.boot()
	l.run(6 * time.Second)
	d, _, ok := first[NodeChanged](n1)
	if !ok || d.To != Dead || !strings.HasPrefix(d.Reason, "nothing that proves itself was heard on eth0, eth1 for 1000 ms") || !strings.HasSuffix(d.Reason, "it does not hear this node") {
		t.Errorf("%v %+v", ok, d)
	}
	if u, _, ok := first[PeerUnproven](n1); !ok || !u.Seen || u.Doubt != HearsNobody {
		t.Errorf("%v %+v", ok, u)
	}
	l.road = road
	l.run(2 * time.Second)
	if n1.alone() || n2.alone() || n1.core.find("n2").unproven.seen {
		t.Errorf("after the mend: n1 %q, n2 %q", n1.changes(), n2.changes())
	}
}

// The first word of a node need not be the one that tells whether it can encrypt.
func TestAStrangerIsCalledUnableToEncryptOnlyByItsStatus(t *testing.T) {
	l, _ := secretly(t, EncryptionRequired, EncryptionOff)
	n1, n2 := l.peer("n1"), l.peer("n2")
	road, loses := l.road, true
	l.road = func(link string, from, to *peer) []time.Duration {
		if to == n2 || loses && from == n2 {
			return nil
		}
		return road(link, from, to)
	}
	l.bootAll()
	l.run(100 * time.Millisecond)
	loses = false
	n2.say("a word before its next status")
	l.run(5 * time.Second)
	if e := n1.records(event.EncryptionRefused); len(e) > 0 || !n1.core.commUp {
		t.Errorf("%+v, begun %v", e, n1.core.commUp)
	}
	d, _, ok := first[NodeChanged](n1)
	if !ok || d.To != Dead || !strings.HasPrefix(d.Reason, "nothing that proves itself was heard on eth0, eth1 since the start") || !strings.HasSuffix(d.Reason, HearsNobody.String()) {
		t.Errorf("%v %+v", ok, d)
	}
}
