package alert

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/event"
)

// again is a repeat of a known incident.
func (c *Core) again(now time.Time, i *Incident, r event.Record) {
	i.Count++
	switch i.Phase {
	case gathering:
		i.Over = false
		i.tell(r.At, r.Node, r.Text)
	case open, noticed:
		i.repeated(r)
		if i.Until.IsZero() {
			i.Until = now.Add(i.Fold)
		}
	case settling:
		i.Phase, i.Settle = open, min(2*i.Settle, max(c.cfg.Fold, c.cfg.Settle))
		i.repeated(r)
		i.Until = now.Add(i.Fold)
	case closed:
		i.Phase, i.Count, i.Since, i.Untold, i.Over, i.Story = gathering, 1, r.At, 0, false, nil
		i.Back, i.Settle = true, min(2*i.Settle, max(c.cfg.Fold, c.cfg.Settle))
		i.Until, i.Told, i.Teller = now.Add(c.cfg.Gather), nil, ""
		i.tell(r.At, r.Node, r.Text)
		c.place(i)
	}
}

// repeated counts; of many repeats only the last one is told in words.
func (i *Incident) repeated(r event.Record) {
	i.Untold++
	i.Newest = storyLine(r.At, r.Node, r.Text)
}

// end notes the all-clear of every alarm that an event ends.
func (c *Core) end(now time.Time, r event.Record) (ended bool) {
	for _, e := range endings(r.Kind) {
		if !e.any {
			if i := c.find(e.of, r.Subject); i != nil {
				ended = c.over(now, i, r.At, r.Node+": "+r.Text) || ended
			}
			continue
		}
		for _, i := range c.sorted() {
			if i.kind == e.of {
				ended = c.over(now, i, r.At, r.Node+": "+r.Text) || ended
			}
		}
	}
	return ended
}

func (c *Core) over(now time.Time, i *Incident, at time.Time, text string) bool {
	node, text, _ := strings.Cut(text, ": ")
	switch i.Phase {
	case gathering:
		i.Over = true
		i.tell(at, node, text)
	case open:
		i.Phase, i.Until = settling, now.Add(i.Settle)
		i.tell(at, node, text)
	default:
		return false
	}
	return true
}

// runs ends the alarms about groups that some node runs now: their all-clear may have been recorded on another node only.
func (c *Core) runs(now time.Time, groups []string) {
	for _, i := range c.sorted() {
		switch i.kind {
		case event.GroupFailed, event.GroupStuck, event.GroupConflict:
			if slices.Contains(groups, i.Subject) && !i.Over {
				c.over(now, i, now, c.cfg.Self+": "+i.Subject+" runs.")
			}
		}
	}
}

// WatchesGroups says that a Running is of use.
func (c *Core) WatchesGroups() bool {
	for _, i := range c.incidents {
		switch i.kind {
		case event.GroupFailed, event.GroupStuck, event.GroupConflict:
			if i.Phase == open || i.Phase == gathering && !i.Over {
				return true
			}
		}
	}
	return false
}

// due does what the time demands.
func (c *Core) due(now time.Time) {
	for _, i := range c.sorted() {
		if i.Until.IsZero() || now.Before(i.Until) {
			continue
		}
		switch i.Phase {
		case gathering:
			c.firstWord(now, i)
		case open:
			c.send(now, i, Update)
			i.Until = time.Time{}
			i.Fold = min(2*i.Fold, 8*c.cfg.Fold)
		case settling:
			c.send(now, i, Clear)
			c.close(now, i)
		case noticed:
			if i.Untold == 0 && len(i.Story) == 0 {
				delete(c.incidents, i.ID)
				continue
			}
			c.send(now, i, Update)
			i.Fold = min(2*i.Fold, 8*c.cfg.Fold)
			i.Until = now.Add(i.Fold)
		case closed:
			delete(c.incidents, i.ID)
		}
	}
}

// firstWord tells an incident when its consequences are gathered.
func (c *Core) firstWord(now time.Time, i *Incident) {
	i.Teller = c.teller(i)
	switch {
	case i.Over && i.Back: // it flaps: from now on it is one alarm that ends when it keeps still
		c.send(now, i, Alarm)
		i.Phase, i.Over, i.Until = settling, false, now.Add(i.Settle)
	case i.Over && i.kind.Level < event.Error:
		c.brief++
		c.close(now, i)
	case i.Over: // worth a word although it is over
		c.send(now, i, Clear)
		c.close(now, i)
	case c.alarm(i.kind):
		c.send(now, i, Alarm)
		i.Phase, i.Until = open, time.Time{}
	default:
		c.send(now, i, Notice)
		i.Phase, i.Until = noticed, now.Add(i.Fold)
	}
}

func (c *Core) close(now time.Time, i *Incident) {
	i.Phase, i.Over, i.Story, i.Untold, i.Newest, i.Until = closed, false, nil, 0, "", now.Add(max(c.cfg.Fold, 2*i.Settle))
}

// teller is the node that tells an incident: of those that see it, the first by name. What only this node sees it tells itself.
func (c *Core) teller(i *Incident) string {
	first := c.cfg.Self
	if !seenByAll(i.kind) {
		return first
	}
	for _, n := range c.live {
		if n < first && n != i.Subject && c.sees(n, i) {
			first = n
		}
	}
	return first
}

// sees says that another node records the incident, too: of a link only the nodes at its ends do.
func (c *Core) sees(node string, i *Incident) bool {
	if i.kind == event.LinkDead {
		end, _ := linkOf(i.Subject)
		return node == end
	}
	return true
}

// peers notes who is there. What a node had to tell that is gone, the next one tells.
func (c *Core) peers(now time.Time, nodes []string) {
	c.live = slices.Clone(nodes)
	for _, i := range c.sorted() {
		if i.Teller == "" || i.Teller == c.cfg.Self || slices.Contains(nodes, i.Teller) || i.Phase != open && i.Phase != settling && i.Phase != noticed {
			continue
		}
		was := i.Teller
		if i.Teller = c.teller(i); i.Teller != c.cfg.Self {
			continue
		}
		i.tell(now, c.cfg.Self, fmt.Sprintf("%s, which had to tell this, is gone; it may have done so.", was))
		state := Alarm
		if !c.alarm(i.kind) {
			state = Notice
		}
		c.send(now, i, state)
	}
}

// send queues a message about an incident wherever it belongs.
func (c *Core) send(now time.Time, i *Incident, state string) {
	if i.Teller != c.cfg.Self {
		if state == Update || state == Clear {
			i.Story, i.Untold, i.Newest = nil, 0, ""
		}
		return
	}
	if i.Untold > 0 {
		i.Story = append(i.Story, fmt.Sprintf("%d more since the last message; the newest: %s", i.Untold, i.Newest))
	}
	c.number++
	m := Message{Schema: Schema, ID: fmt.Sprintf("%s-%d-%d", c.cfg.Self, c.born, c.number), Incident: i.ID, State: state, Level: i.kind.Level.String(),
		Cluster: c.cfg.Cluster, Node: c.cfg.Self, Event: i.Event, Subject: i.Subject, At: now, Since: i.Since, Count: i.Count,
		Title: i.kind.Title, Text: strings.Join(i.Story, "\n"), Meaning: i.kind.Meaning, Action: i.kind.Action}
	if state == Clear {
		m.Action = ""
	}
	first := state == Alarm || state == Notice || state == Clear && i.Phase == gathering
	for _, ch := range c.channels {
		if i.kind == event.AlertFailing && i.Subject == ch.Name || i.kind == event.AlertLost && i.Subject == ch.Name {
			continue // a channel is not told about itself
		}
		if first && !ch.Filter.wants(i.kind) || !first && !slices.Contains(i.Told, ch.Name) {
			continue
		}
		if first && !slices.Contains(i.Told, ch.Name) {
			i.Told = append(i.Told, ch.Name)
		}
		c.enqueue(now, ch, m)
	}
	i.Story, i.Untold, i.Newest = nil, 0, ""
}
