package edit

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

const aclHead = `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0"><configuration>
<crm_config><cluster_property_set id="o"><nvpair id="o-acl" name="enable-acl" value="true"/><nvpair id="o-x" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
<nodes/><resources><primitive id="a" class="ocf" provider="heartbeat" type="Dummy"><instance_attributes id="a-i"><nvpair id="a-p" name="passwd" value="secret"/><nvpair id="a-q" name="port" value="1"/></instance_attributes></primitive>
<primitive id="b" class="ocf" provider="heartbeat" type="Dummy"/></resources><constraints/>`
const aclTail = `</configuration><status><node_state id="1"/></status></cib>`

const modernRules = `<acls>
<acl_target id="joe"><role id="watcher"/><role id="keeper"/></acl_target>
<acl_group id="staff"><role id="watcher"/></acl_group>
<acl_role id="watcher"><acl_permission id="w1" kind="read" xpath="/cib"/><acl_permission id="w2" kind="deny" xpath="//nvpair[@name='passwd']"/></acl_role>
<acl_role id="keeper"><acl_permission id="k1" kind="write" reference="b"/><acl_permission id="k2" kind="write" object-type="constraints"/></acl_role></acls>`

const olderRules = `<acls><acl_user id="joe"><role_ref id="watcher"/><write id="k1" ref="b"/><write id="k2" tag="constraints"/></acl_user>
<acl_role id="watcher"><read id="w1" xpath="/cib"/><deny id="w2" xpath="//nvpair[@name='passwd']"/></acl_role></acls>`

func TestReadersSeeWhatRulesLetThemSee(t *testing.T) {
	for name, text := range map[string]string{"modern": modernRules, "older": olderRules} {
		root := read(t, aclHead+text+aclTail)
		res, err := Do(root, Request{Op: Query, Who: User{Name: "joe"}}, Env{})
		if err != nil || strings.Contains(res.Answer.String(), "secret") || !strings.Contains(res.Answer.String(), `name="port"`) {
			t.Errorf("%s: %v, %s", name, err, res.Answer)
		}
		if res, err := Do(root, Request{Op: Query, Section: "resources", XPath: "//nvpair[@name='passwd']", Who: User{Name: "joe"}}, Env{}); err == nil {
			t.Errorf("%s: by XPath: %s", name, res.Answer)
		}
		for _, who := range []User{{}, {Name: "root"}, {Name: "hacluster"}} {
			if res, err := Do(root, Request{Op: Query, Who: who}, Env{}); err != nil || res.Answer != root {
				t.Errorf("%s: %q: %v", name, who.Name, err)
			}
		}
		if _, err := Do(root, Request{Op: Query, Who: User{Name: "eve"}}, Env{}); reasonOf(err) != Denied {
			t.Errorf("%s: a stranger: %v", name, err)
		}
	}
	root := read(t, aclHead+modernRules+aclTail)
	if res, err := Do(root, Request{Op: Query, Who: User{"ann", []string{"users", "staff"}}}, Env{}); err != nil || strings.Contains(res.Answer.String(), "secret") {
		t.Errorf("a member of a group: %v", err)
	}
	off := read(t, strings.Replace(aclHead, `name="enable-acl" value="true"`, `name="enable-acl" value="false"`, 1)+modernRules+aclTail)
	if _, err := Do(off, Request{Op: Query, Who: User{Name: "eve"}}, Env{}); err != nil {
		t.Errorf("rules that are switched off: %v", err)
	}
	only := read(t, aclHead+`<acls><acl_target id="joe"><acl_permission id="r" kind="read" reference="a-q"/></acl_target></acls>`+aclTail)
	const want = `<cib><configuration><resources><primitive id="a"><instance_attributes id="a-i"><nvpair id="a-q" name="port" value="1"/></instance_attributes></primitive></resources></configuration></cib>`
	res, err := Do(read(t, strings.Replace(only.String(), `<acl_permission`, `<role id="x"/><acl_permission`, 1)), Request{Op: Query, Who: User{Name: "joe"}}, Env{})
	if err != nil || res.Answer.String() != strings.ReplaceAll(want, "\n", "") {
		// A permission outside of a role is not of the schema, but read all the same.
		t.Errorf("%v, %s", err, res.Answer)
	}
}

func reasonOf(err error) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return 0
}

func TestWritersChangeWhatRulesLetThemChange(t *testing.T) {
	for generation, text := range map[string]string{"modern": modernRules, "older": olderRules} {
		for name, c := range map[string]struct {
			req  Request
			data string
			ok   bool
		}{
			"own resource":         {Request{Op: Modify}, `<primitive id="b" description="x"/>`, true},
			"below it":             {Request{Op: Modify}, `<primitive id="b"><meta_attributes id="b-m"/></primitive>`, true},
			"another resource":     {Request{Op: Modify}, `<primitive id="a" description="x"/>`, false},
			"new resource":         {Request{Op: Create, Section: "resources"}, `<primitive id="c" class="ocf" provider="heartbeat" type="Dummy"/>`, false},
			"own resource deleted": {Request{Op: Delete}, `<primitive id="b"/>`, true},
			"other deleted":        {Request{Op: Delete}, `<primitive id="a"/>`, false},
			"constraint":           {Request{Op: Create, Section: "constraints"}, `<rsc_location id="l" rsc="b" node="n" score="1"/>`, true},
			"option":               {Request{Op: Modify}, `<nvpair id="o-x" value="true"/>`, false},
			"the rules themselves": {Request{Op: Create, XPath: "//acls"}, `<acl_role id="mine"/>`, false},
			"everything":           {Request{Op: Erase}, "", false},
			"order":                {Request{Op: Patch}, `<diff format="2"><change operation="move" path="/cib/configuration/resources/primitive[@id='b']" position="0"/></diff>`, false},
			"status":               {Request{Op: Modify, Section: "status"}, `<node_state id="1" x="y"/>`, false},
			"the epoch":            {Request{Op: Bump}, "", false},
			"nothing":              {Request{Op: Modify}, `<primitive id="a" class="ocf"/>`, true},
		} {
			c.req.Who = User{Name: "joe"}
			res, err := Do(read(t, aclHead+text+aclTail), request(t, c.req, c.data), Env{})
			if c.ok && err != nil || !c.ok && (reasonOf(err) != Denied || res.Changed) {
				t.Errorf("%s, %s: allowed should be %v: %v", generation, name, c.ok, err)
			}
		}
	}
}

func TestRuleThatCannotBeReadAllowsNothing(t *testing.T) {
	root := read(t, aclHead+strings.Replace(modernRules, "//nvpair[@name='passwd']", "//nvpair[", 1)+aclTail)
	if _, err := Do(root, Request{Op: Query, Who: User{Name: "joe"}}, Env{}); reasonOf(err) != Denied || !strings.Contains(err.Error(), "w2") {
		t.Error(err)
	}
}

// Whatever somebody does, what he may not write stays as it is.
func TestNoChangeGetsPastARule(t *testing.T) {
	const acls = `<acls><acl_target id="joe"><role id="r"/></acl_target><acl_role id="r"><acl_permission id="p1" kind="write" object-type="a"/><acl_permission id="p2" kind="read" xpath="/cib"/><acl_permission id="p3" kind="deny" object-type="b"/></acl_role></acls>`
	granted := 0
	for seed := range uint64(1500) {
		g := &gardener{Rand: rand.New(rand.NewPCG(seed, 3))}
		root := read(t, strings.Replace(aclHead+acls+aclTail, "<nodes/>", "<nodes>"+withIDs(g.element(3), new(int)).String()+"</nodes>", 1))
		next := clone(root)
		g.tend(next.First("configuration").First("nodes"))
		next.First("configuration").First("nodes").Attrs = nil
		res, err := Do(root, Request{Op: Replace, Data: next, Who: User{Name: "joe"}}, Env{})
		if err != nil {
			continue
		}
		if res.Changed {
			granted++
		}
		// Elements named b anywhere are his to see nowhere, and so his to change nowhere.
		count := func(text string) int { return strings.Count(text, "<b") }
		if count(root.String()) != count(res.Root.String()) {
			t.Fatalf("seed %d: a denied element came or went:\n%s\n%s", seed, root, res.Root)
		}
	}
	if granted == 0 {
		t.Error("no change was ever granted")
	}
}
