package interop

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"heartbeat/internal/testenv"
	"heartbeat/internal/vnet"
)

// A line-up is which makes the nodes of a cluster have, and in which order they are started.
type lineUp struct {
	kinds []maker
	order []int
	long  bool // left to fullVariable
}

func (l lineUp) name() string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(l.kinds), "[]"), " ", "-")
}

// TestManyNodesAgreeBesideC: clusters of three and five nodes of both makes. After every step all nodes that are connected tell the
// same to cl_status of their make about nodes and links, and the same membership to C's ccm client.
func TestManyNodesAgreeBesideC(t *testing.T) {
	need(t)
	t.Parallel()
	_, err := os.Stat(cMembers)
	testenv.Need(t, cMembers, err == nil, "apt-get install heartbeat")
	var jobs []job
	for _, l := range []lineUp{
		{kinds: []maker{c, golang, c}, order: []int{3, 1, 2}},
		{kinds: []maker{golang, c, golang}, order: []int{2, 3, 1}, long: true},
		{kinds: []maker{c, c, golang}, order: []int{1, 2, 3}, long: true},
		{kinds: []maker{golang, golang, c}, order: []int{1, 2, 3}, long: true},
		{kinds: []maker{c, golang, c, golang, c}, order: []int{4, 1, 5, 3, 2}},
		{kinds: []maker{golang, c, golang, c, golang}, order: []int{2, 4, 1, 3, 5}, long: true},
		{kinds: []maker{c, c, c, golang, golang}, order: []int{5, 4, 3, 2, 1}, long: true},
		{kinds: []maker{golang, golang, golang, c, c}, order: []int{1, 2, 3, 4, 5}, long: true},
	} {
		if !l.long || full() {
			jobs = append(jobs, job{l.name(), func(t *testing.T) { manyAgree(t, l) }})
		}
	}
	together(t, jobs...)
}

// ofCrowd is what a Go node rightly writes: of a partition, and of several C nodes that ask for one hand-over each, since their resource
// manager knows two nodes only.
var ofCrowd = regexp.MustCompile(ofPartition.String() + `|Standby in progress|standby message \[me\]`)

func manyAgree(t *testing.T, l lineUp) {
	m := newMixed(t, l.kinds, l.order, "")
	step := func(name string, do func(t *testing.T)) {
		if t.Failed() {
			return
		}
		t.Run(name, func(t *testing.T) {
			m.mark()
			do(t)
			for _, node := range m.madeBy(golang) {
				for _, line := range m.complaints(node, ofCrowd) {
					t.Errorf("%s complains: %s", node, line)
				}
			}
		})
	}
	cNode, goNode, last := m.madeBy(c)[0], m.madeBy(golang)[0], m.Nodes[len(m.Nodes)-1]
	step("start-in-any-order", func(t *testing.T) { m.settled(t, nil) })
	step("one-link-lost", func(t *testing.T) {
		must(t, m.Cut(last, 1, vnet.Mute))
		m.settled(t, nil, last+":eth1")
		must(t, m.Heal(last, 1))
		m.settled(t, nil)
		m.neverLogged(t, "is dead")
	})
	brief := len(l.kinds) > 3 && !full() // an ordinary run: one make dies, the other one leaves
	for _, node := range []string{cNode, goNode} {
		kind := string(m.made[node])
		if !brief || node == cNode {
			step(kind+"-loses-power", func(t *testing.T) {
				must(t, m.PowerOff(node))
				m.goes(node)
				m.settled(t, nil)
			})
			step(kind+"-returns", func(t *testing.T) {
				m.comes(t, node)
				m.settled(t, nil)
			})
		}
		if !brief || node == goNode {
			step(kind+"-leaves", func(t *testing.T) {
				m.stop(t, node)
				m.goes(node)
				m.settled(t, nil)
			})
			step(kind+"-joins-over-a-lossy-link", func(t *testing.T) {
				mend := m.lose(t, node)
				m.comes(t, node)
				m.agree(t, m.on)
				mend()
				m.settled(t, nil)
			})
		}
	}
	minority := m.Nodes[len(m.Nodes)/2+1:]
	majority := m.Nodes[:len(m.Nodes)/2+1]
	var heal func(t *testing.T)
	step(fmt.Sprintf("partition-into-%d-and-%d", len(majority), len(minority)), func(t *testing.T) {
		heal = m.divide(t, minority)
		for _, side := range [][]string{majority, minority} {
			m.sameView(t, side)
			m.agree(t, side)
		}
	})
	step("heal", func(t *testing.T) {
		heal(t)
		m.settled(t, nil)
	})
}

// TestManyNodesAreReplacedOneByOne: a cluster of C nodes becomes one of Go nodes, node by node, with all its identities.
func TestManyNodesAreReplacedOneByOne(t *testing.T) {
	need(t)
	t.Parallel()
	sizes := []int{3}
	if full() {
		sizes = append(sizes, 5)
	}
	var jobs []job
	for _, n := range sizes {
		jobs = append(jobs, job{fmt.Sprint(n, "-nodes"), func(t *testing.T) {
			order := []int{1, 2, 3, 4, 5}[:n]
			m := newMixed(t, slices.Repeat([]maker{c}, n), order, "")
			m.settled(t, nil)
			for _, node := range m.Nodes {
				t.Run(node+"-by-Go", func(t *testing.T) {
					uuid := m.state(t, node, "hb_uuid")
					m.stop(t, node)
					m.goes(node)
					m.settled(t, nil)
					m.made[node] = golang
					m.comes(t, node)
					m.settled(t, nil)
					if now := m.state(t, node, "hb_uuid"); now != uuid {
						t.Errorf("hb_uuid was %x and is %x", uuid, now)
					}
				})
			}
		}})
	}
	together(t, jobs...)
}
