package alert

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/event"
)

const (
	// maxQueue is how many messages may wait in a channel.
	maxQueue = 256
	// maxNamed is how many lost messages are named; the rest is counted.
	maxNamed = 20
	// firstPause and longestPause bound the pause after a failed delivery; it doubles in between.
	firstPause   = 5 * time.Second
	longestPause = 10 * time.Minute
	// permanentTries is how often a message is tried that the other end does not want.
	permanentTries = 3
	// maxAge is when a message is given up.
	maxAge = 24 * time.Hour
	// failingAfter is how many failures in a row make a channel a failing one.
	failingAfter = 2
)

// channel is the state of one Channel.
type channel struct {
	Channel
	queue []Message
	busy  bool   // queue[0], or the first test, is being delivered
	out   string // ID of what is being delivered
	tests []test
	tries int // of queue[0] that failed for good

	failures int // in a row
	failing  bool
	retryAt  time.Time
	missed   int      // lost messages that were not told yet
	names    []string // the first of them

	delivered, failed, lost uint64
	lastOK, lastTry         time.Time
	last                    Result
}

type test struct {
	token   uint64
	running bool
	message Message
}

// miss notes that a message will not be delivered.
func (ch *channel) miss(what string) { ch.missMany(1, what) }

func (ch *channel) missMany(n int, what string) {
	ch.missed += n
	ch.lost += uint64(n)
	if len(ch.names) < maxNamed {
		ch.names = append(ch.names, what)
	}
}

// enqueue adds a message. When there is no room the oldest waiting one goes; the newest ones say how things are.
func (c *Core) enqueue(now time.Time, ch *channel, m Message) {
	ch.queue = append(ch.queue, m)
	if len(ch.queue) <= maxQueue {
		return
	}
	victim := 0
	if ch.busy && !ch.testing() {
		victim = 1
	}
	if ch.queue[victim].State == Lost {
		victim++
	}
	c.drop(now, ch, victim, "the queue was full")
}

// drop loses a message, and says so.
func (c *Core) drop(now time.Time, ch *channel, at int, why string) {
	m := ch.queue[at]
	ch.queue = slices.Delete(ch.queue, at, at+1)
	if m.State == Lost { // the losses that it should have told of are still to be told
		ch.missed += m.Dropped
		ch.names = append(ch.names, "an earlier list of lost messages")
		ch.names = ch.names[max(0, len(ch.names)-maxNamed):]
		return
	}
	if ch.missed == 0 {
		c.effects = append(c.effects, Record{event.Event{Kind: event.AlertLost, Subject: ch.Name,
			Text: fmt.Sprintf("Alerts for %s are lost: %s. The first: %s", ch.Name, why, m.Headline())}})
	}
	ch.miss(fmt.Sprintf("%s %s (%s)", m.At.Format("15:04:05"), m.Headline(), why))
}

func (ch *channel) testing() bool { return len(ch.tests) > 0 && ch.tests[0].running }

// pump begins the next delivery of every channel that may have one.
func (c *Core) pump(now time.Time) {
	for _, ch := range c.channels {
		if ch.busy {
			continue
		}
		if len(ch.tests) > 0 {
			ch.busy, ch.tests[0].running, ch.out = true, true, ch.tests[0].message.ID
			c.effects = append(c.effects, Deliver{ch.Channel, ch.tests[0].message})
			continue
		}
		for len(ch.queue) > 0 && ch.queue[0].State != Lost && now.Sub(ch.queue[0].At) > maxAge {
			c.drop(now, ch, 0, "it could not be delivered for a day")
			ch.tries = 0
		}
		c.tellLost(now, ch)
		if len(ch.queue) == 0 || now.Before(ch.retryAt) {
			continue
		}
		ch.busy, ch.out = true, ch.queue[0].ID
		c.effects = append(c.effects, Deliver{ch.Channel, ch.queue[0]})
	}
}

// tellLost puts the news of lost messages where they would have stood: before all that wait.
func (c *Core) tellLost(now time.Time, ch *channel) {
	if ch.missed == 0 || now.Before(ch.retryAt) {
		return
	}
	n, names := ch.missed, ch.names
	if len(ch.queue) > 0 && ch.queue[0].State == Lost {
		n += ch.queue[0].Dropped
		names = append([]string{"before: " + ch.queue[0].Text}, names...)
		ch.queue = ch.queue[1:]
	}
	c.number++
	text := fmt.Sprintf("%d messages to %s were lost:\n%s", n, ch.Name, strings.Join(names, "\n"))
	if n > len(names) {
		text += "\n… and more; heartbeat events and heartbeat alerts show what is and was"
	}
	m := Message{Schema: Schema, ID: fmt.Sprintf("%s-%d-%d", c.cfg.Self, c.born, c.number), Incident: c.identity(event.AlertLost, ch.Name), State: Lost,
		Level: event.AlertLost.Level.String(), Cluster: c.cfg.Cluster, Node: c.cfg.Self, Event: event.AlertLost.Name, Subject: ch.Name,
		At: now, Since: now, Count: 1, Title: event.AlertLost.Title, Text: text, Meaning: event.AlertLost.Meaning, Action: event.AlertLost.Action, Dropped: n}
	ch.queue = append([]Message{m}, ch.queue...)
	ch.missed, ch.names, ch.tries = 0, nil, 0
}

// delivered takes the result of a delivery.
func (c *Core) delivered(now time.Time, d Delivered) {
	at := slices.IndexFunc(c.channels, func(ch *channel) bool { return ch.Name == d.Channel })
	if at < 0 || !c.channels[at].busy || c.channels[at].out != d.ID {
		return // a reload took the channel away
	}
	ch := c.channels[at]
	ch.busy, ch.last, ch.lastTry = false, d.Result, now
	if d.Result.OK {
		ch.lastOK, ch.failures, ch.tries, ch.retryAt = now, 0, 0, time.Time{}
	} else {
		ch.failed++
	}
	switch {
	case ch.testing():
		c.effects = append(c.effects, Tested{ch.tests[0].token, ch.Name, d.Result})
		ch.tests = ch.tests[1:]
	case d.Result.OK:
		ch.delivered++
		ch.queue = ch.queue[1:]
	default:
		c.refused(now, ch, d.Result)
	}
	if d.Result.OK && ch.failing {
		ch.failing = false
		c.effects = append(c.effects, Record{event.Event{Kind: event.AlertWorks, Subject: ch.Name, Cause: event.AlertFailing.Name + " " + ch.Name,
			Text: fmt.Sprintf("Alerts reach %s again; %d wait.", ch.Name, len(ch.queue))}})
	}
}

// refused plans the next attempt.
func (c *Core) refused(now time.Time, ch *channel, r Result) {
	ch.failures++
	pause := longestPause
	if ch.failures < 8 {
		pause = min(firstPause<<(ch.failures-1), longestPause)
	}
	ch.retryAt = now.Add(pause)
	if ch.failures >= failingAfter && !ch.failing {
		ch.failing = true
		c.effects = append(c.effects, Record{event.Event{Kind: event.AlertFailing, Subject: ch.Name,
			Text: fmt.Sprintf("Alerts do not reach %s: %s", ch.Name, r.Text)}})
	}
	if !r.Permanent {
		return
	}
	if ch.tries++; ch.tries >= permanentTries && ch.queue[0].State != Lost {
		c.drop(now, ch, 0, "it was not accepted: "+r.Text)
		ch.tries = 0
	}
}

// test puts a test message before everything that waits.
func (c *Core) test(now time.Time, t TestAsked) {
	names := []string{}
	for _, ch := range c.channels {
		if t.Channel != "" && t.Channel != ch.Name && t.Channel != ch.Kind {
			continue
		}
		c.number++
		ch.tests = append(ch.tests, test{token: t.Token, message: Message{Schema: Schema, ID: fmt.Sprintf("%s-%d-%d", c.cfg.Self, c.born, c.number),
			Incident: c.cfg.Cluster + ":test:" + c.cfg.Self, State: Test, Level: event.Info.String(), Cluster: c.cfg.Cluster, Node: c.cfg.Self, Event: "alert.test",
			Subject: c.cfg.Self, At: now, Since: now, Count: 1, Title: "A test of the alerts",
			Text: "An administrator on " + c.cfg.Self + " asked for this message. Nothing is wrong."}})
		names = append(names, ch.Name)
	}
	c.effects = append(c.effects, TestBegun{t.Token, names})
}

// configure replaces the channels; those that stay keep their queues.
func (c *Core) configure(cfg Config) {
	old := c.channels
	c.cfg, c.channels = cfg.withDefaults(), nil
	for _, want := range cfg.Channels {
		ch := &channel{Channel: want}
		if i := slices.IndexFunc(old, func(o *channel) bool { return o.Channel.same(want) }); i >= 0 {
			ch = old[i]
			if !reflect.DeepEqual(ch.Channel, want) {
				ch.retryAt, ch.failures = time.Time{}, 0 // the change may be the mend
			}
			ch.Channel = want
			old = slices.Delete(slices.Clone(old), i, i+1)
		}
		c.channels = append(c.channels, ch)
	}
	for _, gone := range old {
		for _, t := range gone.tests {
			c.effects = append(c.effects, Tested{t.token, gone.Name, Result{Text: "the channel was removed from the configuration"}})
		}
		if n := len(gone.queue) + gone.missed; n > 0 {
			c.effects = append(c.effects, Record{event.Event{Kind: event.AlertLost, Subject: gone.Name,
				Text: fmt.Sprintf("%d messages for %s are lost: the channel was removed from the configuration.", n, gone.Name)}})
		}
	}
}
