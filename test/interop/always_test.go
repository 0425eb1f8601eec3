package interop

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// watched runs a scenario in which no link is cut for long, and checks what always holds.
func (cl *cluster) watched(t *testing.T, do func(t *testing.T)) { cl.watch(t, nil, false, do) }

// watch runs a scenario and checks that nobody complained, but as expected, and,
// unless the nodes were split, that no address ever had two owners.
func (cl *cluster) watch(t *testing.T, expected *regexp.Regexp, split bool, do func(t *testing.T)) {
	began := time.Now()
	cl.mark()
	defer func() {
		for _, node := range cl.Nodes {
			for _, line := range cl.complaints(node, expected) {
				t.Errorf("%s complains: %s", cl.made[node], line)
			}
		}
		for _, double := range cl.book.doubles(began) {
			if !split {
				t.Error(double)
			} else {
				t.Log(double)
			}
		}
		if t.Failed() {
			cl.tell(t, began)
		}
	}()
	do(t)
}

// twice is a scenario that is repeated, once, when a C node complained: what C writes once and not
// again is its own timing on a busy machine, and stands in the test's log. What comes twice is caused.
// Only a scenario that ends with both nodes on can be repeated; a complaint of a Go node always counts.
func (cl *cluster) twice(expected *regexp.Regexp, do func(t *testing.T)) func(t *testing.T) {
	return func(t *testing.T) {
		do(t)
		var said []string
		for _, node := range cl.Nodes {
			if cl.off(t, node) {
				return
			}
			found := cl.complaints(node, expected)
			if len(found) > 0 && cl.made[node] == golang {
				return
			}
			said = append(said, found...)
		}
		if len(said) == 0 {
			return
		}
		t.Logf("C complains; once more:\n%s", strings.Join(said, "\n"))
		cl.mark()
		do(t)
	}
}

// tell shows what happened since began: who had the addresses, what the nodes logged.
func (cl *cluster) tell(t *testing.T, began time.Time) {
	t.Helper()
	t.Logf("owners:\n%s", cl.book.story(began))
	for _, node := range cl.Nodes {
		t.Logf("%s (%s) logged:\n%s", node, cl.made[node], lastLines(cl.logSince(node), 120))
	}
}
