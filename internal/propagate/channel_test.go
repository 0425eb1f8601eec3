package propagate

import (
	"bytes"
	"crypto/ecdh"
	"strings"
	"testing"

	"heartbeat/internal/seal"
)

func boxOf(t testing.TB, secret string) *seal.Box {
	t.Helper()
	b, err := seal.New([]seal.Key{{Slot: 1, Secret: secret}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func privateOf(t testing.TB, seed byte) *ecdh.PrivateKey {
	t.Helper()
	k, err := ecdh.X25519().NewPrivateKey(bytes.Repeat([]byte{seed}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// pair is a conversation between n1, which opened it, and n2.
func pair(t testing.TB) (opener, receiver *Channel) {
	t.Helper()
	a, b := privateOf(t, 1), privateOf(t, 2)
	talk := strings.Repeat("0f", conversationLen)
	hello := Hello{Step: StepHello, From: "n1", To: "n2", Conversation: talk, Public: a.PublicKey().Bytes()}
	welcome := Hello{Step: StepWelcome, From: "n2", To: "n1", Conversation: talk, Public: b.PublicKey().Bytes()}
	opener, err := NewChannel(a, true, hello, welcome)
	if err != nil {
		t.Fatal(err)
	}
	if receiver, err = NewChannel(b, false, welcome, hello); err != nil {
		t.Fatal(err)
	}
	return opener, receiver
}

func TestChannelCarriesBothWaysInOrderAndOnlyOnce(t *testing.T) {
	opener, receiver := pair(t)
	first, second := opener.Seal([]byte("prepare")), opener.Seal([]byte("commit"))
	if _, err := receiver.Open(second); err == nil {
		t.Error("a message was read before the one before it")
	}
	for box, want := range map[string]string{string(first): "prepare"} {
		if got, err := receiver.Open([]byte(box)); err != nil || string(got) != want {
			t.Errorf("%q %v", got, err)
		}
	}
	if _, err := receiver.Open(first); err == nil {
		t.Error("a message was read twice")
	}
	if got, err := receiver.Open(second); err != nil || string(got) != "commit" {
		t.Errorf("%q %v", got, err)
	}
	if got, err := opener.Open(receiver.Seal([]byte("installed"))); err != nil || string(got) != "installed" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := opener.Open(opener.Seal([]byte("mirrored"))); err == nil {
		t.Error("a node read its own message as the answer")
	}
	bent := opener.Seal([]byte("commit"))
	bent[0] ^= 1
	if _, err := receiver.Open(bent); err == nil {
		t.Error("a changed message was read")
	}
}

func TestHelloIsForOneNodeAndOneConversation(t *testing.T) {
	box, talk := boxOf(t, "secret"), strings.Repeat("0f", conversationLen)
	h := Hello{Step: StepHello, From: "n1", To: "n2", Conversation: talk, Public: privateOf(t, 1).PublicKey().Bytes()}
	sealed, err := h.Seal(box, 1, seal.NewNonce([16]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenHello(box, sealed, StepHello, "n1", "n2", talk); err != nil || !bytes.Equal(got.Public, h.Public) {
		t.Errorf("%+v %v", got, err)
	}
	for _, bad := range [][4]string{{StepWelcome, "n1", "n2", talk}, {StepHello, "n3", "n2", talk}, {StepHello, "n1", "n3", talk}, {StepHello, "n1", "n2", strings.Repeat("0e", conversationLen)}} {
		if _, err := OpenHello(box, sealed, bad[0], bad[1], bad[2], bad[3]); err == nil {
			t.Errorf("it was taken for %v", bad)
		}
	}
	if _, err := OpenHello(boxOf(t, "other"), sealed, StepHello, "n1", "n2", talk); err == nil {
		t.Error("another key opened it")
	}
	datagram, err := box.Seal(nil, 1, seal.NewNonce([16]byte{2}), []byte("###\nt=status\n%%%\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenHello(box, datagram, StepHello, "n1", "n2", talk); err == nil {
		t.Error("a sealed datagram was taken for a hello")
	}
}

func TestWorthlessPublicValuesAreRefused(t *testing.T) {
	mine := Hello{From: "n1", To: "n2"}
	for _, public := range [][]byte{nil, {1}, make([]byte, 32), bytes.Repeat([]byte{0}, 33)} {
		if _, err := NewChannel(privateOf(t, 1), true, mine, Hello{From: "n2", Public: public}); err == nil {
			t.Errorf("a key was agreed on with %x", public)
		}
	}
}

func FuzzOpenHello(f *testing.F) {
	box, talk := boxOf(f, "secret"), strings.Repeat("0f", conversationLen)
	for _, text := range []string{"", purpose, purpose + "{}", purpose + `{"v":1,"step":"hello","from":"n1","to":"n2","conversation":"` + talk + `","public":"AA=="}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		sealed, err := box.Seal(nil, 1, seal.NewNonce([16]byte{3}), text) // what a holder of the key can make of it
		if err != nil {
			t.Fatal(err)
		}
		h, err := OpenHello(box, sealed, StepHello, "n1", "n2", talk)
		if err == nil && (h.From != "n1" || h.To != "n2" || h.Conversation != talk) {
			t.Errorf("%+v", h)
		}
		if err == nil {
			_, _ = NewChannel(privateOf(t, 1), false, Hello{}, h)
		}
		_, _ = OpenHello(box, text, StepHello, "n1", "n2", talk)
	})
}
