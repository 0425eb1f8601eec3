package members

import (
	"time"

	"heartbeat/internal/ccm"
	"heartbeat/internal/wire"
)

// A way is one direction between two machines.
type way struct {
	cut     bool
	heard   bool // heartbeats pass at the moment
	epoch   int  // of heard
	life    int  // of the sender, as the receiver knows it
	lastAt  time.Time
	waiting []func() // messages that a cut holds back until the receiver gives the sender up
}

func (w *world) way(from, to *machine) *way { return &w.ways[from.index*len(w.machines)+to.index] }

// audible says whether heartbeats of one machine reach another.
func (w *world) audible(from, to *machine) bool {
	return from.up && !from.paused && !w.way(from, to).cut
}

// sound is called when it may have changed whether to hears from. Silence leads to a death a deadtime after the last
// heartbeat, sound to life at the next one.
func (w *world) sound(from, to *machine) {
	k := w.way(from, to)
	heard := w.audible(from, to)
	if heard == k.heard {
		return
	}
	k.heard = heard
	k.epoch++
	if !heard {
		w.dies(from, to, k.epoch, w.clock.Now.Add(-w.between(0, w.plan.Keepalive)))
		return
	}
	w.lives(from, to, k.epoch)
}

func (w *world) dies(from, to *machine, epoch int, last time.Time) {
	k := w.way(from, to)
	w.clock.At(last.Add(w.plan.Deadtime), func() {
		if k.epoch != epoch {
			return
		}
		if to.paused { // silence during its own pause does not count
			w.dies(from, to, epoch, w.clock.Now)
			return
		}
		k.waiting = nil
		to.do(func() { to.sees(from, false) })
	})
}

func (w *world) lives(from, to *machine, epoch int) {
	k := w.way(from, to)
	w.clock.After(w.between(0, w.plan.Keepalive)+w.between(w.plan.DelayMin, w.plan.DelayMax), func() {
		if k.epoch != epoch {
			return
		}
		life, known := from.life, k.life
		k.life = life
		to.do(func() {
			if to.alive[from.index] && known != life && known != 0 {
				to.w.trace("%s sees that %s restarted", to.name, from.name)
				to.step(ccm.NodeRestarted{Node: from.name})
			}
			to.sees(from, true)
		})
		waiting := k.waiting
		k.waiting = nil
		for _, f := range waiting {
			f()
		}
	})
}

// send carries a message of one machine to its receivers.
func (w *world) send(from *machine, m *wire.Message) {
	if from.up {
		w.result.Messages++
	}
	dest := m.Get("dest")
	if w.tracing {
		w.trace("%s sends %s %s major=%s minor=%s node=%s cookie=%s %s", from.name, m.Kind(), dest, m.Get("ccmmajor"), m.Get("ccmminor"), m.Get("node"), m.Get("ccmcookie"), m.Get("st"))
	}
	for _, to := range w.machines {
		if to == from || dest != "" && dest != to.name {
			continue
		}
		msg := w.tamper(from, to, m)
		if msg == nil || w.rng.Float64() < w.plan.Lost {
			continue
		}
		w.carry(from, to, msg)
	}
}

func (w *world) carry(from, to *machine, m *wire.Message) {
	k := w.way(from, to)
	fromLife, toLife := from.life, to.life
	d := w.between(w.plan.DelayMin, w.plan.DelayMax)
	if w.plan.Resend > 0 && w.rng.Float64() < w.plan.Resend {
		d += w.between(10*time.Millisecond, 500*time.Millisecond)
	}
	at := w.clock.Now.Add(d)
	if at.Before(k.lastAt) {
		at = k.lastAt // in the order of sending
	}
	k.lastAt = at
	early := w.rng.IntN(2) == 0 // whether what comes before the first heartbeat is asked for again
	var arrive func()
	arrive = func() {
		switch {
		case to.life != toLife:
		case k.cut && to.alive[from.index], !to.alive[from.index] && k.heard && early:
			// Asked for again when the way is mended; dropped when the receiver gives the sender up.
			if len(k.waiting) < 500 {
				k.waiting = append(k.waiting, arrive)
			}
		default:
			to.do(func() {
				if from.life == fromLife || from.up { // a dead sender's last words arrive, too
					to.receive(from, m)
				}
			})
		}
	}
	w.clock.At(at, arrive)
}

// setCut cuts or mends one direction.
func (w *world) setCut(from, to *machine, cut bool) {
	w.way(from, to).cut = cut
	w.sound(from, to)
}

// tamper is what sabotage does to messages; nil: the message is gone.
func (w *world) tamper(from, to *machine, m *wire.Message) *wire.Message {
	kind := m.Kind()
	switch {
	case w.plan.sabotage == garblesList && to.index == 1 && (kind == "CCM_TYPE_MEM_LIST" || kind == "CCM_TYPE_FINAL_MEMLIST"):
		m = m.Clone()
		list := []byte(m.Get("ccmmemlist"))
		list[0] ^= 1 // 'A' to '@' would be no base64: stay within the alphabet
		if list[0] == '@' {
			list[0] = 'B'
		}
		m.Set("ccmmemlist", wire.String, string(list))
	case w.plan.sabotage == alwaysYes && m.Get("ccmquorum") != "":
		m = m.Clone()
		m.Set("ccmquorum", wire.String, "1")
	case w.plan.sabotage == swallows && (kind == "CCM_TYPE_MEM_LIST" || kind == "CCM_TYPE_FINAL_MEMLIST"):
		return nil
	}
	return m
}
