package schema_test

import (
	"strings"
	"testing"

	"heartbeat/internal/cib/schema"
	"heartbeat/internal/xmltree"
)

// whole puts parts of a configuration into a document of a schema.
func whole(validateWith, resources, constraints string) string {
	return `<cib validate-with="` + validateWith + `" admin_epoch="0" epoch="1" num_updates="0">
<configuration><crm_config/><nodes/>
<resources>` + resources + `</resources>
<constraints>` + constraints + `</constraints>
</configuration></cib>`
}

func parsed(t *testing.T, doc string) *xmltree.Node {
	t.Helper()
	root, err := xmltree.Parse([]byte(doc), xmltree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return root
}

const dummy = `<primitive id="p" class="ocf" provider="heartbeat" type="Dummy"/>`

func TestMistakesAreNamedWithTheirLineAndTheWayOut(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"misspelt element", whole("pacemaker-3.9", `<primitve id="p"/>`, ``), `line 3: <primitve id="p">: nobody knows the element <primitve>; take it out (did you mean primitive?)`},
		{"misspelt attribute", whole("pacemaker-3.9", `<primitive id="p" clas="lsb" class="lsb" type="x"/>`, ``), `<primitive id="p">: <primitive> has no attribute clas; take it out (did you mean class?)`},
		{"wrong section", whole("pacemaker-3.9", ``, dummy), `<primitive> does not belong in <constraints>; move it into bundle, clone, group, master or resources`},
		{"missing attributes", whole("pacemaker-3.9", `<primitive id="p" class="ocf" type="x"/>`, ``), `provider is missing; write provider`},
		{"missing child", whole("pacemaker-3.9", `<group id="g"/>`, ``), `<group id="g">: one of <instance_attributes>, <meta_attributes>, <primitive> is missing in it`},
		{"one too many", whole("pacemaker-3.9", `<clone id="c">`+dummy+`<primitive id="q" class="lsb" type="x"/></clone>`, ``), `<primitive id="q">: <clone id="c"> has one <primitive> too many; take one of them out`},
		{"bad word", whole("pacemaker-3.9", `<primitive id="p" class="osf" type="x"/>`, ``), `class="osf" is not allowed; write ocf, or lsb, systemd, service, stonith, heartbeat, upstart or nagios`},
		{"bad score", whole("pacemaker-3.9", dummy, `<rsc_location id="l" rsc="p" node="n" score="lots"/>`), `score="lots" is not allowed; write an integer, INFINITY or -INFINITY`},
		{"attributes that exclude each other", whole("pacemaker-3.9", dummy, `<rsc_order id="o" first="p" then="p" score="1" kind="Optional"/>`), `kind="Optional" cannot stand together with score`},
		{"an id twice", whole("pacemaker-3.9", dummy+"\n"+dummy, ``), `line 4: <primitive id="p">: the id "p" stands in line 3 already, in <primitive>`},
		{"an id that is no name", whole("pacemaker-3.9", `<primitive id="1p" class="lsb" type="x"/>`, ``), `id="1p" is not allowed`},
		{"a reference into nothing", whole("pacemaker-3.9", `<primitive id="webserver" class="lsb" type="x"/>`, `<rsc_location id="l" rsc="webservr" node="n" score="1"/>`), `rsc="webservr": there is no element with that id; did you mean webserver?`},
		{"text", whole("pacemaker-3.9", `hello`, ``), `<resources>: there is text in it: "hello"; take the text out`},
		{"too new an attribute", whole("pacemaker-3.0", dummy, `<rsc_colocation id="l" rsc="p" with-rsc="p" influence="true"/>`), `attribute influence is known in pacemaker-3.6 and later, and the document is of pacemaker-3.0`},
		{"too old an element", whole("pacemaker-4.0", `<master id="m">`+dummy+`</master>`, ``), `<master> is known in pacemaker-1.0 to 3.10, and the document is of pacemaker-4.0`},
		{"no schema of this world", whole("mine", dummy, ``), `nobody knows the schema "mine"`},
		{"two stations of an order", whole("pacemaker-3.9", dummy, `<rsc_ticket id="t" ticket="T"/>`), `<rsc_ticket id="t">: `},
	} {
		root := parsed(t, c.doc)
		found := schema.Check(root)
		var lines []string
		for _, p := range found {
			lines = append(lines, p.String())
		}
		if !strings.Contains(strings.Join(lines, "\n"), c.want) || !found.Errors() {
			t.Errorf("%s:\n%s\nis without\n%s", c.name, strings.Join(lines, "\n"), c.want)
		}
	}
}

func TestAllMistakesAreFoundAtOnce(t *testing.T) {
	doc := whole("pacemaker-3.9", `<primitive id="a" class="osf" type="x"/>
<group id="g"/>
<primitve id="p"/>
<clone id="c" bad="1">`+dummy+`<primitive id="q" class="lsb"/></clone>`, `<rsc_location id="l" rsc="nosuch" node="n" score="x"/>`)
	found := schema.Check(parsed(t, doc))
	if len(found) != 8 {
		t.Errorf("%d problems, want 8:", len(found))
		for _, p := range found {
			t.Log(p)
		}
	}
}

func TestWhatIsRightIsNotBlamed(t *testing.T) {
	for _, doc := range []string{
		whole("pacemaker-1.0", dummy, `<rsc_location id="l" rsc="p" node="n" score="INFINITY"/>`),
		whole("pacemaker-2.10", `<master id="m">`+dummy+`</master>`, ``),
		whole("pacemaker-3.9", `<bundle id="b"><podman image="i" promoted-max="1"/><network add-host="true"/>`+dummy+`</bundle>`, `<rsc_order id="o"><resource_set id="s"><resource_ref id="p"/><resource_ref id="b"/></resource_set></rsc_order>`),
		whole("pacemaker-4.0", `<clone id="m"><meta_attributes id="a"><nvpair id="n" name="promotable" value="true"/></meta_attributes>`+dummy+`</clone>`, ``),
		`<cib have_quorum="true" epoch="1"><configuration><crm_config><cluster_property_set id="s"><attributes><nvpair id="a:1" name="no_quorum_policy" value="stop"/></attributes></cluster_property_set></crm_config><nodes/>` +
			`<resources><group id="g:1" ordered="yes"><primitive id="1" class="heartbeat" type="IPaddr"/></group></resources><constraints><rsc_order id="o" from="a" to="b"/></constraints></configuration></cib>`,
	} {
		if found := schema.Check(parsed(t, doc)); found.Errors() {
			t.Errorf("%s:\n%v", doc, found)
		}
	}
}

func TestTheGrammarsOfAllGenerationsAreWhole(t *testing.T) {
	for _, v := range schema.Versions() {
		if found := schema.For(v).Check(parsed(t, `<cib admin_epoch="0" epoch="0" num_updates="0"><configuration><crm_config/><nodes/><resources/><constraints/></configuration></cib>`)); found != nil {
			t.Errorf("%s: %v", v, found)
		}
		if got, ok := schema.ParseVersion(v.Name()); got != v || !ok {
			t.Errorf("%s is read as %s", v.Name(), got)
		}
	}
}

// The walk over a document with a million mistakes stays short, and its answer too.
func TestThereIsAnEndOfProblems(t *testing.T) {
	doc := whole("pacemaker-3.9", strings.Repeat(`<primitve id="p" x="y"/>`, 100_000), ``)
	found := schema.Check(parsed(t, doc))
	if len(found) != schema.MostProblems+1 || !strings.Contains(found[len(found)-1].Text, "99000 more") {
		t.Errorf("%d problems, the last %v", len(found), found[len(found)-1])
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(whole("pacemaker-3.9", dummy, `<rsc_location id="l" rsc="p" node="n" score="1"/>`)))
	f.Add([]byte(whole("pacemaker-0.6", `<master_slave id="m"/>`, `<rsc_location id="l" rsc="p" node="n" score="1"/>`)))
	f.Add([]byte(whole("none", `<clone id="m"><rule/><rule/></clone>`, `<rsc_location rsc="p"/><rsc_location node="n" score="1"/>`)))
	f.Fuzz(func(t *testing.T, doc []byte) {
		root, err := xmltree.Parse(doc, xmltree.Options{MaxBytes: 1 << 20})
		if err != nil {
			return
		}
		for _, p := range schema.Check(root) {
			if p.Text == "" || p.Mend == "" {
				t.Errorf("a problem without a text or a way out: %+v", p)
			}
		}
	})
}
