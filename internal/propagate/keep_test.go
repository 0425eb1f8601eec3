package propagate

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func content(text string) Set { return Set{{Name: HaCf, Data: []byte(text)}} }

// lineageOf is the lineage of a node that had these contents in force.
func lineageOf(texts ...string) Lineage {
	var l Lineage
	for _, text := range texts {
		l = l.Next(content(text).Sum())
	}
	return l
}

func TestALateNodeIsToldFromOneThatWasChanged(t *testing.T) {
	for _, c := range []struct {
		mine, theirs []string
		want         string
	}{
		{[]string{"a"}, []string{"a"}, Agree},
		{[]string{"a"}, []string{"b"}, Apart},
		{[]string{"a", "b"}, []string{"a"}, Ahead},
		{[]string{"a"}, []string{"a", "b"}, Behind},
		{[]string{"a", "b"}, []string{"a", "c"}, Apart},
		{[]string{"a", "b", "a"}, []string{"a", "b"}, Ahead}, // a change that was taken back is a change
		{[]string{"a", "b", "c", "d"}, []string{"a", "b", "a"}, Apart},
		{[]string{"a", "b"}, []string{"c", "b"}, Agree}, // the same by another way
		{[]string{"a", "b", "c"}, []string{"a"}, Ahead},
		{[]string{"a", "b", "c"}, []string{"b"}, Apart}, // its history is not known here
	} {
		if got := lineageOf(c.mine...).Relation(lineageOf(c.theirs...)); got != c.want {
			t.Errorf("%v to %v: %s, want %s", c.mine, c.theirs, got, c.want)
		}
	}
	long := lineageOf("a")
	for i := range MaxLineage {
		long = long.Next(content(fmt.Sprint(i)).Sum())
	}
	if len(long.IDs) != MaxLineage || long.Relation(lineageOf("a")) != Apart {
		t.Errorf("%d versions; one that is forgotten stands %s", len(long.IDs), long.Relation(lineageOf("a")))
	}
}

func TestOnlyALateNodeGetsFilesAndPeopleHearOfTheRest(t *testing.T) {
	on := func(name string, texts ...string) PeerStanding {
		l := lineageOf(texts...)
		return PeerStanding{name, Standing{Sync: true, Digest: l.Digest, Lineage: &l}}
	}
	off := PeerStanding{"n9", Standing{Digest: content("x").Sum()}}
	loose := on("n8", "a")
	loose.Loose, loose.Digest = true, content("edited").Sum()
	me := on("n2", "a", "b").Standing
	edited := me
	edited.Loose = true
	for _, c := range []struct {
		name  string
		mine  Standing
		peers []PeerStanding
		push  string
		odd   string // part of the text; empty: none
	}{
		{"all agree", me, []PeerStanding{on("n1", "a", "b"), on("n3", "a", "b")}, "", ""},
		{"one is late", me, []PeerStanding{on("n3", "a")}, "n3", ""},
		{"the lower name gives", me, []PeerStanding{on("n1", "a", "b"), on("n3", "a")}, "", ""},
		{"the others are late, too", me, []PeerStanding{on("n1", "a"), on("n3", "a")}, "n1 n3", ""},
		{"this one is late", on("n2", "a").Standing, []PeerStanding{on("n1", "a", "b")}, "", ""},
		{"changed apart", me, []PeerStanding{on("n3", "a", "c")}, "", "n2 and n3 differ"},
		{"off there", me, []PeerStanding{off}, "", "config_sync is off there"},
		{"off there and the same", me, []PeerStanding{{"n9", Standing{Digest: me.Digest}}}, "", ""},
		{"edited there", me, []PeerStanding{loose}, "", "reload on n8"},
		{"edited here", edited, []PeerStanding{on("n3", "a")}, "", "reload on n2"},
		{"off here", Standing{Digest: me.Digest}, []PeerStanding{on("n3", "a", "c")}, "", ""},
	} {
		d := Decide("n2", c.mine, c.peers)
		if quiet := strings.Contains(c.odd, "reload"); quiet && d.Alarm() != "" || !quiet && d.Alarm() != d.Text() {
			t.Errorf("%s: the alarm is %q", c.name, d.Alarm())
		}
		if got := strings.Join(d.Late(), " "); got != c.push || c.odd == "" && d.Text() != "" || !strings.Contains(d.Text(), c.odd) {
			t.Errorf("%s: push %q, says %q", c.name, got, d.Text())
		}
	}
}

// site is a node of the simulation below. seen are the contents from which its own came about.
type site struct {
	text    string
	lineage Lineage
	seen    map[string]bool
	loose   bool
	up      bool
}

func (s *site) standing() Standing {
	l := s.lineage
	st := Standing{Sync: true, Digest: l.Digest, Lineage: &l}
	if s.loose {
		st.Loose, st.Digest = true, content("loose").Sum()
	}
	return st
}

// Nodes are edited, cut off and brought together at random. Whatever the order: nothing is ever overwritten by a node that has not
// had it, and when nobody edits any more, nodes that were not changed apart have the same files, with nobody asked to settle anything.
func TestNoChangeIsLostAndLateNodesCatchUp(t *testing.T) {
	seeds := 3000
	if testing.Short() {
		seeds = 300
	}
	copies, forks := 0, 0
	for seed := range seeds {
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		names := []string{"n1", "n2", "n3", "n4"}[:2+r.IntN(3)]
		sites := map[string]*site{}
		for _, name := range names {
			sites[name] = &site{text: "first", lineage: lineageOf("first"), seen: map[string]bool{"first": true}, up: true}
		}
		side := map[string]int{} // of a cut
		meet := func(name string) (changed bool) {
			s := sites[name]
			var peers []PeerStanding
			for _, other := range names {
				if o := sites[other]; other != name && o.up && side[other] == side[name] {
					peers = append(peers, PeerStanding{other, o.standing()})
				}
			}
			d := Decide(name, s.standing(), peers)
			changed = !s.lineage.Equal(d.Lineage)
			for _, p := range peers { // the same content came about in two ways
				if p.Digest == s.lineage.Digest && !p.Loose {
					maps.Copy(s.seen, sites[p.Node].seen)
				}
			}
			s.lineage = d.Lineage
			for late, base := range d.Push {
				if r.IntN(8) == 0 {
					continue // lost on its way
				}
				o := sites[late]
				if o.loose || o.lineage.Head() != base {
					continue // it has moved on: it refuses
				}
				if !s.seen[o.text] {
					t.Fatalf("seed %d: %s overwrites on %s what it has never had: %q by %q", seed, name, late, o.text, s.text)
				}
				copies, changed = copies+1, true
				o.text, o.lineage = s.text, o.lineage.Adopt(s.lineage)
				maps.Copy(o.seen, s.seen)
			}
			if len(d.Odd) > 0 {
				forks++
			}
			return changed
		}
		edits := 1 + r.IntN(12)
		for edits > 0 {
			name := names[r.IntN(len(names))]
			s := sites[name]
			switch r.IntN(7) {
			case 0, 1: // an edit in force; now and then back to what was there before
				edits--
				before := s.lineage
				if s.text = fmt.Sprint(seed, edits); r.IntN(3) == 0 {
					s.text = "first"
				}
				if sum := content(s.text).Sum(); sum != before.Digest {
					s.lineage = before.Next(sum)
					s.seen[s.text] = true
				}
			case 2:
				side[name] = r.IntN(2)
			case 3:
				s.up = !s.up
			case 4:
				s.loose = r.IntN(3) == 0
			default:
				if s.up {
					meet(name)
				}
			}
		}
		clear(side)
		for _, s := range sites {
			s.up, s.loose = true, false
		}
		for calm := 0; calm < 40; calm++ {
			again := false
			for _, name := range names {
				again = meet(name) || again
			}
			if !again && calm > 20 {
				break
			}
		}
		for _, a := range names {
			for _, b := range names {
				if rel := sites[a].lineage.Relation(sites[b].lineage); rel == Ahead || rel == Behind {
					t.Fatalf("seed %d: %s stands %s to %s for ever", seed, a, rel, b)
				}
			}
		}
	}
	if copies < seeds/4 || forks == 0 {
		t.Errorf("only %d copies and %d forks: the simulation shows nothing", copies, forks)
	}
}

func TestLineagesThatNoHonestNodeTellsAreRefused(t *testing.T) {
	good := lineageOf("a", "b")
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for _, bad := range []Lineage{{}, {Digest: good.Digest}, {Digest: "x", IDs: good.IDs}, {Digest: good.Digest, IDs: []string{""}},
		{Digest: good.Digest, IDs: []string{strings.ToUpper(good.Head())}}, {Digest: good.Digest, IDs: slices.Repeat(good.IDs, MaxLineage)}} {
		if bad.Check() == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}
