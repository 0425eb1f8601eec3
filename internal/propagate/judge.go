package propagate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"heartbeat/internal/conf"
	"heartbeat/internal/wire"
)

// Facts are what the receiver knows of itself and of the cluster. What is left empty is not judged.
type Facts struct {
	Self         string
	OwnAddress   func(netip.Addr) bool
	HasInterface func(name string) bool
	HasDevice    func(path string) bool
	Peers        []Peer // every other node that is alive
}

// A Peer is another live node, by its own word.
type Peer struct {
	Name  string
	C     bool           // it runs C Heartbeat, which understands only the key that it signs with
	Signs int            // key slot of its newest status; negative: unknown
	Keys  []wire.KeyMark // that it accepts; C nodes do not tell
}

// Judge finds what is wrong with files of another node on this one although they are well-formed: what would make this node deaf or
// mute at once (keys) or at its next start (media). What the node has in its running configuration already is not held against
// them.
func Judge(running, next conf.Config, f Facts) (out conf.Problems) {
	out = append(out, judgeMedia(running.HaCf, next.HaCf, f)...)
	return append(out, judgeKeys(running.AuthKeys, next.AuthKeys, f)...)
}

// judgeMedia finds heartbeat links that would lead nowhere from here. ucast rows usually differ between nodes, because each names the other; a
// file that is copied must name all of them, and a node ignores what it hears from itself.
func judgeMedia(running, next conf.HaCf, f Facts) (out conf.Problems) {
	bad := func(m conf.Medium, fix, format string, args ...any) {
		out = append(out, conf.Problem{File: next.File, Line: m.Line, Severity: conf.Error, Msg: fmt.Sprintf(format, args...), Fix: fix})
	}
	told := map[string]bool{}
	for _, m := range next.Media {
		known := slices.ContainsFunc(running.Media, func(o conf.Medium) bool { return o.Kind == m.Kind && o.Interface == m.Interface })
		switch {
		case strings.HasPrefix(m.Kind, "ping") || told[m.Kind+m.Interface]:
			continue
		case m.Kind == "serial":
			if !known && f.HasDevice != nil && !f.HasDevice(m.Interface) {
				bad(m, "keep ha.cf of this node apart and copy it by hand, or give the port the same name everywhere", "there is no serial port %s on %s", m.Interface, f.Self)
			}
		case !known && f.HasInterface != nil && !f.HasInterface(m.Interface):
			bad(m, "name interfaces alike on all nodes, or keep ha.cf of this node apart and copy it by hand", "there is no interface %s on %s", m.Interface, f.Self)
		case m.Kind != "ucast" && m.Kind != "ucast6" || f.OwnAddress == nil || leavesHere(next.Media, m.Interface, f.OwnAddress):
			continue
		default:
			bad(m, fmt.Sprintf("write one %s row for every node into ha.cf; a node does no harm to itself with the row that names it", m.Kind),
				"%s %s %s names %s itself, and no row of %s names another node: from its next start on it would send nothing there", m.Kind, m.Interface, m.Peer, f.Self, m.Interface)
		}
		told[m.Kind+m.Interface] = true
	}
	return out
}

// leavesHere says whether anything that is sent on an interface goes to another machine.
func leavesHere(media []conf.Medium, name string, own func(netip.Addr) bool) bool {
	return slices.ContainsFunc(media, func(m conf.Medium) bool {
		if m.Interface != name {
			return false
		}
		return m.Kind != "ucast" && m.Kind != "ucast6" || !own(m.Addr.WithZone(""))
	})
}

// judgeKeys finds nodes that this one would no longer understand, or that would no longer understand it.
func judgeKeys(running, next conf.AuthKeys, f Facts) (out conf.Problems) {
	const steps = "change a key in three steps, each with ha_propagate: add the new one, then sign with it (the auth line), then remove the old one"
	bad := func(fix, format string, args ...any) {
		out = append(out, conf.Problem{File: next.File, Severity: conf.Error, Msg: fmt.Sprintf(format, args...), Fix: fix})
	}
	signing, ok := next.Slot(next.Sign)
	if !ok {
		return nil // told when the file was read
	}
	for _, p := range f.Peers {
		if p.Signs < 0 {
			continue
		}
		if theirs, ok := keyID(running, p, p.Signs); !ok || !hasID(next, p.Signs, theirs) {
			bad(steps, "node %s signs with key %d, which these authkeys do not have: %s would not hear it any more", p.Name, p.Signs, f.Self)
		}
		switch {
		case p.C && signing.Slot != p.Signs:
			bad("keep the auth line while C nodes are there", "node %s is C Heartbeat and understands only key %d, with which it signs itself; these authkeys sign with key %d", p.Name, p.Signs, signing.Slot)
		case !p.C && !p.has(running, signing):
			bad(steps+"; on a node whose file has the key already: heartbeat reload", "node %s does not have key %d in force, with which %s would sign: it would not hear %s any more", p.Name, signing.Slot, f.Self, f.Self)
		}
	}
	return out
}

// keyID is the identifier of a key of a peer: by its own word, or, where it does not tell, of the key with which its packets verify here.
func keyID(running conf.AuthKeys, p Peer, slot int) (string, bool) {
	for _, k := range p.Keys {
		if k.Slot == slot {
			return k.ID, true
		}
	}
	if len(p.Keys) > 0 {
		return "", false
	}
	k, ok := running.Slot(slot)
	return idOf(k), ok
}

func hasID(keys conf.AuthKeys, slot int, id string) bool {
	k, ok := keys.Slot(slot)
	return ok && idOf(k) == id
}

// has says whether a peer accepts a key. One that does not tell accepts what it signs with.
func (p Peer) has(running conf.AuthKeys, k conf.Key) bool {
	if len(p.Keys) == 0 {
		return p.Signs == k.Slot && hasID(running, k.Slot, idOf(k))
	}
	return slices.ContainsFunc(p.Keys, func(m wire.KeyMark) bool { return m.Slot == k.Slot && m.ID == idOf(k) })
}

func idOf(k conf.Key) string {
	return wire.Key{Slot: k.Slot, Method: wire.Method(k.Method), Secret: k.Secret}.ID()
}
