package interop

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestGroupsInACrowdBesideC: two groups in a cluster of more than two nodes, which C's resource manager is not made for. The line-ups
// are those in which C nodes alone do not start a group twice: never do two C nodes outlive the home of a group.
func TestGroupsInACrowdBesideC(t *testing.T) {
	need(t)
	t.Parallel()
	var jobs []job
	for _, l := range []lineUp{
		{kinds: []maker{golang, c, golang}, order: []int{3, 2, 1}},
		{kinds: []maker{c, c, golang}, order: []int{1, 3, 2}},
		{kinds: []maker{c, golang, golang}, order: []int{2, 1, 3}, long: true},
		{kinds: []maker{golang, golang, c}, order: []int{1, 2, 3}, long: true},
		{kinds: []maker{golang, golang, golang}, order: []int{1, 2, 3}, long: true},
		{kinds: []maker{c, c, golang, golang, golang}, order: []int{5, 4, 3, 2, 1}, long: true},
		{kinds: []maker{golang, c, golang, golang, golang}, order: []int{1, 5, 2, 4, 3}, long: true},
	} {
		if !l.long || full() {
			jobs = append(jobs, job{l.name(), func(t *testing.T) { groupsInACrowd(t, l) }})
		}
	}
	together(t, jobs...)
}

func groupsInACrowd(t *testing.T, l lineUp) {
	m := newMixed(t, l.kinds, l.order, setup{}.files()["haresources"])
	step := func(name string, do func(t *testing.T)) {
		if t.Failed() {
			return
		}
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			m.mark()
			do(t)
			for _, double := range m.book.doubles(began) {
				t.Error(double)
			}
			if t.Failed() {
				m.tell(t, began)
			}
		})
	}
	step("start", func(t *testing.T) { m.settled(t, atHome()) })
	for _, node := range m.Nodes[:3] {
		if node != one && !full() {
			continue // an ordinary run: the first home only
		}
		step(node+"-loses-power", func(t *testing.T) {
			must(t, m.PowerOff(node))
			m.goes(node)
			m.settled(t, m.oneOwnerEach(t, node))
		})
		step(node+"-returns", func(t *testing.T) {
			m.comes(t, node)
			m.settled(t, atHome())
		})
		step(node+"-leaves", func(t *testing.T) {
			m.stop(t, node)
			m.goes(node)
			m.settled(t, m.oneOwnerEach(t, node))
		})
		step(node+"-comes-back", func(t *testing.T) {
			m.comes(t, node)
			m.settled(t, atHome())
		})
	}
}

// oneOwnerEach waits until each address is on one machine, other than the one that went, and the client is answered from there, for
// longer than C needs to take what it takes.
func (m *mixed) oneOwnerEach(t *testing.T, gone string) owners {
	t.Helper()
	found, since := owners{}, time.Time{}
	until(t, eventual, "each address to have one owner for a while", func() (string, bool) {
		now, one := owners{}, true
		for _, addr := range []string{addrOne, addrTwo} {
			who, err := m.Owners(addr)
			must(t, err)
			now[addr] = strings.Join(who, " and ")
			one = one && len(who) == 1 && who[0] != gone
		}
		if !one || fmt.Sprint(now) != fmt.Sprint(found) {
			found, since = now, time.Now()
		}
		return fmt.Sprint(now), one && time.Since(since) > 4*time.Second
	})
	return found
}
