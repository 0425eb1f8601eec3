package node

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"heartbeat/internal/event"
)

type fakeDog struct {
	fed       []time.Time
	broken    error
	end       string
	timeout   time.Duration
	nowForFed func() time.Time
}

func (d *fakeDog) Feed() error            { d.fed = append(d.fed, d.nowForFed()); return d.broken }
func (d *fakeDog) Close() error           { d.end += "V"; return nil }
func (d *fakeDog) Abandon() error         { d.end += "abandoned"; return nil }
func (d *fakeDog) Timeout() time.Duration { return d.timeout }

func watch(d *fakeDog) (w *watched, events *[]event.Event) {
	events = new([]event.Event)
	w = &watched{dev: d, path: "/dev/dog", record: func(e event.Event) { *events = append(*events, e) }, every: d.timeout / 4}
	return w, events
}

func TestWatchdogIsFedOftenEnoughAndNotAtEveryTurn(t *testing.T) {
	now := time.Unix(1000, 0)
	d := &fakeDog{timeout: 4 * time.Second, nowForFed: func() time.Time { return now }}
	w, _ := watch(d)
	for range 1000 {
		w.feed(now)
		now = now.Add(10 * time.Millisecond)
	}
	if len(d.fed) != 10 {
		t.Errorf("fed %d times in 10 s, with a time of 4 s", len(d.fed))
	}
	for i := 1; i < len(d.fed); i++ {
		if gap := d.fed[i].Sub(d.fed[i-1]); gap > d.timeout/2 {
			t.Errorf("hungry for %v", gap)
		}
	}
	if w.wait() != time.Second {
		t.Errorf("the pulse may sleep for %v", w.wait())
	}
	w.end(true)
	w.end(true)
	if d.end != "V" {
		t.Errorf("the end was %q", d.end)
	}
}

func TestWatchdogThatCannotBeFedIsReportedOnce(t *testing.T) {
	now := time.Unix(1000, 0)
	d := &fakeDog{timeout: time.Second, broken: errors.New("no such device"), nowForFed: func() time.Time { return now }}
	w, events := watch(d)
	for range 10 {
		w.feed(now)
		now = now.Add(time.Second)
	}
	if len(*events) != 1 || (*events)[0].Kind != event.WatchdogFailed || len(d.fed) != 1 || w.wait() != 0 {
		t.Errorf("events %v, fed %d times", *events, len(d.fed))
	}
}

func TestWatchdogStarvesWhenALoopHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &fakeDog{timeout: 4 * time.Second, nowForFed: time.Now}
		w, events := watch(d)
		hangsFrom := time.Now().Add(30 * time.Second)
		alive := func(time.Duration) bool { return time.Now().Before(hangsFrom) }
		done := make(chan struct{})
		looked := make(chan struct{})
		go func() { w.look(done, alive); close(looked) }()
		for time.Since(hangsFrom) < time.Minute {
			w.feed(time.Now())
			time.Sleep(100 * time.Millisecond) // of the synthetic clock
		}
		<-looked
		last := d.fed[len(d.fed)-1]
		if late := last.Sub(hangsFrom); late > d.timeout/2+100*time.Millisecond {
			t.Errorf("fed %v after the loop began to hang", late)
		}
		if len(*events) != 1 || (*events)[0].Kind != event.WatchdogStarves {
			t.Errorf("events %v", *events)
		}
		w.end(true)
		if d.end != "abandoned" {
			t.Errorf("the end was %q: a machine that hangs was told that all is well", d.end)
		}
		close(done)
	})
}

func TestWatchdogIsLeftToItsTimeByANodeThatIsKilled(t *testing.T) {
	d := &fakeDog{timeout: time.Second, nowForFed: time.Now}
	w, _ := watch(d)
	w.end(false)
	if d.end != "abandoned" {
		t.Errorf("the end was %q", d.end)
	}
	var none *watched
	none.feed(time.Now())
	if none.wait() != 0 {
		t.Error("no watchdog is hungry")
	}
}
