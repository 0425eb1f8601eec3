package cib_test

import (
	"strings"
	"testing"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

func document(attrs, configuration string) string {
	return `<cib ` + attrs + `><configuration>` + configuration + `</configuration><status/></cib>`
}

func upgraded(t *testing.T, doc string) (text string, warnings []string) {
	t.Helper()
	root, err := xmltree.Parse([]byte(doc), xmltree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	before := string(root.Append(nil, ""))
	out, warnings, err := cib.Upgrade(root)
	if err != nil {
		t.Fatal(err)
	}
	if string(root.Append(nil, "")) != before {
		t.Error("the document handed in was changed")
	}
	return string(out.Append(nil, "")), warnings
}

func TestUpgradeSteps(t *testing.T) {
	for _, c := range []struct{ name, schema, in, want string }{
		{"properties of Heartbeat 2", `have_quorum="true"`,
			`<crm_config><cluster_property_set id="s"><attributes><nvpair id="a" name="no_quorum_policy" value="stop"/></attributes></cluster_property_set></crm_config>`,
			`name="no-quorum-policy" value="stop"/><nvpair id="s-stonith-enabled" name="stonith-enabled" value="false"/>`},
		{"order of Heartbeat 2", ``, `<constraints><rsc_order id="o" from="a" to="b"/></constraints>`, `<rsc_order id="o" first="b" first-action="start" then="a" then-action="start"/>`},
		{"the other order", ``, `<constraints><rsc_order id="o" from="a" to="b" type="before" action="stop"/></constraints>`, `<rsc_order id="o" first="a" first-action="stop" then="b"/>`},
		{"colocation of Heartbeat 2", ``, `<constraints><rsc_colocation id="c" from="a" to="b" score="-infinity" to_role="master"/></constraints>`,
			`<rsc_colocation id="c" score="-INFINITY" rsc="a" with-rsc="b" with-rsc-role="master"/>`},
		{"operation of Heartbeat 2", ``, `<resources><primitive id="p" class="lsb" type="x"><operations><op id="o" name="monitor" on_fail="block" disabled="yes"/></operations></primitive></resources>`,
			`<op id="o" name="monitor" on-fail="block" enabled="false" interval="0"/>`},
		{"the port for others", `have_quorum="true" remote_access_port="5560"`, ``, `remote-tls-port="5560"`},
		{"clone of Heartbeat 2", `have_quorum="true"`, `<resources><clone id="c"><primitive id="p" class="lsb" type="x"/></clone></resources>`, `name="globally-unique" value="true"`},
		{"clone whose instances are alike", `have_quorum="true"`, `<resources><master_slave id="c" globally_unique="false"><primitive id="p" class="lsb" type="x"/></master_slave></resources>`,
			`<nvpair id="c-meta_attributes-upgraded-globally-unique" name="globally-unique" value="false"/><nvpair id="c-meta_attributes-upgraded-promotable"`},
		{"time without a unit", `have_quorum="true"`, `<resources><primitive id="p" class="lsb" type="x"><operations><op id="o" name="monitor" interval="30" timeout="20"/></operations></primitive></resources>`,
			`interval="30" timeout="20"`},
		{"resource whose id is no name", `have_quorum="true"`,
			`<resources><primitive id="10:web" class="lsb" type="x"/><primitive id="id-10-web" class="lsb" type="x"/></resources><constraints><rsc_order id="o" from="10:web" to="id-10-web"/></constraints>`,
			`<rsc_order id="o" first="id-10-web" first-action="start" then="id-10-web-2" then-action="start"/>`},
		{"default of 2", `validate-with="pacemaker-2.5"`,
			`<crm_config><cluster_property_set id="s"><nvpair id="a" name="default-resource-stickiness" value="7"/></cluster_property_set></crm_config>`, `name="resource-stickiness" value="7"`},
		{"what an operation requires", `validate-with="pacemaker-1.2"`,
			`<resources><primitive id="p" class="ocf" type="x"><operations><op id="o" name="start" interval="0" requires="nothing"/></operations></primitive></resources>`, `name="requires" value="nothing"`},
		{"master", `validate-with="pacemaker-3.0"`, `<resources><master id="m"><primitive id="p" class="ocf" type="x"/></master></resources>`, `<clone id="m">`},
		{"ping node", `validate-with="pacemaker-3.0"`, `<nodes><node id="1" uname="router" type="ping"/></nodes>`, `rsc-pattern=".*" node="router" score="-INFINITY" resource-discovery="never"`},
		{"location with two rules", `validate-with="pacemaker-3.9"`,
			`<constraints><rsc_location id="l" resource-discovery="never"><resource_set id="s"><resource_ref id="p"/></resource_set><rule id="r1" score="1"/><rule id="r2" score="2"/></rsc_location></constraints>`,
			`<rsc_location id="pcmk__3_10_upgrade-l-1" resource-discovery="never"><resource_set id="s"><resource_ref id="p"/></resource_set><rule id="r1" score="1"/></rsc_location>` +
				`<rsc_location id="pcmk__3_10_upgrade-l-2" resource-discovery="never"><resource_set id-ref="s"/><rule id="r2" score="2"/></rsc_location>`},
		{"access to a location with two rules", `validate-with="pacemaker-3.9"`,
			`<constraints><rsc_location id="l" rsc="p"><rule id="r1" score="1"/><rule id="r2" score="2"/></rsc_location></constraints><acls><acl_role id="a"><acl_permission id="x" kind="read" reference="l"/></acl_role></acls>`,
			`<acl_permission id="x" kind="read" xpath="//*[@id = 'pcmk__3_10_upgrade-l-1' or @id = 'pcmk__3_10_upgrade-l-2']"/>`},
		{"lifetime", `validate-with="pacemaker-3.0"`,
			`<constraints><rsc_location id="l" rsc="p" node="n" score="5"><lifetime><rule id="r"><date_expression id="d" operation="lt" end="2030-01-01"/></rule></lifetime></rsc_location></constraints>`,
			`<rule id="l-lifetime-rule" boolean-op="and" score="5"><expression id="l-lifetime-rule-node" attribute="#uname" operation="eq" value="n"/><rule id="r">`},
		{"power off", `validate-with="pacemaker-3.9"`, `<crm_config><cluster_property_set id="s"><nvpair id="a" name="stonith-action" value="poweroff"/></cluster_property_set></crm_config>`, `value="off"`},
	} {
		if got, _ := upgraded(t, document(c.schema, c.in)); !strings.Contains(got, c.want) {
			t.Errorf("%s:\n%s\nis without\n%s", c.name, got, c.want)
		}
	}
}

func TestWhatIsLeftOutIsSaid(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"score for failures", document(``, `<crm_config><cluster_property_set id="s"><nvpair id="a" name="default_resource_failure_stickiness" value="-100"/></cluster_property_set></crm_config>`), "migration-threshold"},
		{"a class that is gone", document(`validate-with="pacemaker-2.0"`, `<resources><primitive id="p" class="upstart" type="x"/></resources>`), "upstart"},
		{"an id that is no name", document(`have_quorum="true"`, `<resources><primitive id="1web" class="lsb" type="x"/></resources>`), "primitive 1web is called id-1web now"},
		{"no schema", document(`validate-with="none"`, ``), "names no schema"},
	} {
		if _, warnings := upgraded(t, c.doc); !strings.Contains(strings.Join(warnings, "\n"), c.want) {
			t.Errorf("%s: %q", c.name, warnings)
		}
	}
}

func TestRefusedDocuments(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{`<crm/>`, "no cluster document"},
		{`<cib validate-with="pacemaker-3.0"/>`, "no configuration"},
		{document(`validate-with="pacemaker-9.1"`, ``), "newer than the newest"},
		{document(`validate-with="mine"`, ``), `the schema "mine"`},
		{document(`validate-with="pacemaker-4.0" crm_feature_set="3.21.0"`, ``), "feature set"},
		{document(`validate-with="pacemaker-4.0"`, `<resources><cluster id="x"/></resources>`), "<cluster>"},
		{document(`validate-with="pacemaker-4.0"`, `<constraints><rsc_wish id="x"/></constraints>`), "<rsc_wish>"},
		{document(`validate-with="pacemaker-4.0"`, `<resources><clone id="c"><meta_attributes id="m"><nvpair id="n" name="clone-max" value="1000000"/></meta_attributes></clone></resources>`), "too many"},
	} {
		root, err := xmltree.Parse([]byte(c.doc), xmltree.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := cib.Upgrade(root); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.doc, err, c.want)
		}
	}
}

func FuzzUpgrade(f *testing.F) {
	f.Add([]byte(document(``, `<resources><master_slave id="m" notify="true"><primitive id="p" class="heartbeat" type="x"/></master_slave></resources>`)))
	f.Add([]byte(document(`validate-with="pacemaker-3.0"`, `<constraints><rsc_location id="l" rsc="p"><lifetime><rule id="r"/></lifetime><rule id="s" score="1"/></rsc_location></constraints>`)))
	f.Fuzz(func(t *testing.T, doc []byte) {
		root, err := xmltree.Parse(doc, xmltree.Options{})
		if err != nil {
			return
		}
		out, _, err := cib.Upgrade(root)
		if err != nil {
			return
		}
		again, _, err := cib.Upgrade(out)
		if err != nil {
			t.Fatalf("what was upgraded is refused: %v", err)
		}
		if again != out && out.Get("validate-with") == "pacemaker-4.0" {
			t.Fatal("what was upgraded is upgraded again")
		}
	})
}
