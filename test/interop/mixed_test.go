package interop

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/lab"
)

// A mixed cluster has three or five nodes with ccm on each of them.
type mixed struct {
	*cluster
	on      []string        // nodes whose daemon runs
	listens map[string]bool // machines that had C's client started
}

// newMixed makes the machines and starts the daemons in the given order, without waiting for one another. haresources: see setup.files.
func newMixed(t *testing.T, kinds []maker, order []int, haresources string) *mixed {
	t.Helper()
	made, names := map[string]maker{}, ""
	for i, k := range kinds {
		made[lab.NodeName(i+1)] = k
		names += " " + lab.NodeName(i+1)
	}
	ucast := ""
	for i := range kinds { // one by one, so that a partition can divide them as it likes
		ucast += fmt.Sprintf("ucast eth0 10.77.1.%d\nucast eth1 10.77.2.%d\n", i+1, i+1)
	}
	files := lab.Files{
		"ha.cf": "logfile /var/log/ha-log\nkeepalive 200ms\nwarntime 600ms\ndeadtime 1500ms\ninitdead 4000ms\nudpport 694\n" +
			ucast + "auto_failback on\nnode" + names + "\nrespawn hacluster /usr/libexec/heartbeat/ccm\n",
		"authkeys":         keys["sha1"],
		"haresources":      haresources,
		"resource.d/tally": tally,
	}
	l, err := lab.New(t.Context(), t, lab.Options{
		Nodes: len(kinds), Dir: filepath.Join(t.TempDir(), "lab"), Binary: os.Getenv(binaryVariable),
		ConfigFor: func(string) lab.Files { return files },
	})
	must(t, err)
	m := &mixed{listens: map[string]bool{}, cluster: &cluster{Lab: l, t: t, made: made, clients: map[string]*lab.Client{}, marks: map[string]int64{}}}
	m.book = newBook(l)
	t.Cleanup(func() {
		if t.Failed() {
			m.keepLogs(t)
		}
		m.book.close()
		if err := l.Remove(); err != nil {
			t.Error(err)
		}
	})
	for _, node := range l.Nodes {
		must(t, m.book.follow(node))
	}
	for _, addr := range []string{addrOne, addrTwo} {
		if !strings.Contains(haresources, addr) {
			continue
		}
		client, err := l.Watch(lab.Target{Proto: "udp", Addr: addr, Every: 20 * time.Millisecond})
		must(t, err)
		t.Cleanup(client.Stop)
		m.clients[addr] = client
	}
	for _, i := range order {
		m.comes(t, lab.NodeName(i))
	}
	return m
}

// comes starts the daemon of a node, whose machine it switches on if need be.
func (m *mixed) comes(t *testing.T, node string) {
	t.Helper()
	switch {
	case m.off(t, node):
		must(t, m.PowerOn(node))
		must(t, m.book.follow(node))
		m.noteBoot(t, node)
		m.startMember(t, node)
	case m.listens[node]:
		m.start(t, node) // C's client waits for it since before
	default:
		m.startMember(t, node)
	}
	m.listens[node] = true
	m.on = append(m.on, node)
	slices.Sort(m.on)
}

// goes takes a node from the list of those that run.
func (m *mixed) goes(node string) {
	m.on = slices.DeleteFunc(slices.Clone(m.on), func(n string) bool { return n == node })
}

// settled waits until everybody who runs tells the same: the nodes and their links by cl_status, the membership by
// ccm, and the owners of the addresses by the kernels and by who answers the client.
func (m *mixed) settled(t *testing.T, want owners, deadLinks ...string) {
	t.Helper()
	if len(want) > 0 {
		m.awaitOwners(t, eventual, want)
	}
	m.sameView(t, m.on, deadLinks...)
	m.agree(t, m.on)
	for addr, node := range want {
		if who, err := m.Owners(addr); err != nil || !slices.Equal(who, []string{node}) {
			t.Errorf("%s is on %v (%v), not on %s", addr, who, err, node)
		}
	}
}

// view is what a node says about the others: their status and their links.
func (m *mixed) view(t *testing.T, node string) map[string]string {
	t.Helper()
	view, about := map[string]string{}, ""
	for line := range strings.Lines(m.asks(t, node, "listnodes", "-v")) {
		words := strings.Fields(line)
		switch {
		case len(words) == 4 && strings.HasPrefix(words[2], "(nodetype"):
			about = words[0]
			if about != node {
				view[about] = words[1]
			}
		case len(words) == 2 && about != node && about != "":
			view[about+":"+words[0]] = words[1]
		}
	}
	return view
}

// sameView waits until every node of a side sees the others so: who is on its side is active with all links up but for
// deadLinks (node:interface, a link that is dead for both of its ends), and who is not is dead.
func (m *mixed) sameView(t *testing.T, side []string, deadLinks ...string) {
	t.Helper()
	for _, node := range side {
		want := map[string]string{}
		for _, o := range m.Nodes {
			if o == node {
				continue
			}
			want[o] = "dead"
			for _, card := range []string{"eth0", "eth1"} {
				want[o+":"+card] = "dead"
				if slices.Contains(side, o) && !slices.Contains(deadLinks, o+":"+card) && !slices.Contains(deadLinks, node+":"+card) {
					want[o+":"+card] = "up"
				}
			}
			if slices.Contains(side, o) {
				want[o] = "active"
			}
		}
		until(t, eventual, fmt.Sprintf("%s (%s) to see %v", node, m.made[node], want), func() (string, bool) {
			got := m.view(t, node)
			return fmt.Sprint(got), maps.Equal(got, want)
		})
	}
}

// divide parts the nodes of one side from all others: the addresses of the other side lead to a card that nobody has. The
// returned function undoes it.
func (m *mixed) divide(t *testing.T, side []string) (heal func(t *testing.T)) {
	t.Helper()
	all := func(t *testing.T, verb, tail string) {
		t.Helper()
		for _, node := range m.Nodes {
			script := ""
			for i, o := range m.Nodes {
				if slices.Contains(side, node) == slices.Contains(side, o) {
					continue
				}
				for card := range 2 {
					script += fmt.Sprintf("ip neigh %s 10.77.%d.%d dev eth%d%s\n", verb, card+1, i+1, card, tail)
				}
			}
			m.mustRun(t, node, "sh", "-c", script)
		}
	}
	all(t, "replace", " lladdr 02:77:00:00:00:77 nud permanent")
	return func(t *testing.T) { all(t, "del", "") }
}
