package membership

import (
	"slices"
	"strings"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// Announcement fields of a status message. C ignores and does not send them.
const (
	announcePrefix = "x-"
	fieldHears     = "x-hears" // live nodes that the sender hears, separated by blanks
)

// statusArrived judges a status: it may begin a life, end a partition, or be one
// more heartbeat (sections 8 and 12.4).
func (c *Core) statusArrived(a *arrival, life messaging.Life) {
	st, ok := parseStatus(a.message.Get("st"))
	if !ok {
		c.refuse(a.source, badField, "status update without valid st field from "+a.src)
		return
	}
	n := a.from
	if life == messaging.SameLife && n.status != Dead {
		if c.judgeMessage(a) {
			c.heartbeat(a, st)
		}
		return
	}
	if life == messaging.FirstLife && n.recorded(a) {
		c.replay(a, "status "+wire.FormatHex(a.seq)+" of node "+n.name+" is not newer than what was heard before our restart")
		return
	}
	if life == messaging.SameLife && a.seq <= n.rx.Last() {
		c.replay(a, "status "+wire.FormatHex(a.seq)+" of dead node "+n.name+" is not newer than its last one")
		return
	}
	why := c.whyNow(n, life, st)
	c.beginLife(a, life)
	if !c.judgeMessage(a) {
		return
	}
	c.alive(a, st, why)
}

// parseStatus is the status that a word means, in memory that lasts longer than a message.
func parseStatus(word string) (s Status, ok bool) {
	for _, s := range []Status{Init, Up, Active} {
		if word == string(s) {
			return s, true
		}
	}
	return "", false
}

// whyNow says what the first status of a life or after a death means.
func (c *Core) whyNow(n *node, life messaging.Life, st Status) Why {
	switch {
	case life == messaging.NewerLife && n.status != Dead:
		return Restarted
	case life == messaging.NewerLife:
		return Rejoined
	case life == messaging.SameLife:
		return Healed
	case n.status != Dead:
		return Heard
	case st == Active:
		// Declared dead without ever being heard, but it works: we were cut off from
		// it since our start, and it may hold what we took.
		return Healed
	}
	return Rejoined
}

// beginLife forgets what belonged to the former life or observation.
func (c *Core) beginLife(a *arrival, life messaging.Life) {
	n := a.from
	c.touch(n)
	c.flush(n)
	n.announced, n.statusAt, n.ackDue, n.acks = false, time.Time{}, 0, acking{inStatus: n.acks.inStatus}
	c.wholeLost(n, n.whole.Abandon("its sender began a new life or came back after a partition")...)
	if life == messaging.SameLife {
		return
	}
	n.rx.Begin(a.generation, c.jitter)
	c.rememberNow = true
	n.debt.Leave()
	c.debtsChanged()
	n.leaving, n.statusSeq, n.caps, n.fields = false, 0, "", nil
	n.parts, n.bundles, n.segments, n.acks.inStatus, n.seals, n.sealOnly = false, false, false, false, false, false
}

// flush delivers what was queued behind holes that nobody will fill any more.
func (c *Core) flush(n *node) {
	if lost := n.rx.Abandon(); lost > 0 && n.rx.Waiting() > 0 {
		c.lost(n, uint64(lost), "they can no longer be asked for")
	}
	c.release(n)
}

// alive adopts the first status of a life or of a new observation, and answers
// with an own status at once, so that the other side need not wait for ours.
func (c *Core) alive(a *arrival, st Status, why Why) {
	n := a.from
	from := n.status
	n.ever, n.status = true, st
	if _, n.speaks = a.message.Lookup("protocol"); n.speaks {
		n.debt.Enter(c.sender.Seq())
		c.debtsChanged()
	}
	c.adopt(a)
	c.emit(NodeChanged{Node: n.name, From: from, To: st, Why: why, Reason: reasonAlive(n, st, why), Message: a.message})
	c.recordAlive(n, st, why)
	c.announce(a, true)
	c.tell()
}

// reasonAlive is the clause of NodeChanged.
func reasonAlive(n *node, st Status, why Why) string {
	switch why {
	case Restarted:
		return "it came with generation " + wire.FormatHex(n.rx.Generation()) + " before its deadtime was over"
	case Rejoined:
		return "it came back with generation " + wire.FormatHex(n.rx.Generation())
	case Healed:
		return "it was believed dead, but it is the same life as before"
	case Heard, Silence, LeftQuiet:
	}
	return "its status is " + string(st)
}

func (c *Core) recordAlive(n *node, st Status, why Why) {
	switch why {
	case Healed:
		c.record(event.NodeReturned, n.name, "Cluster node "+n.name+" returning after partition.")
	case Restarted:
		c.record(event.NodeRestarted, n.name, "Heartbeat restart on node "+n.name+" (generation "+wire.FormatHex(n.rx.Generation())+").")
	case Heard, Rejoined, Silence, LeftQuiet:
		c.record(event.NodeUp, n.name, "Status update for node "+n.name+": status "+string(st)+"; it was heard for the first time in this life.")
	}
	c.recordActive(n, st)
}

func (c *Core) recordActive(n *node, st Status) {
	if st == Active {
		c.record(event.NodeActive, n.name, "Status update for node "+n.name+": status active.")
	}
}

// heartbeat takes one more status of a live node.
func (c *Core) heartbeat(a *arrival, st Status) {
	n := a.from
	if a.seq <= n.statusSeq {
		return // it filled a hole; a newer one is in force
	}
	c.checkLate(n)
	from := n.status
	n.status = st
	c.adopt(a)
	if st != from {
		c.emit(NodeChanged{Node: n.name, From: from, To: st, Why: Heard, Reason: "its status is " + string(st), Message: a.message})
		c.recordActive(n, st)
	} else {
		c.observe(a.message, Unchanged)
	}
	c.announce(a, false)
}

// checkLate reports a gap between two heartbeats that was longer than warntime.
func (c *Core) checkLate(n *node) {
	gap := c.now.Sub(n.statusAt)
	if n.statusAt.IsZero() || c.cfg.Warntime <= 0 || gap <= c.cfg.Warntime {
		return
	}
	c.count.late++
	text := "Late heartbeat: Node " + n.name + ": interval " + ms(gap)
	if gap > c.cfg.Deadtime {
		text += " (> deadtime)"
	}
	c.record(event.HeartbeatLate, n.name, text, event.Attr{Key: "interval_ms", Value: milliseconds(gap)})
}

// adopt takes over what a status says about its sender.
func (c *Core) adopt(a *arrival) {
	n := a.from
	n.statusSeq, n.statusAt, n.statusTS = a.seq, c.now, a.ts
	c.company = c.company || n != c.self
	n.source = a.source
	c.toldOutdated(a)
	c.compareTerms(a)
	if caps := a.message.Get("caps"); caps != n.caps {
		n.caps = caps
		list := strings.Split(caps, ",")
		n.parts, n.bundles, n.segments = slices.Contains(list, CapParts), slices.Contains(list, CapBundle), slices.Contains(list, CapSegments)
		n.acks.inStatus = slices.Contains(list, CapAcks)
		n.adoptSealing(list)
	}
	c.adoptKeys(n, a.message)
	c.adoptAcks(a)
	c.adoptHeard(a)
	if dt, ok := a.message.Hex("dt"); ok && dt > 0 {
		was := n.deadtime
		n.deadtime = c.clamp(time.Duration(min(dt, uint64(time.Hour/time.Millisecond))) * time.Millisecond)
		if n.deadtime < was {
			c.touch(n)
		}
	}
}

// surcharge is what C adds to its deadtime while it restarts itself (30 s) or
// starts children (2 s).
const surcharge = 32 * time.Second

// clamp keeps a peer from having itself declared dead at once or never: half up
// to four times our own deadtime, and the surcharges of C (section 22). Our own
// status carries one only while our process is renewed (RenewalBegun): our loop is steady from the first packet on,
// and a larger dt would only delay the detection of our death.
func (c *Core) clamp(dt time.Duration) time.Duration {
	return min(max(dt, c.cfg.Deadtime/2), 4*c.cfg.Deadtime+surcharge)
}

// announce hands up the announcement of a peer when it changed or must be said again.
func (c *Core) announce(a *arrival, again bool) {
	n := a.from
	if !again && n.announced && sameAnnouncement(n.fields, a.message.Fields) {
		return
	}
	n.fields = nil
	for _, f := range a.message.Fields {
		if strings.HasPrefix(f.Name, announcePrefix) {
			n.fields = append(n.fields, f)
		}
	}
	hears, says := a.message.Lookup(fieldHears)
	n.hearsUs = !says || slices.Contains(strings.Fields(hears), c.cfg.Self)
	n.announced = true
	c.emit(PeerAnnounced{Node: n.name, Fields: slices.Clone(n.fields), Caps: n.caps, Heard: n.hearsUs})
}

// sameAnnouncement compares what is known with the x- fields among all fields of
// a message, without making a list of them.
func sameAnnouncement(known, all []wire.Field) bool {
	i := 0
	for _, f := range all {
		if !strings.HasPrefix(f.Name, announcePrefix) {
			continue
		}
		if i == len(known) || known[i].Name != f.Name || known[i].Value != f.Value {
			return false
		}
		i++
	}
	return i == len(known)
}
