package cib

import (
	"os"
	"strings"
	"testing"

	"heartbeat/internal/xmltree"
)

func rewritten(t *testing.T, doc string) (lines []string) {
	t.Helper()
	root, err := xmltree.ParseString(doc, xmltree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	next, _, err := UpgradeStored(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range Rewrites(root, next) {
		lines = append(lines, r.String())
	}
	return lines
}

func TestAnUpgradeSaysWhatItChanged(t *testing.T) {
	text := strings.Join(rewritten(t, `<cib admin_epoch="0" epoch="1" num_updates="0" have_quorum="true" ccm_transition="3" generated="true">
<configuration>
<crm_config><cluster_property_set id="b"><attributes>
<nvpair id="b1" name="stonith_enabled" value="false"/>
<nvpair id="b2" name="default_resource_stickiness" value="100"/>
</attributes></cluster_property_set></crm_config>
<nodes><node id="n1" uname="n1" type="normal"/></nodes>
<resources>
<master_slave id="ms" notify="true">
<primitive id="p" class="ocf" provider="heartbeat" type="Dummy">
<operations><op id="o" name="monitor" interval="10s" on_fail="block" prereq="quorum"/></operations>
</primitive></master_slave>
</resources>
<constraints><rsc_order id="c" from="p" to="ms" type="before"/></constraints>
</configuration><status/></cib>`), "\n")
	for _, want := range []string{
		"renamed: attribute have_quorum of <cib> to have-quorum (line 1)",
		"dropped: attribute ccm_transition of <cib> (line 1)",
		"dropped: <attributes> (line 3)",
		"renamed: option stonith_enabled to stonith-enabled (line 4)",
		"moved: option default_resource_stickiness, now resource-stickiness, from <cluster_property_set> of <crm_config> to <meta_attributes> of <rsc_defaults> (line 5)",
		"renamed: <master_slave> to <master> (line 9)",
		"moved: attribute notify of <master> to <meta_attributes> of <master> (line 9)",
		"renamed: attribute on_fail of <op> to on-fail (line 11)",
		"added: globally-unique=true in <meta_attributes> of <master>",
		"renamed: attribute from of <rsc_order> to first (line 14)",
		"changed: attribute type of <node> from normal to member (line 7)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func TestAnUpgradeOfNothingSaysNothing(t *testing.T) {
	if got := rewritten(t, `<cib validate-with="pacemaker-3.9" epoch="1"><configuration><crm_config/><nodes/><resources/><constraints/></configuration><status/></cib>`); len(got) > 0 {
		t.Errorf("said %q", got)
	}
}

// TestEveryRewriteOfALegacyDocumentIsToldOnce looks at a whole document of Heartbeat 2: kinds are not repeated, and every one has words.
func TestEveryRewriteOfALegacyDocumentIsToldOnce(t *testing.T) {
	doc, err := os.ReadFile("testdata/legacy/cib-2.1.3-style.xml")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	lines := rewritten(t, string(doc))
	for _, line := range lines {
		words, _, _ := strings.Cut(line, " (")
		if seen[words] || strings.HasSuffix(words, ": ") {
			t.Errorf("%q is told again, or says nothing", line)
		}
		seen[words] = true
	}
	if len(lines) < 10 {
		t.Errorf("only %q", lines)
	}
}
