package node

import (
	"fmt"
	"slices"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/membership"
	"heartbeat/internal/wire"
)

// The other nodes tell in their statuses which keys they have and which one they sign with. A reload of authkeys that would make this node
// mute or deaf for a live one is refused (resources spec, S22): each side would take the other one for dead.

// keyPatience is how long a reload waits for what the other nodes have just been given and are about to announce.
const keyPatience = 3

// keyTrouble says why keys must not come into force now, after it has waited for the announcements of the others.
func (n *Node) keyTrouble(old, now conf.AuthKeys) conf.Problems {
	if sameKeys(old, now) {
		return nil
	}
	keepalive := n.Config().HaCf.Keepalive
	look := time.NewTicker(max(keepalive/2, 20*time.Millisecond))
	defer look.Stop()
	give := time.NewTimer(keyPatience * keepalive)
	defer give.Stop()
	for {
		v, ok := n.cluster()
		problems := judgeKeys(old, now, v, n.self)
		if !ok || len(problems) == 0 {
			return nil
		}
		select {
		case <-look.C:
		case <-give.C:
			return problems
		case <-n.ended:
			return nil
		}
	}
}

// judgeKeys finds the live nodes that would not understand this one with the new keys, or would not be understood.
func judgeKeys(old, now conf.AuthKeys, v membership.View, self string) (out conf.Problems) {
	say := func(fix, format string, args ...any) {
		out = append(out, conf.Problem{File: now.File, Severity: conf.Error, Msg: fmt.Sprintf(format, args...), Fix: fix})
	}
	sign, _ := now.Slot(now.Sign)
	was, _ := old.Slot(old.Sign)
	for _, p := range v.Nodes {
		live := p.Status == membership.Up || p.Status == membership.Active || p.Status == membership.Init
		if p.Ping || p.Name == self || !live || p.Heard.IsZero() {
			continue
		}
		kind := kindOf(p, self)
		if !sameKey(sign, was) {
			switch {
			case kind == "c" && p.Signs != now.Sign:
				say(sameMoment, "signing with key %d is refused: node %s is C Heartbeat, which verifies with the key that it signs with itself (%d) and would take this node for dead", now.Sign, p.Name, p.Signs)
			case kind == "go" && !hasMark(p.Keys, sign):
				say(fmt.Sprintf("in this order: 1. heartbeat keys show %d | ssh %s heartbeat keys add --from -   2. here and there: heartbeat keys switch %d   3. here and there: heartbeat keys remove %d", now.Sign, p.Name, now.Sign, old.Sign),
					"signing with key %d is refused: node %s is alive, does not have this key, and would take this node for dead", now.Sign, p.Name)
			}
		}
		signs, known := old.Slot(p.Signs)
		if kept, ok := now.Slot(p.Signs); known && (!ok || !sameKey(kept, signs)) {
			fix := fmt.Sprintf("keep it until %s signs with another one: heartbeat keys switch SLOT there; then remove it", p.Name)
			if kind == "c" {
				fix = sameMoment
			}
			say(fix, "removing or changing key %d is refused: node %s is alive, still signs with it, and would be dead for this node", p.Signs, p.Name)
		}
	}
	return out
}

// sameKey compares keys wherever they stand in the file.
func sameKey(a, b conf.Key) bool {
	a.Line, b.Line = 0, 0
	return a == b
}

const sameMoment = "change authkeys on all nodes, then say heartbeat reload --any-keys on all of them at the same moment"

func hasMark(marks []wire.KeyMark, k conf.Key) bool {
	id := wire.Key{Slot: k.Slot, Method: wire.Method(k.Method), Secret: k.Secret}.ID()
	return slices.ContainsFunc(marks, func(m wire.KeyMark) bool { return m.Slot == k.Slot && m.ID == id })
}
