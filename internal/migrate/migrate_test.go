package migrate

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heartbeat/internal/conf"
	"heartbeat/internal/xmltree"
)

const twoNodes = "node hatest3 hatest4\nbcast eth0\nauto_failback on\nlogfacility daemon\n"

func input(haCf, resources string) Input {
	return Input{
		HaCf: conf.File{Name: "ha.cf", Data: []byte(haCf)}, Resources: conf.File{Name: "haresources", Data: []byte(resources)}, Schema: Schema06,
		ClassOf: func(s string) string {
			return map[string]string{"httpd": "lsb", "drbddisk": "heartbeat", "nginx": "systemd"}[s]
		},
		StonithNames: func(s string) []string {
			return map[string][]string{"external/ipmi": {"hostname", "ipaddr", "userid", "passwd", "interface"}, "ssh": {"hostlist"}}[s]
		},
		ReadFile: func(name string) ([]byte, error) {
			if name == "/etc/ha.d/ssh.conf" {
				return []byte("# all of them\nhatest3 hatest4\n"), nil
			}
			return nil, errors.New("open " + name + ": no such file or directory")
		},
	}
}

// convert fails the test when anything is wrong with the files.
func convert(t *testing.T, in Input) *xmltree.Node {
	t.Helper()
	tree, problems := Convert(in)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return tree
}

// TestTheSpecifiedExampleIsReproduced compares with what the classic tool made of the same line; the mended addresses and options aside.
func TestTheSpecifiedExampleIsReproduced(t *testing.T) {
	tree := convert(t, input(twoNodes, "hatest3 192.168.228.235 httpd\n"))
	want, err := xmltree.Parse([]byte(`<cib admin_epoch="0" epoch="0" num_updates="0">
 <configuration>
  <nodes/>
  <resources>
   <group id="group_1">
    <primitive id="IPaddr_192_168_228_235" type="IPaddr" class="ocf" provider="heartbeat">
     <operations><op id="IPaddr_192_168_228_235_mon" name="monitor" interval="5s" timeout="5s"/></operations>
     <instance_attributes id="IPaddr_192_168_228_235_inst_attr"><attributes>
       <nvpair id="IPaddr_192_168_228_235_attr_0" name="ip" value="192.168.228.235"/>
     </attributes></instance_attributes>
    </primitive>
    <primitive id="httpd_2" type="httpd" class="lsb" provider="heartbeat">
     <operations><op id="httpd_2_mon" name="monitor" interval="120s" timeout="60s"/></operations>
    </primitive>
   </group>
  </resources>
  <constraints>
   <rsc_location id="rsc_location_group_1" rsc="group_1">
    <rule id="prefered_location_group_1" score="100">
     <expression id="prefered_location_group_1_expr" attribute="#uname" operation="eq" value="hatest3"/>
    </rule>
   </rsc_location>
  </constraints>
 </configuration>
 <status/>
</cib>`), xmltree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := xmltree.NewDraft(tree)
	d.Remove([]int{0}, 0) // crm_config is looked at below
	if !xmltree.Equal(d.Root(), want) {
		t.Errorf("converted:\n%s", d.Root().Append(nil, "  "))
	}
	if got := option(tree, "default-resource-stickiness"); got != "0" {
		t.Errorf("auto_failback on became stickiness %s", got)
	}
}

func option(tree *xmltree.Node, name string) string {
	for n := range tree.All() {
		if n.Name == "nvpair" && n.Get("name") == name {
			return n.Get("value")
		}
	}
	return "missing"
}

// find returns the element with an id.
func find(t *testing.T, tree *xmltree.Node, id string) *xmltree.Node {
	t.Helper()
	for n := range tree.All() {
		if n.Get("id") == id {
			return n
		}
	}
	t.Fatalf("there is no %s in\n%s", id, tree.Append(nil, "  "))
	return nil
}

func values(n *xmltree.Node) string {
	var out []string
	for p := range n.All() {
		if p.Name == "nvpair" {
			out = append(out, p.Get("name")+"="+p.Get("value"))
		}
	}
	return strings.Join(out, " ")
}

func TestAddressPartsKeepTheirMeaning(t *testing.T) {
	for resource, want := range map[string]string{
		"10.0.0.1/24/eth0":                      "ip=10.0.0.1 nic=eth0 cidr_netmask=24",
		"IPaddr2::10.0.0.1/24/eth0:web":         "ip=10.0.0.1 nic=eth0 cidr_netmask=24 iflabel=web",
		"IPaddr::10.0.0.1/255.255.255.0":        "ip=10.0.0.1 cidr_netmask=24",
		"IPaddr::10.0.0.1/24/10.0.0.255":        "ip=10.0.0.1 cidr_netmask=24 broadcast=10.0.0.255",
		"IPaddr::10.0.0.1/24/bond0/10.0.0.200":  "ip=10.0.0.1 nic=bond0 cidr_netmask=24 broadcast=10.0.0.200",
		"IPv6addr::fe80::1/64/eth0":             "ipv6addr=fe80::1 cidr_netmask=64 nic=eth0",
		"Filesystem::/dev/sdb1::/data::ext3":    "device=/dev/sdb1 directory=/data fstype=ext3",
		"MailTo::root@localhost::it::has::died": "email=root@localhost subject=it has died",
		"drbddisk::r0":                          "1=r0",
	} {
		tree := convert(t, input(twoNodes, "hatest3 "+resource+"\n"))
		if got := values(tree.Find("configuration", "resources")); got != want {
			t.Errorf("%s became %s, want %s", resource, got, want)
		}
	}
}

func TestIdsCountAsTheClassicToolCounts(t *testing.T) {
	tree := convert(t, input(twoNodes, `hatest3 httpd
hatest3 10.0.0.1 drbddisk::r0 \
        Filesystem::/dev/drbd0::/data
hatest4 drbddisk::r1
hatest4 10.0.0.2 httpd		#web
hatest4 httpd::x #clone:everywhere
hatest4 nginx httpd # an ordinary comment
`))
	var got []string
	for n := range tree.Find("configuration", "resources").All() {
		if n.Name == "primitive" || n.Name == "group" || n.Name == "clone" {
			got = append(got, n.Get("id"))
		}
	}
	want := "httpd_1 group_1 IPaddr_10_0_0_1 drbddisk_2 Filesystem_3 drbddisk_6 web IPaddr_10_0_0_2 httpd_12 everywhere httpd_21 group_31 nginx_31 httpd_32"
	if strings.Join(got, " ") != want {
		t.Errorf("ids %v\nwant %s", got, want)
	}
	if got := values(find(t, tree, "everywhere")); got != "clone_max=2 clone_node_max=1 1=x" {
		t.Errorf("clone %s", got)
	}
	if got := find(t, tree, "nginx_31").Get("class"); got != "UNKNOWN" {
		t.Errorf("a systemd unit became class %s in 0.6", got)
	}
}

func TestTheSameAddressTwiceGetsTwoIds(t *testing.T) {
	tree := convert(t, input(twoNodes, "hatest3 10.0.0.1\nhatest4 IPaddr::10.0.0.1/24 httpd\n"))
	if find(t, tree, "IPaddr_10_0_0_1_2").Name != "primitive" {
		t.Error("no second id")
	}
}

func TestFencingIsConvertedAndSwitchedOn(t *testing.T) {
	tree := convert(t, input(twoNodes+"stonith_host * external/ipmi hatest3 10.9.9.3 admin secret lan\nstonith_host hatest3 ssh hatest4\nstonith ssh /etc/ha.d/ssh.conf\n", "hatest3 httpd\n"))
	if got := option(tree, "stonith-enabled"); got != "true" {
		t.Errorf("stonith-enabled %s although there are devices", got)
	}
	if got := values(find(t, tree, "clone_2")); got != "clone_max=2 clone_node_max=1 hostname=hatest3 ipaddr=10.9.9.3 userid=admin passwd=secret interface=lan" {
		t.Errorf("device for all: %s", got)
	}
	if got := find(t, tree, "prefered_location_stonith_3_expr").Get("value"); got != "hatest3" {
		t.Errorf("device of one host prefers %s", got)
	}
	if got := find(t, tree, "stonith_3_start").Get("prereq"); got != "nothing" {
		t.Errorf("prereq %s", got)
	}
	if got := values(find(t, tree, "stonith_4")); got != "hostlist=hatest3" {
		t.Errorf("device of a stonith line: %s", got)
	}
}

func TestFailbackAndConnectivityAreConverted(t *testing.T) {
	off := strings.Replace(twoNodes, "auto_failback on", "auto_failback off\ndeadtime 45\ninitdead 90", 1)
	tree := convert(t, input(off, "hatest3 httpd\n"))
	for name, want := range map[string]string{"default-resource-stickiness": "INFINITY", "cluster-delay": "90s", "dc-deadtime": "90s"} {
		if got := option(tree, name); got != want {
			t.Errorf("%s %s, want %s", name, got, want)
		}
	}
	in := input(off+"ping 10.0.0.254\nrespawn hacluster /usr/lib/heartbeat/ipfail\n", "hatest3 httpd\n")
	tree = convert(t, in)
	if got := values(find(t, tree, "pingd_child")); got != "name=pingd dampen=5s multiplier=10000 host_list=10.0.0.254" {
		t.Errorf("pingd %s", got)
	}
	if got := find(t, tree, "connected_location_httpd_1").Get("score_attribute"); got != "pingd" {
		t.Errorf("location by %s", got)
	}
	if got := option(tree, "default-resource-stickiness"); got != "200" {
		t.Errorf("stickiness %s: with INFINITY nothing moves for connectivity", got)
	}
	in.Schema = Schema1
	if got := find(t, convert(t, in), "pingd_child").Get("provider"); got != "pacemaker" {
		t.Errorf("provider %s", got)
	}
}

func TestOrderAndColocationTurnRoundInTheNewDialect(t *testing.T) {
	in := input(twoNodes, "hatest3 httpd #web\nhatest3 drbddisk::r0 #disk\n#rsc_order web start after disk\n#rsc_colocation web disk infinity\n")
	tree := convert(t, in)
	if got := find(t, tree, "rsc_order_web_disk").String(); got != `<rsc_order id="rsc_order_web_disk" from="web" action="start" type="after" to="disk" symmetrical="true"/>` {
		t.Error(got)
	}
	in.Schema = Schema1
	tree = convert(t, in)
	if got := find(t, tree, "rsc_order_web_disk"); got.Get("first") != "disk" || got.Get("then") != "web" {
		t.Error(got)
	}
	if got := find(t, tree, "rsc_colocation_web_disk"); got.Get("rsc") != "web" || got.Get("with-rsc") != "disk" || got.Get("score") != "INFINITY" {
		t.Error(got)
	}
}

func TestEveryProblemIsToldWithFileAndLine(t *testing.T) {
	_, problems := Convert(input(twoNodes+"stonith_host * external/ipmi a b c d e f\nstonith_host hatest9 ssh x\nstonith_host * unheard-of x\nstonith ssh /nowhere\n", `hatest3 10.0.0.300/24 httpd
hatest5 httpd
hatest4 httpd #1st
hatest4 drbddisk::r0 #disk
hatest4 drbddisk::r1 #disk
hatest3 strange::script
hatest3 httpd::x httpd::y #clone:both
#rsc_order disk start beside web
#rsc_order disk start before web
#rsc_order disk
#rsc_colocation disk disk much
`))
	text := problems.Error()
	for _, want := range []string{
		"haresources:1: IP address [10.0.0.300] not valid", "haresources:2: Bad nodename", "haresources:3: #1st cannot be an id",
		"haresources:5: #disk is the name of two", "haresources:6: warning: strange is an unknown Resource Agent", "haresources:7: a clone of more than one",
		"haresources:8: rsc_order of type beside", "haresources:9: there is no resource with the id web", "haresources:10: rsc_order: bad usage",
		"haresources:11: rsc_colocation with score much", "ha.cf:5: stonith device external/ipmi has 5 parameters, here are 6",
		"ha.cf:6: stonith_host hatest9 names no node", "ha.cf:7: the names of the parameters of unheard-of", "ha.cf:8: open /nowhere",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing: %s", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

func FuzzConvert(f *testing.F) {
	files, _ := filepath.Glob("../conf/testdata/haresources*")
	for _, name := range files {
		if data, err := os.ReadFile(name); err == nil {
			f.Add(twoNodes, string(data))
		}
	}
	f.Add(twoNodes+"stonith_host * ssh a\nping 10.0.0.1\nrespawn root /x/ipfail\n", "hatest3 10.0.0.1 httpd #a\n#rsc_order a start before a\n")
	f.Add(twoNodes, "hatest3 x y z #clone:\\\n#")
	f.Fuzz(func(t *testing.T, haCf, resources string) {
		for _, schema := range []Schema{Schema06, Schema1} {
			in := input(haCf, resources)
			in.Schema = schema
			tree, problems := Convert(in)
			if problems.HasErrors() {
				continue
			}
			again, err := xmltree.Parse(tree.Append(nil, " "), xmltree.Options{})
			if err != nil {
				continue // a name that no document can hold: control characters
			}
			ids := map[string]bool{}
			for n := range again.All() {
				if id := n.Get("id"); id != "" {
					if ids[id] {
						t.Fatalf("id %s stands twice in\n%s", id, tree.Append(nil, " "))
					}
					ids[id] = true
				}
			}
		}
	})
}
