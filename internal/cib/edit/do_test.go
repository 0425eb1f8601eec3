package edit

import (
	"errors"
	"strings"
	"testing"

	"heartbeat/internal/xmltree"
)

const base = `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="42" num_updates="14" admin_epoch="0">
<configuration><crm_config/><nodes><node id="1" uname="c1"/></nodes>
<resources><primitive id="p1" class="ocf" provider="heartbeat" type="Dummy"><operations><op id="p1-m" name="monitor" interval="10s"/></operations></primitive>
<group id="g1"><primitive id="p2" class="ocf" provider="heartbeat" type="Dummy"><operations><op id="p2-m" name="monitor" interval="5s"/></operations></primitive></group></resources>
<constraints/></configuration><status><node_state id="1" uname="c1"/></status></cib>`

func read(t testing.TB, text string) *xmltree.Node {
	t.Helper()
	n, err := xmltree.Parse([]byte(text), xmltree.Options{KeepComments: true})
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return n
}

// request is an operation of tests, its data as text.
func request(t testing.TB, r Request, data string) Request {
	if data != "" {
		r.Data = read(t, data)
	}
	return r
}

// The versions are those that C Pacemaker's cibadmin 2.1.5 was seen to write for the same operations on the same document.
func TestVersionMovesAsWithPacemaker(t *testing.T) {
	for name, c := range map[string]struct {
		req  Request
		data string
		want string
	}{
		"bump":                          {Request{Op: Bump}, "", "0.43.15"},
		"administrator's epoch":         {Request{Op: Modify}, `<cib admin_epoch="admin_epoch++"/>`, "1.42.15"},
		"attribute of the root":         {Request{Op: Modify}, `<cib remote-tls-port="99"/>`, "0.42.15"},
		"epoch by hand":                 {Request{Op: Modify}, `<cib epoch="epoch+=5"/>`, "0.47.15"},
		"nothing new":                   {Request{Op: Modify, Section: "resources"}, `<primitive id="p1" type="Dummy"/>`, "0.42.14"},
		"resource":                      {Request{Op: Modify, Section: "resources"}, `<primitive id="p1" description="x"/>`, "0.43.0"},
		"status":                        {Request{Op: Modify, Section: "status"}, `<node_state id="1" foo="x"/>`, "0.42.15"},
		"new in status":                 {Request{Op: Modify, Section: "status", AllowCreate: true}, `<node_state id="9" uname="x"/>`, "0.42.15"},
		"erase":                         {Request{Op: Erase}, "", "1.43.0"},
		"upgrade of what is new enough": {Request{Op: Upgrade}, "", "0.42.14"},
		"create":                        {Request{Op: Create, Section: "resources"}, `<primitive id="p9" class="ocf" provider="heartbeat" type="Dummy"/>`, "0.43.0"},
		"delete":                        {Request{Op: Delete, Section: "resources"}, `<op id="p2-m" name="monitor"/>`, "0.43.0"},
		"delete what is gone":           {Request{Op: Delete, Section: "resources"}, `<primitive id="nosuch"/>`, "0.42.14"},
		"delete one by XPath":           {Request{Op: Delete, XPath: "//op"}, "", "0.43.0"},
		"section that is not there yet": {Request{Op: Create, Section: "tags"}, `<tag id="t"><obj_ref id="p1"/></tag>`, "0.43.0"},
	} {
		root := read(t, base)
		before := root.String()
		res, err := Do(root, request(t, c.req, c.data), Env{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := VersionOf(res.Root).String(); got != c.want {
			t.Errorf("%s: version %s, want %s\n%s", name, got, c.want, res.Root)
		}
		if res.Changed != (res.Root != root) || root.String() != before {
			t.Errorf("%s: changed %v, the same tree %v, the old document now %s", name, res.Changed, res.Root == root, root)
		}
	}
}

func TestUpgradeRaisesTheAdministratorsVersion(t *testing.T) {
	root := read(t, strings.Replace(base, "pacemaker-3.9", "pacemaker-2.10", 1))
	res, err := Do(root, Request{Op: Upgrade}, Env{})
	if err != nil {
		t.Fatal(err)
	}
	if v := VersionOf(res.Root).String(); v != "1.1.2" || res.Root.Get("validate-with") != "pacemaker-3.9" {
		t.Errorf("version %s, schema %s", v, res.Root.Get("validate-with"))
	}
}

func TestRefusalsNameTheirReason(t *testing.T) {
	for name, c := range map[string]struct {
		req  Request
		data string
		want Reason
	}{
		"twice":                    {Request{Op: Create, Section: "resources"}, `<primitive id="p1"/>`, Exists},
		"without id beside others": {Request{Op: Create, Section: "resources"}, `<primitive class="ocf"/>`, Exists},
		"modify nothing":           {Request{Op: Modify, Section: "resources"}, `<primitive id="nosuch"/>`, Missing},
		"older epoch":              {Request{Op: Modify}, `<cib epoch="3"/>`, Stale},
		"older document":           {Request{Op: Replace}, `<cib epoch="0"><configuration/></cib>`, Stale},
		"newer features":           {Request{Op: Modify}, `<cib crm_feature_set="99.0"/>`, TooNew},
		"no data":                  {Request{Op: Modify}, "", Invalid},
		"whole document by XPath":  {Request{Op: Delete, XPath: "/cib"}, "", Invalid},
		"broken XPath":             {Request{Op: Delete, XPath: "//op[@id='"}, "", Invalid},
		"section out of nothing":   {Request{Op: Create, Section: "nosuch"}, `<primitive id="x"/>`, Invalid},
		"resource outside":         {Request{Op: Modify, AllowCreate: true}, `<primitive id="x"/>`, Schema},
		"section taken away":       {Request{Op: Delete}, `<resources/>`, Schema},
		"XPath to another object":  {Request{Op: Modify, XPath: "//primitive[@id='p1']"}, `<primitive id="p2"/>`, Missing},
		"query of nothing":         {Request{Op: Query, XPath: "//nosuch"}, "", Missing},
	} {
		root := read(t, base)
		res, err := Do(root, request(t, c.req, c.data), Env{})
		var e *Error
		if !errors.As(err, &e) || e.Reason != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if res.Changed || root.String() != read(t, base).String() {
			t.Errorf("%s: something changed", name)
		}
	}
}

func TestObjectsAreFoundMergedAndReplaced(t *testing.T) {
	for name, c := range map[string]struct {
		req   Request
		data  string
		xpath string // of what there is afterwards
		want  string
	}{
		"deep merge": {Request{Op: Modify, Section: "resources"}, `<primitive id="p2"><operations><op id="p2-m" timeout="9s"/></operations></primitive>`,
			"//op[@id='p2-m']", `<op id="p2-m" name="monitor" interval="5s" timeout="9s"/>`},
		"counter": {Request{Op: Modify, Section: "status"}, `<node_state id="1" fails="fails++"/>`,
			"//node_state", `<node_state id="1" uname="c1" fails="1"/>`},
		"object in a section's clothes": {Request{Op: Create, Section: "nodes"}, `<nodes><node id="2" uname="c2"/></nodes>`,
			"//node[@id='2']", `<node id="2" uname="c2"/>`},
		"replace": {Request{Op: Replace, Section: "resources"}, `<primitive id="p2" class="lsb" type="x"/>`,
			"//group", `<group id="g1"><primitive id="p2" class="lsb" type="x"/></group>`},
		"replace a section": {Request{Op: Replace, Section: "resources"}, `<resources/>`, "//resources", `<resources/>`},
		"delete all":        {Request{Op: Delete, XPath: "//op", All: true}, "", "//group//operations", `<operations/>`},
		"create in a place": {Request{Op: Create, XPath: "//group[@id='g1']"}, `<meta_attributes id="m"/>`, "//meta_attributes", `<meta_attributes id="m"/>`},
		"modify all": {Request{Op: Modify, XPath: "//op", All: true}, `<op id="p1-m" timeout="1s"/>`,
			"//op[@timeout]", `<op id="p1-m" name="monitor" interval="10s" timeout="1s"/>`},
	} {
		res, err := Do(read(t, base), request(t, c.req, c.data), Env{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		q, err := Do(res.Root, Request{Op: Query, XPath: c.xpath}, Env{})
		if err != nil || q.Answer.String() != c.want {
			t.Errorf("%s: %v, got %v, want %s", name, err, q.Answer, c.want)
		}
	}
}

func TestDeletionNeedsEveryAttributeToMatch(t *testing.T) {
	root := read(t, base)
	res, err := Do(root, request(t, Request{Op: Delete, Section: "resources"}, `<op id="p1-m" name="monitor" interval="11s"/>`), Env{})
	if err != nil || res.Changed {
		t.Errorf("%v, changed %v", err, res.Changed)
	}
}

func TestStampSaysWhoChangedTheConfiguration(t *testing.T) {
	env := Env{Stamp: &Stamp{"Sat Nov 21 01:46:18 2026", "c1", "cibadmin", "root"}}
	res, err := Do(read(t, base), request(t, Request{Op: Modify, Section: "resources"}, `<primitive id="p1" description="x"/>`), env)
	if err != nil || res.Root.Get("update-client") != "cibadmin" || res.Root.Get("cib-last-written") != env.Stamp.Written {
		t.Errorf("%v: %s", err, bare(res.Root))
	}
	res, err = Do(read(t, base), request(t, Request{Op: Modify, Section: "status"}, `<node_state id="1" a="x"/>`), env)
	if err != nil || res.Root.Get("update-client") != "" {
		t.Errorf("%v: a change of the status left %s", err, bare(res.Root))
	}
}

func TestSchemaHasTheLastWord(t *testing.T) {
	env := Env{Check: func(*xmltree.Node) error { return errors.New("line 3: no") }}
	root := read(t, base)
	res, err := Do(root, request(t, Request{Op: Modify, Section: "resources"}, `<primitive id="p1" description="x"/>`), env)
	var e *Error
	if !errors.As(err, &e) || e.Reason != Schema || res.Root != root || res.Proposed == nil {
		t.Errorf("%v, %+v", err, res)
	}
}
