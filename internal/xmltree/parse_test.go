package xmltree

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unsafe"
)

func parse(t *testing.T, doc string, o Options) *Node {
	t.Helper()
	n, err := Parse([]byte(doc), o)
	if err != nil {
		t.Fatalf("%q: %v", doc, err)
	}
	return n
}

func TestADocumentIsReadWithItsOrderAndLines(t *testing.T) {
	root := parse(t, `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE cib SYSTEM "crm.dtd">
<!-- made by hand -->
<cib epoch="3" admin_epoch='0'
     note="a &lt; b &#38; &quot;c&quot;">
  <nodes/>
  <resources>
    <primitive id="one" class="ocf"/>
    <primitive id="two"></primitive >
  </resources>
</cib>
`, Options{})
	if root.Name != "cib" || root.Line != 4 || root.Get("note") != `a < b & "c"` || root.Attrs[1] != (Attr{"admin_epoch", "0"}) {
		t.Errorf("root %+v", root)
	}
	if len(root.Children) != 2 {
		t.Fatalf("%d children, the white space between them is none", len(root.Children))
	}
	two := root.Find("resources").Children[1]
	if two.Get("id") != "two" || two.Line != 9 {
		t.Errorf("second primitive %+v", two)
	}
	if n := root.Find("resources", "group"); n != nil {
		t.Errorf("a group was found: %v", n)
	}
	if _, ok := two.Lookup("class"); ok {
		t.Error("an attribute that is not there was found")
	}
}

func TestTextIsJoinedFromItsPieces(t *testing.T) {
	root := parse(t, "<a>one &amp;\r\ntwo<![CDATA[ <b> & ]]><!-- away -->three</a>", Options{})
	if len(root.Children) != 1 || root.Content() != "one &\ntwo <b> & three" {
		t.Errorf("content %q of %d children", root.Content(), len(root.Children))
	}
	kept := parse(t, "<a> <!-- a note --> <b/> </a>", Options{KeepComments: true, KeepSpace: true})
	if len(kept.Children) != 5 || kept.Children[1].Kind != Comment || kept.String() != "<a> <!-- a note --> <b/> </a>" {
		t.Errorf("kept %q", kept)
	}
}

func TestWhiteSpaceInValuesSurvivesOnlyByReference(t *testing.T) {
	root := parse(t, "<a v=\"one\ttwo\nthree\r\nfour&#10;five\"/>", Options{})
	if got := root.Get("v"); got != "one two three four\nfive" {
		t.Errorf("value %q", got)
	}
	if got := root.String(); got != `<a v="one two three four&#10;five"/>` {
		t.Errorf("written %q", got)
	}
}

func TestErrorsNameTheLineAndTheWayOut(t *testing.T) {
	for _, c := range []struct {
		doc, want string
		line      int
	}{
		{"<a>\n<b>\n</a>", "</a> closes <b>, which begins in line 2", 3},
		{"<a>\n<b", "the document ends inside <b", 2},
		{"<a>\n", "inside <a>, which begins in line 1", 2},
		{"<a x=\"1\"\n x=\"2\"/>", "attribute x stands twice in <a>", 2},
		{"<a x=\"1\"y=\"2\"/>", "no blank before attribute y", 1},
		{"<a x=1/>", "not in quotes", 1},
		{"<a x/>", "attribute x has no value", 1},
		{"<a x=\"<\"/>", "write &lt;", 1},
		{"<a x=\"1", "is not ended by", 1},
		{"<a>\n\n&nbsp;</a>", `unknown reference "&nbsp;`, 3},
		{"<a x='&#0;'/>", "unknown reference", 1},
		{"<a>\n]]></a>", "write ]]&gt;", 2},
		{"<a/><b/>", "a second root element <b>", 1},
		{"<a/>\nhello", "text outside the root element", 1},
		{"", "no element", 1},
		{"<1/>", "no name of an element", 1},
		{"<a>\n\x00</a>", "0x00", 2},
		{"<a>\xff</a>", "0xff", 1},
		{"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "declarations of its own", 1},
		{"<a><!-- -- --></a>", "-- inside a comment", 1},
		{`<?xml version="1.0" encoding="latin1"?><a/>`, "only UTF-8", 1},
		{strings.Repeat("<a>", 600), "deeper than 512", 1},
		{"<a " + attributes(1100) + "/>", "more than 1024 attributes", 1},
		{"</a>", "nothing is open", 1},
	} {
		_, err := Parse([]byte(c.doc), Options{})
		se, ok := errors.AsType[*SyntaxError](err)
		if !ok || !strings.Contains(se.Msg, c.want) || se.Line != c.line {
			t.Errorf("%.40q: %v, want line %d and %q", c.doc, err, c.line, c.want)
		}
	}
	if _, err := Parse([]byte("<aaaa/>"), Options{MaxBytes: 4}); err == nil {
		t.Error("a document above the limit was read")
	}
}

func attributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d='' ", i)
	}
	return b.String()
}

func TestIndentedOutputReadsBackAsTheSameTree(t *testing.T) {
	root := New("cib", "epoch", "1").Add(
		New("nodes"),
		New("status").Add(New("note").Add(&Node{Kind: Text, Text: " a <b> "}, New("c"))),
	)
	want := `<cib epoch="1">
  <nodes/>
  <status>
    <note> a &lt;b&gt; <c/></note>
  </status>
</cib>
`
	if got := string(root.Append(nil, "  ")); got != want {
		t.Errorf("written:\n%s", got)
	}
	if !Equal(parse(t, want, Options{}), root) {
		t.Error("it does not read back as it was")
	}
}

func TestParseStringKeepsTheTextItWasGiven(t *testing.T) {
	text := strings.Clone(`<a b="value"/>`)
	root, err := ParseString(text, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if v := root.Get("b"); v != "value" || unsafe.StringData(v) != unsafe.StringData(text[6:]) {
		t.Errorf("value %q was copied", v)
	}
}
