package propagate

import (
	"fmt"
	"slices"
	"strings"
)

// A Standing is what a node says of its files when it is asked to compare them.
type Standing struct {
	Sync    bool     `json:"sync"`              // config_sync on
	Loose   bool     `json:"loose,omitempty"`   // files were changed, and nobody has put them into force
	Digest  string   `json:"digest"`            // of the files as they are now
	Lineage *Lineage `json:"lineage,omitempty"` // with Sync
}

// check refuses what no honest node says.
func (s Standing) check() error {
	if !isID(s.Digest) {
		return fmt.Errorf("%.40q is no digest of files", s.Digest)
	}
	if s.Lineage != nil {
		return s.Lineage.Check()
	}
	return nil
}

// A PeerStanding is the Standing of another node that is alive.
type PeerStanding struct {
	Node string
	Standing
}

// A Decision is what config_sync has to do on a node now.
type Decision struct {
	Push    map[string]string // nodes that are late, with the version that each has: they get the files of this node
	Lineage Lineage           // that this node has from now on
	Odd     []Odd             // what only people can settle
}

// An Odd is a difference that is not removed by itself. Nobody is woken for a quiet one: somebody is at work on the files.
type Odd struct {
	Text, Mend string
	Quiet      bool
}

// Decide says what follows from what the live nodes say. A node gets files only if it has what this one had before, so nothing is ever
// overwritten that this node has not seen; and of several nodes that could give them the one with the lowest name does.
func Decide(self string, mine Standing, peers []PeerStanding) Decision {
	d := Decision{Push: map[string]string{}}
	if !mine.Sync || mine.Lineage == nil {
		return d
	}
	d.Lineage = *mine.Lineage
	if mine.Loose {
		d.quiet("say heartbeat reload on "+self+" to put them into force everywhere, or take the change back",
			"files of %s were changed and are not in force: they are not sent", self)
	}
	giver := self
	var late []PeerStanding
	for _, p := range peers {
		switch {
		case p.Digest == mine.Digest && !p.Sync:
		case !p.Sync:
			d.odd("set #!hb config_sync on in ha.cf there, or run heartbeat config push", "files of %s differ, and config_sync is off there", p.Node)
		case p.Lineage == nil, p.Loose:
			if p.Digest != mine.Digest {
				d.quiet("say heartbeat reload on "+p.Node+", or take the change back there", "files of %s were changed and are not in force there", p.Node)
			}
		default:
			switch mine.Lineage.Relation(*p.Lineage) {
			case Agree:
				d.Lineage = d.Lineage.Merge(*p.Lineage)
				if p.Lineage.Head() == mine.Lineage.Head() && !mine.Loose {
					giver = min(giver, p.Node)
				}
			case Ahead:
				late = append(late, p)
			case Apart:
				d.odd("heartbeat config diff shows how; run heartbeat config push on the node whose files are right",
					"files of %s and %s differ, and neither has had the other's: nothing is copied", self, p.Node)
			case Behind: // it gives its own
			}
		}
	}
	if mine.Loose || giver != self {
		return d
	}
	for _, p := range late {
		d.Push[p.Node] = p.Lineage.Head()
	}
	return d
}

func (d *Decision) odd(mend, format string, args ...any) {
	d.Odd = append(d.Odd, Odd{Text: fmt.Sprintf(format, args...), Mend: mend})
}

func (d *Decision) quiet(mend, format string, args ...any) {
	d.Odd = append(d.Odd, Odd{Text: fmt.Sprintf(format, args...), Mend: mend, Quiet: true})
}

// Late are the nodes that get files, sorted.
func (d Decision) Late() []string {
	var out []string
	for name := range d.Push {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Text is what a person has to know; empty: nothing.
func (d Decision) Text() string { return d.text(func(Odd) bool { return true }) }

// Alarm is the part of it that a person is to be told of.
func (d Decision) Alarm() string { return d.text(func(o Odd) bool { return !o.Quiet }) }

func (d Decision) text(which func(Odd) bool) string {
	var out []string
	for _, o := range d.Odd {
		if which(o) {
			out = append(out, o.Text+" (mend: "+o.Mend+")")
		}
	}
	return strings.Join(out, "; ")
}
