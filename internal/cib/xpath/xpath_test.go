package xpath

import (
	"strings"
	"testing"

	"heartbeat/internal/xmltree"
)

const doc = `<cib><configuration><crm_config><cluster_property_set id="o"><nvpair id="o-1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
<resources><primitive id="a" class="ocf" type="IPaddr2"/><!-- note --><group id="g"><primitive id="b" type="Dummy"><operations><op id="b-m" name="monitor"/><op id="b-s" name="start"/></operations></primitive></group>
<clone id="c"><primitive id="d" type="Dummy"/></clone></resources><constraints><rsc_location id="l" rsc="a" node="n1" score="INFINITY"/></constraints></configuration><status/></cib>`

func tree(t testing.TB, text string) *xmltree.Node {
	t.Helper()
	root, err := xmltree.Parse([]byte(text), xmltree.Options{KeepComments: true})
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// ids lists what an expression finds, by id or else by name.
func ids(t *testing.T, root *xmltree.Node, text string) string {
	t.Helper()
	found, err := Find(root, text)
	if err != nil {
		return "error"
	}
	var out []string
	for _, m := range found {
		n := root
		for _, i := range m.Way {
			n = n.Children[i]
		}
		if n != m.Node {
			t.Errorf("%s: the way %v leads to another node", text, m.Way)
		}
		id := m.Node.Get("id")
		if id == "" {
			id = m.Node.Name
		}
		out = append(out, id)
	}
	return strings.Join(out, " ")
}

// Expressions are of the kinds that cibadmin's users, crmsh, pcs and access rules write.
func TestExpressionsOfTheField(t *testing.T) {
	root := tree(t, doc)
	for text, want := range map[string]string{
		"//op":                 "b-m b-s",
		"/cib":                 "cib",
		"/":                    "cib",
		"//primitive":          "a b d",
		"//primitive[@id='b']": "b",
		`//primitive[@id="b"]//op[@name='monitor']`: "b-m",
		"//nvpair[@name='stonith-enabled']":         "o-1",
		"//nvpair[@name='stonith-enabled']/@value":  "o-1",
		"//nosuch":                                      "",
		"/cib/configuration/resources/*":                "a g c",
		"//resources/child::*[2]":                       "g",
		"//resources/*[last()]":                         "c",
		"//*[@id='a' and @class]":                       "a",
		"//*[@rsc='a']|//primitive[@id='a']":            "a l",
		"//op[not(@name='start')]":                      "b-m",
		"//op/ancestor::primitive":                      "b",
		"//op/ancestor-or-self::group":                  "g",
		"//op/..":                                       "operations",
		"//primitive[starts-with(@type,'IP')]":          "a",
		"//primitive[contains(@type,'umm')]":            "b d",
		"//*[self::group or self::clone]":               "g c",
		"//group/following-sibling::clone":              "c",
		"//clone/preceding-sibling::primitive":          "a",
		"(//primitive)[2]":                              "b",
		"//primitive[count(operations/op)>1]":           "b",
		"//rsc_location[@score='INFINITY'][@node='n1']": "l",
		"//*[@id=//rsc_location/@rsc]":                  "a",
		"//comment()":                                   "resources",
		"count(//op)":                                   "",
		"//primitive[@id='b":                            "error",
		"//[":                                           "error",
		"":                                              "error",
		"nosuchfunction(//op)":                          "error",
	} {
		if got := ids(t, root, text); got != want {
			t.Errorf("%s finds %q, want %q", text, got, want)
		}
	}
}

func TestExpressionsAreBounded(t *testing.T) {
	root := tree(t, doc)
	for _, text := range []string{strings.Repeat("/a", MaxLength), strings.Repeat("(", 100) + "1" + strings.Repeat(")", 100)} {
		if _, err := Find(root, text); err == nil {
			t.Errorf("%.20s… of %d bytes is accepted", text, len(text))
		}
	}
}

func FuzzXPath(f *testing.F) {
	for _, s := range []string{"//op", "//*[@id='a' and @class]/..", "(//primitive)[2]|//op", "count(//op) > 1", "//op/ancestor::*[position()=last()]/@id", "string-length(//@id)", "//*[matches(@id,'(a')]"} {
		f.Add(s)
	}
	root := tree(f, doc)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 200 {
			return
		}
		found, err := Find(root, text)
		if err != nil {
			return
		}
		for _, m := range found {
			if m.Node == nil || m.Node.Kind != xmltree.Element {
				t.Errorf("%q finds %+v", text, m)
			}
		}
	})
}
