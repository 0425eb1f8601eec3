package alert

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/event"
)

// A desk plays a core in virtual time. Its channels deliver at once, unless they are broken.
type desk struct {
	t      *testing.T
	core   *Core
	now    time.Time
	broken map[string]Result
	got    map[string][]Message
	events []event.Event
	tested []Tested
	id     uint64
	self   string
}

func newDesk(t *testing.T, lines ...string) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC), broken: map[string]Result{}, got: map[string][]Message{}, self: "n1"}
	d.core = New(d.config(lines...), nil, d.now)
	return d
}

func (d *desk) config(lines ...string) Config {
	cfg, problems := Parse(settings(lines...))
	if len(problems) > 0 {
		d.t.Fatal(problems)
	}
	cfg.Self, cfg.Cluster = d.self, "c"
	return cfg
}

// step gives an event and plays every delivery that follows.
func (d *desk) step(ev Event) {
	for queue := d.core.Step(d.now, ev); len(queue) > 0; queue = queue[1:] {
		switch e := queue[0].(type) {
		case Deliver:
			r, bad := d.broken[e.Channel.Name]
			if !bad {
				r = Result{OK: true}
				d.got[e.Channel.Name] = append(d.got[e.Channel.Name], e.Message)
			}
			queue = append(queue, d.core.Step(d.now, Delivered{e.Channel.Name, e.Message.ID, r})...)
		case Record:
			d.events = append(d.events, e.Event)
			queue = append(queue, d.core.Step(d.now, d.record(e.Event))...)
		case Tested:
			d.tested = append(d.tested, e)
		}
	}
}

func (d *desk) record(e event.Event) Happened {
	d.id++
	return Happened{event.Record{ID: d.id, At: d.now, Node: d.self, Event: e}}
}

func (d *desk) happens(kind *event.Kind, subject, cause string) {
	d.step(d.record(event.Event{Kind: kind, Subject: subject, Cause: cause, Text: kind.Title + " " + subject}))
}

// pass lets the time go on, with every deadline on the way.
func (d *desk) pass(span time.Duration) {
	end := d.now.Add(span)
	for n := 0; ; n++ {
		next := d.core.NextDeadline()
		if next.IsZero() || next.After(end) {
			break
		}
		if n > 100000 {
			d.t.Fatalf("the deadline %v does not move on", next)
		}
		if next.After(d.now) {
			d.now = next
		}
		d.step(Tick{})
	}
	d.now = end
}

// states is what a channel was told, in short.
func (d *desk) states(channel string) string {
	var out []string
	for _, m := range d.got[channel] {
		out = append(out, m.State+" "+m.Event+" "+m.Subject)
	}
	return strings.Join(out, "; ")
}

func (d *desk) want(channel, want string) {
	d.t.Helper()
	if got := d.states(channel); got != want {
		d.t.Errorf("%s was told\n%s\nand not\n%s", channel, got, want)
	}
}

const hook = "webhook h"

func TestAlarmIsToldOnceWithItsConsequencesAndItsAllClear(t *testing.T) {
	d := newDesk(t, "webhook http://h/")
	d.happens(event.LinkDead, "n2/eth0", "")
	d.happens(event.LinkDead, "n2/eth1", "")
	d.happens(event.NodeDead, "n2", "link.dead n2/eth1")
	d.happens(event.Unprotected, "n2", "node.dead n2")
	d.happens(event.GroupAcquire, "web", "node.dead n2")
	d.happens(event.AgentStart, "IPaddr", "group.acquire web")
	d.happens(event.GroupAcquired, "web", "group.acquire web")
	d.want(hook, "")
	d.pass(time.Minute)
	d.want(hook, "alarm node.dead n2")
	m := d.got[hook][0]
	for _, want := range []string{event.LinkDead.Title + " n2/eth0", event.LinkDead.Title + " n2/eth1", event.NodeDead.Title, event.Unprotected.Title, event.GroupAcquired.Title + " web"} {
		if strings.Count(m.Text, want) != 1 {
			t.Errorf("the alarm does not tell %q once:\n%s", want, m.Text)
		}
	}
	if m.Incident != "c:node.dead:n2" || m.Level != "warning" || m.Action == "" || m.Count != 1 {
		t.Errorf("alarm %+v", m)
	}
	d.happens(event.LinkUp, "n2/eth0", "")
	d.happens(event.NodeUp, "n2", "")
	d.pass(time.Hour)
	d.want(hook, "alarm node.dead n2; clear node.dead n2")
	if c := d.got[hook][1]; c.Incident != m.Incident || !c.Since.Equal(m.Since) || c.Action != "" {
		t.Errorf("all-clear %+v", c)
	}
}

func TestConsequencesThatComeBeforeTheirCauseAreStillPartOfIt(t *testing.T) {
	for _, lines := range [][]string{{"webhook http://h/"}, {"webhook http://h/", "only node.*"}} {
		d := newDesk(t, lines...)
		d.happens(event.Unprotected, "n2", "node.dead n2")
		d.happens(event.GroupAcquired, "web", "group.acquire web")
		d.happens(event.GroupAcquire, "web", "node.dead n2")
		d.now = d.now.Add(20 * time.Millisecond)
		d.happens(event.NodeDead, "n2", "")
		d.happens(event.LinkDead, "n2/eth0", "")
		d.pass(time.Minute)
		d.want(hook, "alarm node.dead n2")
		if text := d.got[hook][0].Text; !strings.Contains(text, event.GroupAcquired.Title+" web") || !strings.Contains(text, event.Unprotected.Title) {
			t.Errorf("the alarm says\n%s", text)
		}
	}
}

func TestServiceThatRunsLaterIsToldAsPartOfTheIncident(t *testing.T) {
	d := newDesk(t, "webhook http://h/")
	d.happens(event.NodeDead, "n2", "")
	d.happens(event.GroupAcquire, "web", "node.dead n2")
	d.pass(30 * time.Second)
	d.happens(event.AgentStart, "Filesystem", "group.acquire web")
	d.happens(event.GroupAcquired, "web", "group.acquire web")
	d.pass(time.Minute)
	d.want(hook, "alarm node.dead n2; update node.dead n2")
	if text := d.got[hook][1].Text; !strings.Contains(text, "web") || strings.Contains(text, "Filesystem") {
		t.Errorf("update says %q", text)
	}
}

func TestShortDisturbanceMakesNoAlarmUnlessItReturnsOrIsAnError(t *testing.T) {
	d := newDesk(t, "webhook http://h/")
	d.happens(event.LinkDead, "n2/eth0", "")
	d.pass(2 * time.Second)
	d.happens(event.LinkUp, "n2/eth0", "")
	d.pass(time.Minute)
	d.want(hook, "")
	if v := d.core.View(); v.Brief != 1 {
		t.Errorf("%d brief alarms counted", v.Brief)
	}
	d.happens(event.GroupFailed, "web", "")
	d.happens(event.GroupAcquired, "web", "")
	d.pass(time.Minute)
	d.want(hook, "clear group.failed web")
	d.happens(event.LinkDead, "n2/eth0", "")
	d.happens(event.LinkUp, "n2/eth0", "")
	d.pass(time.Hour)
	d.want(hook, "clear group.failed web; alarm link.dead n2/eth0; clear link.dead n2/eth0")
}

func TestFlappingIsOneAlarmThatEndsWhenItKeepsStill(t *testing.T) {
	d := newDesk(t, "webhook http://h/")
	for range 200 {
		d.happens(event.LinkDead, "n2/eth0", "")
		d.pass(7 * time.Second)
		d.happens(event.LinkUp, "n2/eth0", "")
		d.pass(8 * time.Second)
	}
	d.pass(2 * time.Hour)
	got := d.got[hook]
	if len(got) > 12 || len(got) < 2 || got[0].State != Alarm || got[len(got)-1].State != Clear {
		t.Errorf("fifty minutes of flapping made %d messages: %s", len(got), d.states(hook))
	}
}

func TestRepeatsAreCountedAndToldInLongerIntervals(t *testing.T) {
	d := newDesk(t, "webhook http://h/")
	for range 24 * 60 {
		d.happens(event.PacketDropped, "10.0.0.9", "")
		d.pass(time.Minute)
	}
	got := d.got[hook]
	if len(got) < 5 || len(got) > 25 || got[0].State != Notice || got[1].State != Update {
		t.Errorf("a repeat a minute for a day made %d messages", len(got))
	}
	if last := got[len(got)-1]; last.Count < 1300 || !strings.Contains(last.Text, "more since the last message") {
		t.Errorf("the last one says %+v", last)
	}
	d.pass(24 * time.Hour)
	if len(d.core.incidents) != 0 {
		t.Errorf("%d incidents are remembered after a quiet day", len(d.core.incidents))
	}
}

func TestFailingChannelKeepsItsOrderAndTellsTheOthersOnly(t *testing.T) {
	d := newDesk(t, "webhook http://h/", "exec /bin/page")
	d.broken[hook] = Result{Text: "no connection"}
	for i := range 5 {
		d.happens(event.NodeRestarted, fmt.Sprint("n", i+2), "")
		d.pass(time.Minute)
	}
	if v := d.core.View(); v.Channels[0].State != "failing" || v.Channels[0].Waiting != 5 || v.Channels[0].NextTry == nil {
		t.Errorf("state %+v", v.Channels[0])
	}
	delete(d.broken, hook)
	d.pass(time.Hour)
	d.want(hook, "notice node.restarted n2; notice node.restarted n3; notice node.restarted n4; notice node.restarted n5; notice node.restarted n6")
	d.want("exec page", "notice node.restarted n2; alarm alert.failing webhook h; notice node.restarted n3; notice node.restarted n4; notice node.restarted n5; "+
		"notice node.restarted n6; clear alert.failing webhook h")
	if len(d.events) != 2 || d.events[0].Kind != event.AlertFailing || d.events[1].Kind != event.AlertWorks {
		t.Errorf("recorded %v", d.events)
	}
}

func TestChannelsThatAllFailDoNotAlertEachOtherForEver(t *testing.T) {
	d := newDesk(t, "webhook http://h/", "exec /bin/page")
	d.broken[hook], d.broken["exec page"] = Result{Text: "no connection"}, Result{Text: "exit status 1", Permanent: true}
	d.happens(event.NodeDead, "n2", "")
	d.pass(72 * time.Hour)
	if len(d.events) > 20 {
		t.Errorf("%d events in three days of silence: %v", len(d.events), d.events)
	}
	delete(d.broken, hook)
	delete(d.broken, "exec page")
	d.pass(time.Hour)
	for name, got := range d.got {
		if len(got) == 0 || len(got) > 8 || got[0].State != Lost {
			t.Errorf("%s is told %s", name, d.states(name))
		}
	}
}

func TestOverflowIsCountedAndTold(t *testing.T) {
	d := newDesk(t, "webhook http://h/")
	d.broken[hook] = Result{Text: "no connection"}
	for i := range maxQueue + 50 {
		d.happens(event.NodeRestarted, fmt.Sprint("m", i), "")
	}
	d.pass(time.Minute)
	delete(d.broken, hook)
	d.pass(time.Hour)
	got := d.got[hook]
	if got[0].State != Lost || got[0].Dropped != 50 || !strings.Contains(got[0].Text, "m0") || !strings.Contains(got[0].Text, "queue was full") {
		t.Errorf("first told: %+v", got[0])
	}
	if len(got) != maxQueue+1 || got[1].Subject != "m50" || got[len(got)-1].Subject != fmt.Sprint("m", maxQueue+49) {
		t.Errorf("%d messages, from %s to %s", len(got), got[1].Subject, got[len(got)-1].Subject)
	}
}

func TestMessageThatNobodyWantsMakesRoomForTheNext(t *testing.T) {
	d := newDesk(t, "webhook http://h/")
	d.broken[hook] = Result{Text: "400 Bad Request", Permanent: true}
	d.happens(event.NodeRestarted, "n2", "")
	d.pass(10 * time.Minute)
	delete(d.broken, hook)
	d.happens(event.NodeRestarted, "n3", "")
	d.pass(time.Hour)
	d.want(hook, "lost alert.lost webhook h; notice node.restarted n3")
}

func TestTestGoesBeforeWhatWaitsAndIsNotTriedAgain(t *testing.T) {
	d := newDesk(t, "webhook http://h/", "mail root")
	d.broken[hook] = Result{Text: "no connection"}
	d.happens(event.NodeRestarted, "n2", "")
	d.pass(30 * time.Second)
	d.step(TestAsked{Token: 1})
	if len(d.tested) != 2 || d.tested[0].Result.OK || !d.tested[1].Result.OK {
		t.Fatalf("tests ended %+v", d.tested)
	}
	delete(d.broken, hook)
	d.step(TestAsked{Token: 2, Channel: "webhook"})
	if len(d.tested) != 3 || !d.tested[2].Result.OK || d.tested[2].Token != 2 {
		t.Fatalf("the second test ended %+v", d.tested)
	}
	d.want(hook, "test alert.test n1; notice node.restarted n2") // a channel that works is not kept waiting
}

func TestReloadKeepsTheQueueOfAChannelThatStays(t *testing.T) {
	d := newDesk(t, "webhook http://h/", "exec /bin/page")
	d.broken[hook], d.broken["exec page"] = Result{Text: "no"}, Result{Text: "no"}
	d.happens(event.NodeDead, "n2", "")
	d.pass(time.Minute)
	delete(d.broken, hook)
	d.step(Configured{d.config("webhook http://h/ timeout 5", "level error")})
	d.pass(time.Minute)
	d.want(hook, "alarm node.dead n2; alarm alert.failing exec page")
	if !slices.ContainsFunc(d.events, func(e event.Event) bool { return e.Kind == event.AlertLost && e.Subject == "exec page" }) {
		t.Errorf("nobody was told of the queue that went with its channel: %v", d.events)
	}
	d.happens(event.NodeUp, "n2", "")
	d.pass(time.Minute)
	if !strings.Contains(d.states(hook), "clear node.dead n2") {
		t.Errorf("no all-clear after the level rose: %s", d.states(hook))
	}
}

func TestStateOutlastsARestart(t *testing.T) {
	d := newDesk(t, "webhook http://h/")
	d.happens(event.NodeDead, "n2", "")
	d.pass(time.Minute)
	d.broken[hook] = Result{Text: "no"}
	d.happens(event.NodeRestarted, "n3", "")
	d.pass(time.Minute)
	s := d.core.State()
	delete(d.broken, hook)
	d.core = New(d.config("webhook http://h/"), &s, d.now)
	d.happens(event.NodeUp, "n2", "")
	d.pass(time.Hour)
	d.want(hook, "alarm node.dead n2; notice node.restarted n3; clear node.dead n2")
}

func TestFiltersChooseWhatAChannelIsTold(t *testing.T) {
	d := newDesk(t, "webhook http://h/ level error also group.acquired", "exec /bin/page only node.*,link.* except node.restarted", "mail root except *")
	for _, k := range []*event.Kind{event.NodeRestarted, event.NodeDead, event.GroupAcquired, event.WatchdogStarves, event.LinkDead} {
		d.happens(k, "x", "")
	}
	d.pass(time.Minute)
	d.want(hook, "notice group.acquired x; notice watchdog.starves x")
	d.want("exec page", "alarm node.dead x; alarm link.dead x")
	d.want("mail root", "")
}

func TestOneNodeTellsWhatAllSeeAndTheNextOneWhenItIsGone(t *testing.T) {
	n2, n3 := newDesk(t, "webhook http://h/"), newDesk(t, "webhook http://h/")
	n2.self, n3.self = "n2", "n3"
	n2.core, n3.core = New(n2.config("webhook http://h/"), nil, n2.now), New(n3.config("webhook http://h/"), nil, n3.now)
	for _, d := range []*desk{n2, n3} {
		d.step(Peers{[]string{"n1", "n2", "n3"}})
		d.happens(event.NodeDead, "n1", "")
		d.step(Peers{[]string{"n2", "n3"}})
		d.happens(event.GroupFailed, "web", "")
		d.happens(event.LinkDead, map[string]string{"n2": "n3", "n3": "n2"}[d.self]+"/eth0", "")
		d.pass(time.Minute)
	}
	n2.want(hook, "alarm node.dead n1; alarm group.failed web; alarm link.dead n3/eth0")
	n3.want(hook, "alarm group.failed web")
	n3.happens(event.NodeDead, "n2", "")
	n3.step(Peers{[]string{"n3"}})
	n3.pass(time.Minute)
	n3.want(hook, "alarm group.failed web; alarm node.dead n1; alarm link.dead n2/eth0; alarm node.dead n2")
	incident := func(d *desk, at int) string { return d.got[hook][at].Incident }
	if incident(n2, 0) != incident(n3, 1) || incident(n2, 2) != incident(n3, 2) || incident(n2, 1) == incident(n3, 0) {
		t.Errorf("incidents of n2: %s, %s, %s; of n3: %s, %s, %s", incident(n2, 0), incident(n2, 1), incident(n2, 2), incident(n3, 0), incident(n3, 1), incident(n3, 2))
	}
	n3.happens(event.NodeUp, "n1", "")
	n3.pass(time.Minute)
	if !strings.HasSuffix(n3.states(hook), "clear node.dead n1") {
		t.Errorf("n3 was told %s", n3.states(hook))
	}
}

func TestGroupThatRunsElsewhereEndsItsAlarm(t *testing.T) {
	d := newDesk(t, "webhook http://h/")
	d.happens(event.GroupFailed, "web", "")
	d.pass(time.Minute)
	if !d.core.WatchesGroups() {
		t.Error("nobody looks where the group runs")
	}
	d.step(Running{[]string{"mail"}})
	d.step(Running{[]string{"web"}})
	d.pass(time.Minute)
	d.want(hook, "alarm group.failed web; clear group.failed web")
	if d.core.WatchesGroups() {
		t.Error("somebody still looks where the group runs")
	}
}

func TestEveryAlarmHasAKindThatEndsIt(t *testing.T) {
	for k, by := range endedBy() {
		if k.Level < event.Warn {
			t.Errorf("%s is an alarm of level %v", k.Name, k.Level)
		}
		if slices.Contains(by, k) {
			t.Errorf("%s ends itself", k.Name)
		}
	}
}
