package membership

import "heartbeat/internal/wire"

// A status says everything anew, so one that was lost need not come again when a later one is there. Receivers cannot know what they
// missed; so every status tells the number of the newest message before it that was something else. Without that, each heartbeat of a
// large cluster that one of hundreds of receivers missed would be asked for and sent to all once more.

// fieldSolid is that number, in hex. C ignores it, and asks for everything.
const fieldSolid = "solid"

func (c *Core) addSolid(m *wire.Message, scratch *wire.Scratch) {
	m.Set(fieldSolid, wire.String, scratch.Hex(c.sender.Solid()))
}

// supersede forgets what is missing of a sender and was nothing but statuses before this one.
func (c *Core) supersede(a *arrival) {
	n := a.from
	if n.rx.Holes() == 0 {
		return
	}
	after, ok := a.message.Hex(fieldSolid)
	if !ok {
		return
	}
	c.owesAck(a, n.rx.Supersede(after, a.seq))
	c.release(n)
}
