package cluster

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"heartbeat/internal/api"
	"heartbeat/internal/lab"
	"heartbeat/internal/node"
	"heartbeat/internal/vnet"
)

// manyVariable asks for the large test.
const manyVariable = "HEARTBEAT_TEST_NODES"

func TestSixteenNodesAgreeThroughEverything(t *testing.T) { manyNodes(t, 16) }

// TestThirtyTwoNodesAgreeThroughEverything is HEARTBEAT_TEST_NODES=32 go test -run ThirtyTwo ./test/cluster.
func TestThirtyTwoNodesAgreeThroughEverything(t *testing.T) {
	if os.Getenv(manyVariable) != "32" {
		t.Skip(manyVariable + "=32 plays the same with 32 nodes, which takes a minute")
	}
	manyNodes(t, 32)
}

// patience bounds the waits for many nodes, which share two processors with whatever else runs.
const patience = 3 * soon

// crowd is a cluster of many nodes, with consensus membership and a service at home on node1.
type crowd struct {
	*cluster
	t       *testing.T
	running []string // whose daemon runs
	grew    uint32   // newest instance of the membership
}

// manyNodes cuts a link, the power of a node, lets another one leave, and brings all of it back. It has the machine for itself.
func manyNodes(t *testing.T, n int) {
	var names []string
	for i := range n {
		names = append(names, lab.NodeName(i+1))
	}
	cl := newCluster(t, setup{nodes: n, edit: func(_ string, f lab.Files) {
		f["ha.cf"] = "logfile /var/log/ha-log\nkeepalive 1\nwarntime 5\ndeadtime 8\ninitdead 60\nudpport 694\nbcast eth0 eth1\n" +
			"auto_failback on\nnode " + strings.Join(names, " ") + "\n#!hb consensus on\n"
	}})
	c := &crowd{cluster: cl, t: t, running: names}
	began := time.Now()
	told := func(what string) { t.Logf("%5.1f s: %s", time.Since(began).Seconds(), what) }
	must(t, cl.StartDaemons())
	c.agree("after the start")
	told("all agree after the start")
	c.commands(names)

	cut, dead, gone := names[4], names[n-7], names[n-4]
	before := c.grew
	must(t, cl.Cut(cut, lab.LinkSecond, vnet.Unplugged))
	c.each(func(name string) error { return c.tells(name, "link.dead", cut+"/eth1", cut) })
	c.agree("with a cut link")
	if c.grew != before {
		t.Errorf("the membership changed from %d to %d although every node is heard on the other link", before, c.grew)
	}
	told("the cut link is known to all")

	must(t, cl.PowerOff(dead))
	c.without(dead)
	must(t, cl.StopDaemon(within(t, soon), gone))
	c.without(gone)
	c.agree("after a power cut and a graceful leave")
	c.each(func(name string) error { return c.tells(name, "node.left", gone, "") })
	told("all agree after a power cut and a graceful leave")

	must(t, cl.Heal(cut, lab.LinkSecond))
	must(t, cl.PowerOn(dead))
	must(t, cl.StartDaemon(dead))
	must(t, cl.StartDaemon(gone))
	c.running = names
	c.agree("after both came back")
	told("all agree after both came back")

	c.commands(names)
	c.nobodyElseDied(dead, gone)
	c.littleWasSaid()
}

// without takes a node out of those who run.
func (c *crowd) without(name string) {
	c.running = slices.DeleteFunc(slices.Clone(c.running), func(o string) bool { return o == name })
}

// each does something with every running node, a few at a time.
func (c *crowd) each(do func(name string) error) {
	c.t.Helper()
	if err := c.all(do); err != nil {
		c.t.Fatal(err)
	}
}

func (c *crowd) all(do func(name string) error) error {
	errs := make([]error, len(c.running))
	var wg sync.WaitGroup
	room := make(chan struct{}, 4)
	for i, name := range c.running {
		wg.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			if err := do(name); err != nil {
				errs[i] = fmt.Errorf("%s: %w", name, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// tells waits for an event about a subject at a node; the node itself is not asked.
func (c *crowd) tells(name, kind, subject, self string) error {
	if name == self {
		return nil
	}
	_, err := c.WaitEvent(within(c.t, patience), name, 0, func(e api.Event) bool { return e.Event == kind && e.Subject == subject })
	return err
}

// agree waits until every running node sees exactly the running nodes, all have one membership of them, and the service has one owner.
func (c *crowd) agree(when string) {
	c.t.Helper()
	untilWithin(c.t, patience, "all to agree "+when, func() (string, bool) {
		var mu sync.Mutex
		instances := map[uint32]int{}
		err := c.all(func(name string) error {
			s, err := c.Status(within(c.t, soon), name)
			if err != nil {
				return err
			}
			if err := c.sees(s); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			instances[s.Membership.Instance]++
			c.grew = s.Membership.Instance
			return nil
		})
		if err != nil {
			first, _, _ := strings.Cut(err.Error(), "\n")
			return first, false
		}
		return fmt.Sprintf("instances of the membership: %v", instances), len(instances) == 1
	})
}

// sees says what is wrong in the eyes of a node.
func (c *crowd) sees(s node.Status) error {
	var active, members []string
	for _, n := range s.Nodes {
		if n.Status == "active" {
			active = append(active, n.Name)
		}
	}
	if m := s.Membership; m != nil && !m.InFlux {
		for _, x := range m.Members {
			members = append(members, x.Name)
		}
	}
	slices.Sort(active)
	slices.Sort(members)
	want := slices.Sorted(slices.Values(c.running))
	switch {
	case !slices.Equal(active, want):
		return fmt.Errorf("active are %v", active)
	case !slices.Equal(members, want):
		return fmt.Errorf("members are %v", members)
	case len(c.running) > len(s.Nodes)/2 && !s.Membership.Quorum:
		return fmt.Errorf("no quorum: %s", s.Membership.Why)
	case group(s).Owner != one:
		return fmt.Errorf("the service is owned by %q", group(s).Owner)
	}
	return nil
}

// commands compares what the commands print.
func (c *crowd) commands(names []string) {
	c.t.Helper()
	for _, name := range []string{names[0], names[len(names)-1]} {
		c.classic(c.t, name)
		out, code := c.tool(c.t, name, "cl_status", "listnodes", "-n")
		listed := strings.Fields(out)
		slices.Sort(listed)
		if want := slices.Sorted(slices.Values(names)); code != 0 || !slices.Equal(listed, want) {
			c.t.Errorf("cl_status listnodes on %s: exit %d, %v", name, code, listed)
		}
		c.try(c.t, name, form{"cl_status nodestatus " + names[2], 0, "=active\n"})
		c.try(c.t, name, form{"cl_status hblinkstatus " + names[2] + " eth1", 0, "=up\n"})
		out, _ = c.run(c.t, name, program, "status")
		for _, o := range names {
			if !strings.Contains(out, o) {
				c.t.Errorf("heartbeat status on %s does not speak of %s:\n%s", name, o, out)
			}
		}
	}
}

// nobodyElseDied makes sure that no node ever declared another one dead.
func (c *crowd) nobodyElseDied(dead ...string) {
	c.t.Helper()
	c.each(func(name string) error {
		list, err := c.API(name).Events(within(c.t, soon), 0, 0)
		for _, e := range list {
			if e.Event == "node.dead" && !slices.Contains(dead, e.Subject) {
				err = errors.Join(err, fmt.Errorf("%s: %s", e.Subject, e.Text))
			}
		}
		return err
	})
}

// littleWasSaid bounds what a node writes to its log and sends: each in proportion to the number of nodes, not of pairs.
func (c *crowd) littleWasSaid() {
	c.t.Helper()
	for _, name := range []string{c.Nodes[0], c.Nodes[1]} {
		data, err := os.ReadFile(c.Place(name, "/var/log/ha-log"))
		must(c.t, err)
		lines := strings.Count(string(data), "\n") - strings.Count(string(data), "event=self.paused") // which a slow machine brings about
		if most := 150 + 15*len(c.Nodes); lines > most {
			c.t.Errorf("%s wrote %d lines to its log, more than %d", name, lines, most)
		}
		s := c.status(c.t, name)
		c.t.Logf("%s sent %d messages and got %d, %d of them twice; it asked for %d and resent %d",
			name, s.Counters["sent"], s.Counters["received"], s.Counters["duplicates"], s.Counters["requested"], s.Counters["retransmitted"])
		for what, n := range dropped(s) {
			c.t.Errorf("%s dropped %d packets: %s", name, n, what)
		}
	}
}
