package edit

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heartbeat/internal/xmltree"
)

// vectors are files that a cluster of Pacemaker 2.1.5 wrote.
func vector(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestDigestsOfFilesAreThoseOfPacemaker(t *testing.T) {
	for _, name := range []string{"cib-10.raw", "cib-11.raw"} {
		if got, want := DiskDigest(read(t, vector(t, name))), strings.TrimSpace(vector(t, name+".sig")); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := WireDigest(read(t, vector(t, "cib-11.raw"))); got != "4b834f0a3e3018a49533b78c7ceeef51" {
		t.Errorf("on the wire: %s", got)
	}
}

// What cibadmin -5 and -6 of Pacemaker 2.1.5 say about characters that are written in other ways, and about comments.
func TestDigestOfOddCharactersIsThatOfPacemaker(t *testing.T) {
	root := read(t, `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0" cib-last-written="x">`+
		`<configuration><!-- it's a comment --><crm_config/><nodes><node id="a'b" uname="&lt;&gt;&amp;&quot;&#10;&#9;&#13;é"/></nodes><resources/><constraints/></configuration><status/></cib>`)
	if disk, wire := DiskDigest(root), WireDigest(root); disk != "4e6fe108ef26c20f09e0c4a426e9121b" || wire != "917406c2abffeeed69edfc76c02c9a88" {
		t.Errorf("on the disk %s, on the wire %s", disk, wire)
	}
}

func TestPatchIsThatOfPacemaker(t *testing.T) {
	from, to := read(t, vector(t, "cib-10.raw")), read(t, vector(t, "cib-11.raw"))
	for name, o := range map[string]DiffOptions{"crm_diff.xml": {Order: true}, "crm_diff-cib.xml": {Digest: true}} {
		patch, err := Diff(from, to, o)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := strings.TrimSpace(string(patch.Append(nil, "  "))), strings.ReplaceAll(strings.TrimSpace(vector(t, name)), "&apos;", "'"); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}

// A gardener makes random documents and changes them at random.
type gardener struct {
	*rand.Rand
	ids int
}

func (g *gardener) element(depth int) *xmltree.Node {
	n := xmltree.New([]string{"a", "b", "c"}[g.IntN(3)])
	if g.IntN(8) != 0 {
		g.ids++
		n.Set("id", fmt.Sprintf("i%d", g.ids))
	}
	for range g.IntN(3) {
		n.Set([]string{"x", "y", "z", "value"}[g.IntN(4)], fmt.Sprint(g.IntN(3)))
	}
	for range g.IntN(4) * min(depth, 1) {
		n.Add(g.child(depth - 1))
	}
	return n
}

func (g *gardener) child(depth int) *xmltree.Node {
	if g.IntN(12) == 0 {
		return &xmltree.Node{Kind: xmltree.Comment, Text: fmt.Sprint(" c", g.IntN(3), " ")}
	}
	return g.element(depth)
}

// tend changes some of a tree that nobody else sees.
func (g *gardener) tend(n *xmltree.Node) {
	if n.Kind != xmltree.Element {
		return
	}
	switch k := len(n.Children); g.IntN(9) {
	case 0:
		n.Set([]string{"x", "y", "z", "value"}[g.IntN(4)], fmt.Sprint(g.IntN(3)))
	case 1:
		n.Unset([]string{"x", "y", "z"}[g.IntN(3)])
	case 2:
		n.Children = slices.Insert(n.Children, g.IntN(k+1), g.child(2))
	case 3:
		if k > 0 {
			at := g.IntN(k)
			n.Children = slices.Delete(n.Children, at, at+1)
		}
	case 4, 5:
		g.Shuffle(k, func(i, j int) { n.Children[i], n.Children[j] = n.Children[j], n.Children[i] })
	}
	for _, c := range n.Children {
		g.tend(c)
	}
}

func (g *gardener) document() *xmltree.Node {
	return xmltree.New("cib", "crm_feature_set", "3.16.1", AttrEpoch, "1", AttrUpdates, "0", AttrAdminEpoch, "0").
		Add(xmltree.New("configuration").Add(g.element(4), g.element(3), g.element(2)), xmltree.New("status").Add(g.element(2)))
}

// The promise of a patch: applied to what it was made from it gives what it was made for; creations, deletions, moves and all.
func TestPatchLeadsFromOneDocumentToTheOther(t *testing.T) {
	refused := 0
	for seed := range uint64(800) {
		g := &gardener{Rand: rand.New(rand.NewPCG(seed, 1))}
		a := g.document()
		b := clone(a)
		g.tend(b)
		b.Set(AttrEpoch, "2")
		for _, o := range []DiffOptions{{Digest: true}, {Order: true}, {NoVersion: true}} {
			patch, err := Diff(a, b, o)
			if err != nil {
				refused++
				continue
			}
			want := b
			if o.NoVersion {
				want = withVersionOf(b, a)
			}
			if patch == nil {
				if !Same(a, want) {
					t.Fatalf("seed %d: no patch between\n%s\n%s", seed, a, b)
				}
				continue
			}
			patch = read(t, patch.String()) // as it goes over the wire
			got, err := Apply(a, patch)
			if err != nil || !Same(got, want) {
				t.Fatalf("seed %d, %+v: %v\nfrom %s\npatch %s\ngives %v\nwant %s", seed, o, err, a, patch, got, want)
			}
		}
	}
	if refused > 0 {
		t.Errorf("%d differences could not be written", refused)
	}
}

// Format 1 cannot say order, and knows elements by their ids only.
func TestOldPatchLeadsToTheSameElements(t *testing.T) {
	for seed := range uint64(500) {
		g := &gardener{Rand: rand.New(rand.NewPCG(seed, 2))}
		a := withIDs(g.document(), new(int))
		a.Set("crm_feature_set", "2.0")
		b := clone(a)
		g.tend(b)
		b = withIDs(b, &g.ids)
		b.Set(AttrEpoch, "2")
		patch, err := Diff(a, b, DiffOptions{Format: 1})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		got, err := Apply(a, read(t, patch.String()))
		if err != nil || !Same(sorted(got), sorted(b)) {
			t.Fatalf("seed %d: %v\nfrom %s\npatch %s\ngives %v\nwant %s", seed, err, a, patch, got, b)
		}
	}
}

// withIDs gives every element an id, and takes comments out.
func withIDs(n *xmltree.Node, ids *int) *xmltree.Node {
	c := *n
	c.Attrs, c.Children = slices.Clone(n.Attrs), nil
	if _, ok := n.Lookup("id"); !ok && n.Name != "cib" && n.Name != "configuration" && n.Name != "status" {
		*ids++
		c.Set("id", fmt.Sprintf("w%d", *ids))
	}
	for _, child := range n.Children {
		if child.Kind == xmltree.Element {
			c.Add(withIDs(child, ids))
		}
	}
	return &c
}

func TestPatchThatDoesNotFitIsRefusedWhole(t *testing.T) {
	root := read(t, base)
	const head = `<diff format="2"><version><source admin_epoch="0" epoch="42" num_updates="14"/><target admin_epoch="0" epoch="43" num_updates="0"/></version>`
	for name, c := range map[string]struct {
		patch string
		want  Reason
	}{
		"older":        {strings.Replace(head, `epoch="42"`, `epoch="41"`, 1) + `</diff>`, Stale},
		"newer":        {strings.Replace(head, `epoch="42"`, `epoch="44"`, 1) + `</diff>`, Ahead},
		"no step":      {strings.Replace(head, `epoch="43"`, `epoch="42"`, 1) + `</diff>`, Stale},
		"no target":    {head + `<change operation="delete" path="/cib/status"/><change operation="modify" path="/cib/x"><change-result><x/></change-result></change></diff>`, Unmatched},
		"no result":    {head + `<change operation="modify" path="/cib"/></diff>`, Unmatched},
		"no path":      {head + `<change operation="delete" path="cib"/></diff>`, Unmatched},
		"unknown word": {head + `<change operation="explode" path="/cib"/></diff>`, Unmatched},
		"position":     {head + `<change operation="move" path="/cib/status" position="99"/></diff>`, Unmatched},
		"digest":       {strings.Replace(head, `<diff `, `<diff digest="00" `, 1) + `<change operation="delete" path="/cib/status"/></diff>`, Unmatched},
		"format":       {`<diff format="3"/>`, Invalid},
		"no patch":     {`<primitive id="p1"/>`, Invalid},
	} {
		res, err := Do(root, request(t, Request{Op: Patch}, c.patch), Env{})
		var e *Error
		if !errors.As(err, &e) || e.Reason != c.want || res.Changed {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if root.String() != read(t, base).String() {
		t.Error("a refused patch left something")
	}
}

// A patch from a partner keeps the version that it brings; a patch from a person is one more change.
func TestVersionAfterAPatch(t *testing.T) {
	a := read(t, base)
	b := read(t, strings.NewReplacer(`epoch="42"`, `epoch="50"`, `interval="10s"`, `interval="11s"`).Replace(base))
	patch, err := Diff(a, b, DiffOptions{Digest: true})
	if err != nil {
		t.Fatal(err)
	}
	for replicated, want := range map[bool]string{true: "0.50.14", false: "0.51.0"} {
		res, err := Do(a, Request{Op: Patch, Data: patch}, Env{Replicated: replicated})
		if err != nil || VersionOf(res.Root).String() != want {
			t.Errorf("replicated %v: %v, %s, want %s", replicated, err, VersionOf(res.Root), want)
		}
	}
}

func FuzzApply(f *testing.F) {
	root := read(f, base)
	for _, s := range []string{
		`<diff format="2"><change operation="create" path="/cib/configuration/nodes" position="1"><node id="2"/></change></diff>`,
		`<diff format="2"><change operation="move" path="/cib/configuration/nodes" position="3"/><change operation="delete" path="/cib/status/node_state[@id='1']"/></diff>`,
		`<diff format="2"><change operation="delete" path="/cib/comment" position="0"/></diff>`,
		`<diff><diff-removed><cib epoch="42"><status><node_state id="1" __crm_diff_marker__="removed:top"/></status></cib></diff-removed><diff-added><cib epoch="43"/></diff-added></diff>`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		patch, err := xmltree.Parse([]byte(text), xmltree.Options{KeepComments: true})
		if err != nil {
			return
		}
		before := root.String()
		got, err := Apply(root, patch)
		if err == nil && got.Name != "cib" {
			t.Errorf("%s makes %s", text, got)
		}
		if root.String() != before {
			t.Errorf("%s changes the tree that it was applied to", text)
		}
	})
}
