package interop

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// owners says which nodes carry which address: address → node.
type owners map[string]string

func allOn(node string) owners { return owners{addrOne: node, addrTwo: node} }
func atHome() owners           { return owners{addrOne: one, addrTwo: two} }

// pollEvery is how often a fact is looked at that tells no news by itself.
const pollEvery = 50 * time.Millisecond

// until looks at a fact again and again until it is as wanted. see returns what is
// seen and whether that is it.
func until(t *testing.T, d time.Duration, what string, see func() (string, bool)) {
	t.Helper()
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		seen, ok := see()
		if ok {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited %v for %s; last seen: %s", d, what, seen)
		case <-t.Context().Done():
			t.Fatalf("waiting for %s: %v", what, t.Context().Err())
		}
	}
}

// awaitOwners waits until the addresses are carried by exactly these nodes, then
// until these nodes answer the client.
func (cl *cluster) awaitOwners(t *testing.T, d time.Duration, want owners) {
	t.Helper()
	since := time.Now()
	for _, addr := range []string{addrOne, addrTwo} {
		must(t, cl.WaitOwners(within(t, d), addr, want[addr]))
	}
	for _, addr := range []string{addrOne, addrTwo} {
		if err := cl.clients[addr].WaitAnswers(within(t, d), want[addr], 2, since); err != nil {
			t.Fatalf("client at %s: %v", addr, err)
		}
	}
}

// rscStatus asks a node with its own cl_status.
func (cl *cluster) rscStatus(node string) string {
	argv := []string{"cl_status", "rscstatus"}
	if cl.made[node] == golang {
		argv = append([]string{"heartbeat"}, argv...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, _, err := cl.Output(ctx, node, argv...)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(out)
}

// awaitStatus waits until cl_status rscstatus says so on each node.
func (cl *cluster) awaitStatus(t *testing.T, d time.Duration, want map[string]string) {
	t.Helper()
	until(t, d, fmt.Sprintf("rscstatus %v", want), func() (string, bool) {
		seen, ok := map[string]string{}, true
		for _, node := range cl.Nodes {
			if w, asked := want[node]; asked {
				seen[node] = cl.rscStatus(node)
				ok = ok && seen[node] == w
			}
		}
		return fmt.Sprint(seen), ok
	})
}

// awaitAllOn waits until one node has everything; the other, if running, nothing.
func (cl *cluster) awaitAllOn(t *testing.T, d time.Duration, node string, peerRuns bool) {
	t.Helper()
	cl.awaitOwners(t, d, allOn(node))
	want := map[string]string{node: "all"}
	if peerRuns {
		want[peerOf(node)] = "none"
	}
	cl.awaitStatus(t, d, want)
}

// awaitHome waits until each node has its own group and both are at rest.
func (cl *cluster) awaitHome(t *testing.T, d time.Duration) {
	t.Helper()
	cl.awaitOwners(t, d, atHome())
	cl.awaitStatus(t, d, map[string]string{one: "local", two: "local"})
}

// silence is the longest time since from in which nobody answered the client at addr.
func (cl *cluster) silence(addr string, from time.Time) time.Duration {
	return cl.clients[addr].LongestGap(from).Length(time.Now()).Round(time.Millisecond)
}
