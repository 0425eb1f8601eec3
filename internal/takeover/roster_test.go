package takeover

import (
	"testing"
	"time"
)

func TestARemovedNodeLeavesItsGroupsWhereTheyRun(t *testing.T) {
	w := newWorld(t, 1, FailbackOn, []string{"n1", "n2"}, Group{"a", "n1"}, Group{"b", "n2"})
	w.up()
	w.run(30 * time.Second)
	w.node("n2").crash()
	w.run(30 * time.Second)
	w.want("a", "n1")
	w.want("b", "n1")
	n1 := w.node("n1")
	n1.step(NodeRemoved{Node: "n2"})
	w.run(10 * time.Second)
	w.want("b", "n1")
	if v := n1.core.View(); !v.Stable {
		t.Errorf("not at rest after the removal: %+v", v)
	}
	// It comes back by hb_addnode, and its group goes home.
	n1.step(NodeAdded{Node: "n2"})
	w.node("n2").boot()
	w.run(60 * time.Second)
	w.want("a", "n1")
	w.want("b", "n2")
}
