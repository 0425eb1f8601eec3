package apphb

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMessagesHaveTheSizesOfC(t *testing.T) {
	for kind, want := range map[string]int{Reg: 788, Unreg: 8, Beat: 8, SetInterval: 8 + longSize, SetWarn: 8 + longSize, SetReboot: 8 + longSize} {
		b, err := Append(nil, Message{Kind: kind})
		if err != nil || len(b) != want {
			t.Errorf("%s has %d bytes (%v), not %d", kind, len(b), err, want)
		}
	}
	for kind, want := range map[string]int{RecoveryConnect: 532, RecoveryDisconnect: 8, RecoveryEvent: 536} {
		b, err := AppendRecovery(nil, RecoveryMessage{Kind: kind})
		if err != nil || len(b) != want {
			t.Errorf("%s has %d bytes (%v), not %d", kind, len(b), err, want)
		}
	}
}

func TestMessagesComeBackAsTheyWere(t *testing.T) {
	for _, m := range []Message{
		{Kind: Reg, Name: "web", Instance: "one", Dir: "/srv", PID: 4711, UID: 0, GID: 1<<32 - 2}, {Kind: Beat}, {Kind: Unreg},
		{Kind: SetInterval, Value: 2000}, {Kind: SetWarn, Value: 1<<32 - 1}, {Kind: SetReboot, Value: 1},
	} {
		b, err := Append([]byte("before"), m)
		got, err2 := Decode(b[6:])
		if d := cmp.Diff(m, got); err != nil || err2 != nil || d != "" {
			t.Errorf("%v %v\n%s", err, err2, d)
		}
	}
	if _, err := Append(nil, Message{Kind: Reg, Name: strings.Repeat("n", 256)}); err == nil {
		t.Error("a name without room for its NUL was written")
	}
}

func TestWhatIsCutOrWithoutAnEndIsShort(t *testing.T) {
	whole, _ := Append(nil, Message{Kind: Reg, Name: "web", Instance: "one", PID: 7})
	if m, err := Decode(whole[:regSize-1]); err != nil || !m.Short || m.Kind != Reg {
		t.Errorf("%+v %v", m, err)
	}
	for i := range nameSize {
		whole[kindSize+nameSize+i] = 'i'
	}
	if m, err := Decode(whole); err != nil || !m.Short {
		t.Errorf("an instance without NUL: %+v %v", m, err)
	}
	if m, err := Decode([]byte("setint\x00\x00\x01")); err != nil || !m.Short {
		t.Errorf("%+v %v", m, err)
	}
	if _, err := Decode([]byte("hb")); err == nil {
		t.Error("two bytes are no message")
	}
}

func FuzzDecode(f *testing.F) {
	for _, m := range []Message{{Kind: Reg, Name: "web", Instance: "one", Dir: "/", PID: 5}, {Kind: Beat}, {Kind: SetInterval, Value: 5}} {
		b, _ := Append(nil, m)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := Decode(body)
		if err != nil || m.Short {
			return
		}
		b, err := Append(nil, m)
		if err != nil {
			if m.Kind == Reg && len(m.Dir) > MaxName {
				return // C takes a directory without an end, and so do we
			}
			t.Fatalf("%+v cannot be written: %v", m, err)
		}
		if again, err := Decode(b); err != nil || again != m {
			t.Errorf("%+v came back as %+v, %v", m, again, err)
		}
		w := newWorld(t)
		w.connect(1, 500)
		w.step(Received{1, m, true})
		w.pass(20 * 60 * 1e9)
	})
}

func FuzzDecodeRecovery(f *testing.F) {
	for _, m := range []RecoveryMessage{{Kind: RecoveryConnect, Name: "apphbd", PID: 7}, {Kind: RecoveryEvent, Name: "web", Event: HUP}, {Kind: RecoveryDisconnect}} {
		b, _ := AppendRecovery(nil, m)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := DecodeRecovery(body)
		if err != nil || m.Short {
			return
		}
		b, err := AppendRecovery(nil, m)
		if err != nil {
			t.Fatalf("%+v cannot be written: %v", m, err)
		}
		if again, err := DecodeRecovery(b); err != nil || again != m {
			t.Errorf("%+v came back as %+v, %v", m, again, err)
		}
	})
}
