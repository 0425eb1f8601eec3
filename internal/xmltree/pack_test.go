package xmltree

import (
	"runtime"
	"strings"
	"testing"
)

const packable = `<cib>
 <op id="a" operation='start' empty=""/>
 <op id = "b"
     note="it's" key='1:"2"'>
  <op id="inner" x:y="1"/>
 </op>
 <op id="c" note="a &lt; b"/>
 <op id="d" note="two
lines"/>
 <op/><other id="e"/>
</cib>`

func TestPackedElementsSayTheSame(t *testing.T) {
	plain, packed := parse(t, packable, Options{}), parse(t, packable, Options{Pack: []string{"op"}})
	if !Equal(plain, packed) || !Equal(packed, plain) || !Equal(packed, parse(t, packable, Options{Pack: []string{"op"}})) {
		t.Error("not equal")
	}
	if a, b := string(plain.Append(nil, " ")), string(packed.Append(nil, " ")); a != b {
		t.Errorf("written as\n%s\ninstead of\n%s", b, a)
	}
	if Equal(packed, parse(t, strings.Replace(packable, `"b"`, `"B"`, 1), Options{Pack: []string{"op"}})) {
		t.Error("another value is not seen")
	}
	b := packed.Children[1]
	if b.spans == nil || b.Attrs != nil || b.Line != 3 {
		t.Fatalf("%+v is not packed", b)
	}
	for name, want := range map[string]string{"id": "b", "note": "it's", "key": `1:"2"`} {
		if v, ok := b.Lookup(name); !ok || v != want || b.Get(name) != want {
			t.Errorf("%s: %q, %v", name, v, ok)
		}
	}
	if v, ok := b.Lookup("no"); ok || v != "" {
		t.Errorf("%q found", v)
	}
	if v, ok := packed.Children[0].Lookup("empty"); !ok || v != "" {
		t.Errorf("empty: %q, %v", v, ok)
	}
	for _, i := range []int{2, 3, 4, 5} {
		if packed.Children[i].spans != nil {
			t.Errorf("%s is packed", packed.Children[i])
		}
	}
}

func TestPackedElementsAreChangedLikeOthers(t *testing.T) {
	for _, change := range []func(*Node){
		func(n *Node) { n.Set("operation", "stop"); n.Set("new", "1") },
		func(n *Node) { n.Unset("id") },
		func(n *Node) { n.Unset("nothing") },
		func(n *Node) { n.Attrs[0].Value = "in place" },
	} {
		plain, packed := parse(t, packable, Options{}), parse(t, packable, Options{Pack: []string{"op"}})
		before := packed.String()
		a, b := NewDraft(plain), NewDraft(packed)
		change(a.Edit(0))
		change(b.Edit(0))
		if x, y := a.Root().String(), b.Root().String(); x != y {
			t.Errorf("%s\ninstead of\n%s", y, x)
		}
		if packed.String() != before {
			t.Errorf("the first tree became %s", packed)
		}
		c := packed.Children[0].Clone()
		change(c)
		if c.String() != a.Root().Children[0].String() || packed.String() != before {
			t.Errorf("the clone is %s, the tree %s", c, packed)
		}
	}
}

func TestWhatIsTooLargeIsNotPacked(t *testing.T) {
	long := strings.Repeat("n", mostNameLen+1)
	many := new(strings.Builder)
	for i := range mostPacked + 1 {
		many.WriteString(" a" + strings.Repeat("b", i%200) + string(rune('a'+i/200)) + `="1"`)
	}
	for what, doc := range map[string]string{
		"name": "<a " + long + "='1'/>", "value": "<a v='" + strings.Repeat("v", mostTagBytes) + "'/>", "attributes": "<a" + many.String() + "/>",
	} {
		n := parse(t, doc, Options{Pack: []string{"a"}})
		if n.spans != nil || !Equal(n, parse(t, doc, Options{})) {
			t.Errorf("%s: packed %v", what, n.spans != nil)
		}
	}
	if n := parse(t, "<a v='"+strings.Repeat("v", mostTagBytes-5)+"'/>", Options{Pack: []string{"a"}}); n.spans == nil || len(n.Get("v")) != mostTagBytes-5 {
		t.Error("one that is just small enough is not packed")
	}
}

// A history of a large cluster has hundreds of megabytes; what is added to them in memory is bounded here.
func TestHistoriesTakeLittleMemory(t *testing.T) {
	doc := string(typicalDocument(2000))
	pack := Options{Pack: []string{"lrm_resource", "lrm_rsc_op"}}
	grown := func(o Options) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := ParseString(doc, o); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc-before.TotalAlloc) / float64(len(doc))
	}
	const budget = 1.5 // bytes for each of the text
	packed, plain := grown(pack), grown(Options{})
	t.Logf("%.2f bytes for each of the document, %.2f without packing", packed, plain)
	if packed > budget {
		t.Errorf("%.2f bytes for each of the document, %.2f are the budget; %.2f without packing", packed, budget, plain)
	}
}

func FuzzPackingChangesNothing(f *testing.F) {
	f.Add([]byte(packable), "op")
	f.Add([]byte(`<a b="1"><a c='&amp;' d='"'/></a>`), "a")
	f.Add([]byte("<a b='\n' c=''/>"), "a")
	f.Fuzz(func(t *testing.T, doc []byte, name string) {
		plain, err := Parse(doc, Options{})
		packed, packErr := Parse(doc, Options{Pack: []string{name}})
		if (err == nil) != (packErr == nil) || err != nil && err.Error() != packErr.Error() {
			t.Fatalf("%q: %v, packed %v", doc, err, packErr)
		}
		if err != nil {
			return
		}
		if !Equal(plain, packed) || plain.String() != packed.String() {
			t.Fatalf("%q: %s, packed %s", doc, plain, packed)
		}
		other := map[*Node]*Node{}
		var pair func(a, b *Node)
		pair = func(a, b *Node) {
			other[a] = b
			for i := range a.Children {
				pair(a.Children[i], b.Children[i])
			}
		}
		pair(plain, packed)
		for a, b := range other {
			for _, at := range a.Attrs {
				if v, ok := b.Lookup(at.Name); !ok || v != at.Value {
					t.Fatalf("%q: %s is %q, packed %q", doc, at.Name, at.Value, v)
				}
			}
			if _, ok := b.Lookup(""); ok {
				t.Fatalf("%q has an attribute without name", doc)
			}
		}
	})
}
