package interop

import (
	"regexp"
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

// tell shows what happened since began: who had the addresses, what the nodes logged.
func (cl *cluster) tell(t *testing.T, began time.Time) {
	t.Helper()
	t.Logf("owners:\n%s", cl.book.story(began))
	for _, node := range cl.Nodes {
		t.Logf("%s (%s) logged:\n%s", node, cl.made[node], lastLines(cl.logSince(node), 120))
	}
}
