package alert

import (
	"slices"
	"time"

	"heartbeat/internal/event"
)

const (
	// orphanFor is how long an event waits for its cause. Two loops of a node write to the timeline, so a consequence may
	// come some milliseconds before what it follows from.
	orphanFor = 2 * time.Second
	// maxOrphans bounds them.
	maxOrphans = 64
)

// orphan is an event whose cause has not come yet.
type orphan struct {
	record event.Record
	at     time.Time
}

// await keeps an event that names a cause which is not known.
func (c *Core) await(now time.Time, r event.Record) {
	c.orphans = slices.DeleteFunc(c.orphans, func(o orphan) bool { return now.Sub(o.at) > orphanFor })
	if _, known := c.causes[r.Cause]; r.Cause == "" || known {
		return
	}
	if len(c.orphans) == maxOrphans {
		c.orphans = slices.Delete(c.orphans, 0, 1)
	}
	c.orphans = append(c.orphans, orphan{r, now})
}

// adopt gives a new incident what followed from it and came before it.
func (c *Core) adopt(now time.Time, i *Incident) {
	for n := 0; n < len(c.orphans); n++ {
		o := c.orphans[n]
		if known, ok := c.causes[o.record.Cause]; !ok || known.incident != i.ID || now.Sub(o.at) > orphanFor {
			continue
		}
		own := c.find(o.record.Kind, o.record.Subject)
		if own == i || own != nil && (own.Phase != gathering || c.alarm(own.kind)) {
			continue
		}
		c.orphans = slices.Delete(c.orphans, n, n+1)
		n = -1 // its own consequences may stand before it
		if own == nil {
			i.tell(o.record.At, o.record.Node, o.record.Text)
			c.remember(now, o.record, i.ID)
			continue
		}
		i.Story = append(i.Story, own.Story...)
		for ref, known := range c.causes {
			if known.incident == own.ID {
				c.causes[ref] = cause{i.ID, known.at}
			}
		}
		delete(c.incidents, own.ID)
	}
}
