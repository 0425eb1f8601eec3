package xmltree

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestADraftChangesNothingThatOthersSee(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		root := grow(rng, 4)
		before := root.String()
		d := NewDraft(root)
		for range 1 + rng.IntN(8) {
			change(rng, d)
		}
		after := d.Publish()
		text := after.String()
		change(rng, d)
		if root.String() != before || after.String() != text {
			t.Fatalf("seed %d: a published tree changed", seed)
		}
		if again, err := Parse([]byte(text), Options{KeepSpace: true}); err != nil || !Equal(again, after) {
			t.Fatalf("seed %d: %s does not read back: %v", seed, text, err)
		}
	}
}

func TestADraftSharesWhatItDoesNotTouch(t *testing.T) {
	root := New("a").Add(New("b").Add(New("c")), New("d"))
	d := NewDraft(root)
	d.Edit(1).Set("x", "1")
	d.Edit(1).Set("y", "2")
	out := d.Root()
	if out.Children[0] != root.Children[0] {
		t.Error("an untouched branch was copied")
	}
	if out.Children[1] == root.Children[1] || out.Children[1].Get("y") != "2" || len(root.Children[1].Attrs) != 0 {
		t.Errorf("%s became %s", root, out)
	}
	d.Insert(nil, 1, New("new"))
	d.Remove([]int{0}, 0)
	if got := d.Root().String(); got != `<a><b/><new/><d x="1" y="2"/></a>` {
		t.Errorf("changed: %s", got)
	}
	if Equal(root, d.Root()) || root.String() != "<a><b><c/></b><d/></a>" {
		t.Errorf("the old tree is %s", root)
	}
}

// grow makes a random tree.
func grow(rng *rand.Rand, depth int) *Node {
	n := New(fmt.Sprintf("e%d", rng.IntN(4)), "id", fmt.Sprintf("<%d>", rng.IntN(100)))
	if depth == 0 {
		return n
	}
	for range rng.IntN(4) {
		n.Add(grow(rng, depth-1))
	}
	return n
}

// change walks a random way and changes what is there.
func change(rng *rand.Rand, d *Draft) {
	var way []int
	n := d.Root()
	for len(n.Children) > 0 && rng.IntN(3) > 0 {
		i := rng.IntN(len(n.Children))
		way, n = append(way, i), n.Children[i]
	}
	switch rng.IntN(4) {
	case 0:
		d.Edit(way...).Set("changed", fmt.Sprint(rng.IntN(9)))
	case 1:
		d.Insert(way, rng.IntN(len(n.Children)+1), New("new"))
	case 2:
		if len(n.Children) > 0 {
			d.Remove(way, rng.IntN(len(n.Children)))
		}
	case 3:
		d.Edit(way...).Unset("id")
	}
}
