package cib_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heartbeat/internal/cib"
	"heartbeat/internal/cib/schema"
	"heartbeat/internal/xmltree"
)

func legacy(t *testing.T, name string) *xmltree.Node {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "legacy", name))
	if err != nil {
		t.Fatal(err)
	}
	root, err := xmltree.Parse(text, xmltree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// facts is what a configuration says without the ids that every converter makes up: pairs below their owner, operations, constraints.
func facts(root *xmltree.Node) []string {
	var list []string
	var walk func(x *xmltree.Node, owner string)
	walk = func(x *xmltree.Node, owner string) {
		made := slices.Contains([]string{"meta_attributes", "instance_attributes", "cluster_property_set", "nvpair", "expression"}, x.Name)
		if !made && x.Get("id") != "" {
			owner = x.Get("id")
		}
		var attrs []string
		for _, a := range x.Attrs {
			if a.Name != "id" || !made {
				attrs = append(attrs, a.Name+"="+a.Value)
			}
		}
		slices.Sort(attrs)
		if len(attrs) > 0 {
			list = append(list, owner+": "+x.Name+" "+strings.Join(attrs, " "))
		}
		for c := range x.Elements("") {
			walk(c, owner)
		}
	}
	walk(root.First("configuration"), "")
	slices.Sort(list)
	return list
}

func TestADocumentOfHeartbeat2BecomesWhatPacemakersConvertersMadeOfIt(t *testing.T) {
	got, warnings, err := cib.UpgradeStored(legacy(t, "cib-2.1.3-style.xml"))
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := facts(got), facts(legacy(t, "cib-2.1.3-style.upgraded-3.9.xml"))
	// What an operation requires moves to its resource only from start and promote, and is lost from monitor, in both.
	for _, f := range theirs {
		if !slices.Contains(mine, f) {
			t.Errorf("is missing: %s", f)
		}
	}
	for _, f := range mine {
		if !slices.Contains(theirs, f) {
			t.Errorf("is too much: %s", f)
		}
	}
	if !strings.Contains(strings.Join(warnings, "\n"), "migration-threshold") {
		t.Errorf("that the score for failures is gone is not said: %q", warnings)
	}
}

func TestUpgradedDocumentsFollowTheirSchema(t *testing.T) {
	strange := legacy(t, "cib-2.1.3-style.xml")
	for x := range strange.All() {
		if x.Name == "nvpair" || x.Name == "op" || x.Name == "rsc_location" {
			x.Set("id", "1:"+x.Get("id")+" §")
		}
	}
	for _, root := range []*xmltree.Node{legacy(t, "cib-2.1.3-style.xml"), strange} {
		for _, up := range []func(*xmltree.Node) (*xmltree.Node, []string, error){cib.Upgrade, cib.UpgradeStored} {
			out, _, err := up(root)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range schema.Check(out) {
				t.Errorf("%s: %v", out.Get("validate-with"), p)
			}
		}
	}
}

func TestHistoryFollowsAResourceWithANewId(t *testing.T) {
	root, err := xmltree.Parse([]byte(`<cib have_quorum="true"><configuration><resources><clone id="1c"><primitive id="1p" class="lsb" type="x"/></clone></resources></configuration>`+
		`<status><node_state id="n" uname="n"><transient_attributes id="n"><instance_attributes id="s"><attributes><nvpair id="f" name="fail-count-1p:0" value="3"/></attributes></instance_attributes></transient_attributes>`+
		`<lrm id="n"><lrm_resources><lrm_resource id="1p:0" class="lsb" type="x"/></lrm_resources></lrm></node_state></status></cib>`), xmltree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := cib.Upgrade(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`lrm_resource id="id-1p:0"`, `name="fail-count-id-1p:0"`, `<clone id="id-1c"`} {
		if text := string(out.Append(nil, "")); !strings.Contains(text, want) {
			t.Errorf("%s\nis without %s", text, want)
		}
	}
}
