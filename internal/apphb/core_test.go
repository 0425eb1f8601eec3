package apphb

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// world drives a core by a clock of its own.
type world struct {
	t    *testing.T
	core *Core
	now  time.Time
	told []string // what happened since the last look
}

func newWorld(t *testing.T) *world {
	return &world{t: t, core: New([]int{0, 111}), now: time.Unix(1000, 0)}
}

func (w *world) step(in Input) {
	for _, e := range w.core.Step(w.now, in) {
		switch e := e.(type) {
		case Reply:
			w.told = append(w.told, fmt.Sprintf("reply %d %d", e.ID, e.Errno))
		case Drop:
			w.told = append(w.told, fmt.Sprintf("drop %d", e.ID))
		case Say:
			if e.Severity > Debug {
				w.told = append(w.told, e.Text)
			}
		case Notify:
			w.told = append(w.told, fmt.Sprintf("event %d %s", e.Event, e.Program.Name))
		case Reboot:
			w.told = append(w.told, "reboot "+e.Reason)
		}
	}
}

// pass lets time go by, with ticks when the core wants them.
func (w *world) pass(d time.Duration) {
	end := w.now.Add(d)
	for {
		at := w.core.NextDeadline()
		if at.IsZero() || at.After(end) {
			break
		}
		w.now = at
		w.step(Tick{})
	}
	w.now = end
}

func (w *world) says(want ...string) {
	w.t.Helper()
	if d := cmp.Diff(want, w.told); d != "" && len(want)+len(w.told) > 0 {
		w.t.Errorf("-want +got\n%s", d)
	}
	w.told = nil
}

func (w *world) connect(id ID, uid int) {
	w.step(Connected{id, Peer{PID: 100 + int(id), UID: uid, GID: uid}})
}

func (w *world) register(id ID, uid int, name string) {
	w.t.Helper()
	w.connect(id, uid)
	w.step(Received{id, Message{Kind: Reg, Name: name, Instance: "one", Dir: "/", PID: 100 + int(id), UID: uid, GID: uid}, true})
	w.says(fmt.Sprintf("reply %d 0", id))
}

func (w *world) say(id ID, kind string, value uint64) {
	w.step(Received{ID: id, Message: Message{Kind: kind, Value: value}})
}

func TestAProgramThatBeatsIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	w.register(1, 500, "web")
	w.say(1, SetInterval, 2000)
	w.says("reply 1 0")
	for range 100 {
		w.pass(1900 * time.Millisecond)
		w.say(1, Beat, 0)
	}
	w.says()
	w.say(1, Unreg, 0)
	w.says("event 5 web", "reply 1 0", "drop 1")
	w.step(Ended{1})
	w.pass(time.Hour)
	w.says()
}

func TestWhoDoesNotBeatIsToldOnceAndOnceMoreWhenItBeatsAgain(t *testing.T) {
	w := newWorld(t)
	w.register(1, 500, "web")
	w.say(1, SetInterval, 2000)
	w.pass(1999 * time.Millisecond)
	w.says("reply 1 0")
	w.pass(time.Millisecond)
	w.says("apphb client 'web' / 'one' (pid 101) failed to heartbeat", "event 2 web")
	w.pass(time.Hour)
	w.says()
	w.say(1, Beat, 0)
	w.says("apphb client 'web' / 'one' (pid 101) resumed heartbeats", "event 3 web")
	w.pass(2 * time.Second)
	w.says("apphb client 'web' / 'one' (pid 101) failed to heartbeat", "event 2 web")
	w.say(1, SetInterval, 0) // it counts as a beat, and ends the watch
	w.says("apphb client 'web' / 'one' (pid 101) resumed heartbeats", "event 3 web", "reply 1 0")
	w.pass(1000 * time.Hour)
	w.says()
}

func TestTheIntervalIsTenMinutesUntilAnotherIsSaid(t *testing.T) {
	w := newWorld(t)
	w.register(1, 500, "web")
	w.pass(10*time.Minute - 1)
	w.says()
	w.pass(1)
	w.says("apphb client 'web' / 'one' (pid 101) failed to heartbeat", "event 2 web")
}

func TestALateBeatIsTold(t *testing.T) {
	w := newWorld(t)
	w.register(1, 500, "web")
	w.pass(time.Second)
	w.say(1, SetWarn, 500)
	w.says("reply 1 0")
	w.pass(500 * time.Millisecond)
	w.say(1, Beat, 0)
	w.says()
	w.pass(501 * time.Millisecond)
	w.say(1, Beat, 0)
	w.says("apphb client 'web' / 'one' (pid 101) late heartbeat: 501 ms", "event 4 web")
}

func TestWhoEndsWithoutAWordHangsUp(t *testing.T) {
	w := newWorld(t)
	w.register(1, 500, "web")
	w.connect(2, 500) // this one never registered
	w.step(Ended{2})
	w.says()
	w.step(Ended{1})
	w.says("apphb client 'web' / 'one' (pid 101) hangup", "event 1 web")
	w.pass(time.Hour)
	w.says()
}

func TestTheFailureOfACriticalProgramTakesTheMachine(t *testing.T) {
	for _, uid := range []int{0, 111} {
		w := newWorld(t)
		w.register(1, uid, "db")
		w.say(1, SetReboot, 1)
		w.says("reply 1 0")
		w.step(Ended{1})
		w.says("Critical apphb client 'db' / 'one' (pid 101) hangup", "reboot db", "event 1 db")
	}
	w := newWorld(t)
	w.register(1, 500, "db")
	w.say(1, SetReboot, 1)
	w.says("reply 1 1") // EPERM
	w.say(1, SetReboot, 0)
	w.says("reply 1 0")
	w.step(Ended{1})
	w.says("apphb client 'db' / 'one' (pid 101) hangup", "event 1 db")

	w = newWorld(t)
	w.register(1, 0, "db")
	w.say(1, SetReboot, 1)
	w.say(1, SetReboot, 0)
	w.say(1, SetInterval, 1000)
	w.pass(time.Minute)
	if slices.Contains(w.told, "reboot db") {
		t.Errorf("it was no longer critical: %v", w.told)
	}
	w.told = nil
	w.say(1, SetReboot, 1)
	w.say(1, Unreg, 0)
	w.step(Ended{1})
	if slices.Contains(w.told, "reboot db") {
		t.Errorf("it unregistered: %v", w.told)
	}
}

func TestOnlyWhoItIsMayRegister(t *testing.T) {
	good := Message{Kind: Reg, Name: "web", Instance: "one", PID: 101, UID: 500, GID: 500}
	tests := []struct {
		change func(*Message)
		dead   bool
		want   int
	}{
		{func(*Message) {}, false, OK},
		{func(m *Message) { m.UID = 0 }, false, OK}, // the group is right, as C wants one of both
		{func(m *Message) { m.GID = 0 }, false, OK},
		{func(m *Message) { m.UID, m.GID = 0, 0 }, false, EINVAL},
		{func(m *Message) { m.PID = 102 }, false, EINVAL},
		{func(m *Message) { m.Name = "" }, false, EINVAL},
		{func(m *Message) { m.Short = true }, false, EINVAL},
		{func(*Message) {}, true, EINVAL},
	}
	for i, tt := range tests {
		w := newWorld(t)
		w.connect(1, 500)
		m := good
		tt.change(&m)
		w.step(Received{1, m, !tt.dead})
		w.says(fmt.Sprintf("reply 1 %d", tt.want))
		if tt.want == OK {
			w.step(Received{1, good, true})
			w.says("reply 1 17") // EEXIST
			for _, cl := range w.core.clients {
				if cl.program.UID != 500 || cl.program.GID != 500 {
					t.Errorf("case %d: the program is believed to be of %d:%d", i, cl.program.UID, cl.program.GID)
				}
			}
		}
	}
}

func TestAStrangerIsAnsweredAsCDoes(t *testing.T) {
	w := newWorld(t)
	w.connect(1, 500)
	for _, kind := range []string{SetInterval, SetWarn, SetReboot, Unreg} {
		w.say(1, kind, 5)
		w.says("reply 1 3") // ESRCH
	}
	w.say(1, Beat, 0) // never answered
	w.says()
	w.say(1, "dance", 0)
	w.says("reply 1 22") // EINVAL
	w.register(2, 500, "web")
	w.step(Received{ID: 2, Message: Message{Kind: SetInterval, Short: true}})
	w.say(2, SetInterval, 1<<32)
	w.says("reply 2 22", "reply 2 22")
}

// Whatever programs say, every message is answered once, but beats; nobody is told to have failed twice in a row; and nothing
// is told of who has gone.
func TestAnyConversationKeepsTheRules(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t)
		missing, alive := map[string]bool{}, map[ID]bool{}
		for range 200 {
			id := ID(1 + r.IntN(4))
			kind := []string{Reg, Unreg, Beat, SetInterval, SetWarn, SetReboot, "x"}[r.IntN(7)]
			w.told = nil
			switch r.IntN(8) {
			case 0:
				if !alive[id] {
					alive[id] = true
					w.connect(id, 500)
				}
			case 1:
				alive[id] = false
				delete(missing, fmt.Sprint("p", id))
				w.step(Ended{id})
			case 2:
				w.pass(time.Duration(r.IntN(3000)) * time.Millisecond)
			default:
				w.step(Received{id, Message{Kind: kind, Name: fmt.Sprint("p", id), PID: 100 + int(id), UID: 500, GID: 500, Value: uint64(r.IntN(2000))}, true})
				replies := 0
				for _, s := range w.told {
					if strings.HasPrefix(s, "reply") {
						replies++
					}
				}
				if want := map[bool]int{true: 1}[kind != Beat && alive[id]]; replies != want {
					t.Fatalf("seed %d: %s of %d was answered %d times: %v", seed, kind, id, replies, w.told)
				}
				if slices.Contains(w.told, fmt.Sprintf("drop %d", id)) {
					alive[id] = false
				}
			}
			for _, s := range w.told {
				var event int
				var name string
				if n, _ := fmt.Sscanf(s, "event %d %s", &event, &name); n != 2 {
					continue
				}
				if Event(event) == NoHB == missing[name] && Event(event) != HUP && Event(event) != HBUnreg && Event(event) != HBWarn {
					t.Fatalf("seed %d: event %d of %s while missing is %v", seed, event, name, missing[name])
				}
				missing[name] = Event(event) == NoHB
			}
		}
	}
}
