package crmtool

import (
	"strings"
	"testing"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/testenv"
)

// The same rules, users and operations for ours and for Debian's cibadmin.
func TestAccessRulesBesideDebian(t *testing.T) {
	testenv.NeedRoot(t)
	const rules = `<acls><acl_target id="daemon"><role id="watcher"/><role id="keeper"/></acl_target><acl_target id="bin"><role id="narrow"/></acl_target><acl_group id="games"><role id="watcher"/></acl_group>
<acl_role id="watcher"><acl_permission id="w1" kind="read" xpath="/cib"/><acl_permission id="w2" kind="deny" xpath="//nvpair[@name='ip']"/></acl_role>
<acl_role id="narrow"><acl_permission id="n1" kind="read" object-type="op"/><acl_permission id="n2" kind="write" reference="vip-monitor-5s"/></acl_role>
<acl_role id="keeper"><acl_permission id="k1" kind="write" reference="p1"/><acl_permission id="k2" kind="write" object-type="constraints"/></acl_role></acls>`
	text := strings.Replace(string(healthy(t)), "</constraints>", "</constraints>"+rules, 1)
	text = strings.Replace(text, `<cluster_property_set id="cib-bootstrap-options">`, `<cluster_property_set id="cib-bootstrap-options"><nvpair id="acl-on" name="enable-acl" value="true"/>`, 1)
	for _, user := range []string{"daemon", "bin", "games", "nobody", "root"} {
		for _, args := range [][]string{
			{"-Q"},
			{"-Q", "-A", "//nvpair[@name='ip']"},
			{"-Q", "-o", "resources"},
			{"-M", "-X", `<primitive id="p1" description="x"/>`},
			{"-M", "-X", `<primitive id="p2" description="x"/>`},
			{"-M", "-X", `<op id="vip-monitor-5s" timeout="9s"/>`},
			{"-M", "-X", `<nvpair id="vip-instance_attributes-ip" value="1.2.3.4"/>`},
			{"-D", "-X", `<rsc_location id="l-ping"/>`},
			{"-D", "-X", `<op id="p2-monitor-10s"/>`},
			{"-C", "-o", "constraints", "-X", `<rsc_location id="l-new" rsc="p1" node="c1" score="5"/>`},
			{"-R", "-o", "constraints", "-X", `<constraints/>`},
			{"-B"},
		} {
			args = append(args, "-U", user)
			ours, debian := copyOf(t, []byte(text)), copyOf(t, []byte(text))
			code, out, complaints := try(t, cibadmin, map[string]string{"CIB_file": ours}, "", args...)
			wantCode, want, _ := theirs(t, "cibadmin", debian, "", args...)
			if code != wantCode || out != want {
				t.Errorf("%v: code %d, want %d, complaints %q\n%.1500s\nwant\n%.1500s", args, code, wantCode, complaints, out, want)
			}
			if !edit.Same(document(t, ours), document(t, debian)) {
				t.Errorf("%v: the documents differ", args)
			}
		}
	}
}
