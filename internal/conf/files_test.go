package conf

import (
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAuthKeyProblems(t *testing.T) {
	tests := []struct {
		text string
		mode fs.FileMode
		want string // part of the problem; empty: none
	}{
		{"auth 1\n1 sha1 0123456789\n", 0o600, ""},
		{"# c\n\nauth 2\n 2 md5 0123456789\n1 crc\n", 0o700, ""},
		{"auth 1\n1 sha1 0123456789\n", 0o620, "warning: mode 0620"},
		{"auth 1\n1 sha1 0123456789\n", 0o644, "Bad permissions on keyfile [authkeys], 600 recommended."[:53]},
		{"1 sha1 0123456789\nauth 1\n", 0o600, "authkeys:2: Auth Key [1] not found in keyfile [authkeys]"},
		{"auth 2\n1 sha1 0123456789\n", 0o600, "authkeys:1: Auth Key [2] not found in keyfile [authkeys]"},
		{"1 crc\n", 0o600, "Missing auth directive in keyfile [authkeys]"},
		{"auth x\n", 0o600, "authkeys:1: Invalid auth line [auth x] in authkeys"},
		{"aut 1\n", 0o600, "Invalid auth line [aut 1]"},
		{"auth 16\n", 0o600, "Invalid auth line"},
		{"auth 1\n16 crc\n1 crc\n", 0o600, "authkeys:2: Invalid authnum [16] in authkeys"},
		{"auth 1\n1 sah1 0123456789\n", 0o600, "authkeys:2: Invalid authtype [sah1]: did you mean sha1?"},
		{"auth 1\n1 crc key\n", 0o600, "Auth method [crc] doesn't use a key"},
		{"auth 1\n1 md5\n", 0o600, "Auth method [md5] requires a key"},
		{"auth 1\nx\n1 crc\n", 0o600, "Auth line [x] is invalid."},
		{"auth 1\n1 sha256 0123456789\n", 0o600, "warning: method sha256: C nodes do not know it"},
		{"auth 1\n1 sha1 HI!\n", 0o600, "warning: the key has only 3 characters"},
		{"auth 1\n1 sha1 0123456789 more\n", 0o600, "warning: what stands after the key is ignored"},
	}
	for _, tt := range tests {
		_, ps := ParseAuthKeys("authkeys", []byte(tt.text), tt.mode, 0)
		if tt.want == "" && len(ps) > 0 || !strings.Contains(ps.Error(), tt.want) {
			t.Errorf("%q mode %o:\n%v\nwant %q", tt.text, tt.mode, ps, tt.want)
		}
	}
}

func words2(r HaResources) (out [][]string) {
	for _, g := range r.Groups {
		line := []string{g.Node}
		for _, res := range g.Resources {
			line = append(line, res.Script+"("+strings.Join(res.Args, " ")+")")
		}
		out = append(out, line)
	}
	return out
}

func TestHaResources(t *testing.T) {
	tests := []struct {
		name, text string
		want       [][]string
		problem    string
	}{
		{"shorthand", "Node1 10.0.0.1/24/eth0 httpd\n", [][]string{{"node1", "IPaddr(10.0.0.1/24/eth0)", "httpd()"}}, ""},
		{"arguments", "node1 Filesystem::192.168.100.9:/data::/var/www::nfs", [][]string{{"node1", "Filesystem(192.168.100.9:/data /var/www nfs)"}}, ""},
		{"continuation", "node1 a \\\n  b \\\n\tc\nnode2 d\n", [][]string{{"node1", "a()", "b()", "c()"}, {"node2", "d()"}}, ""},
		{"blanks after the sign", "node1 a \\ \n  b\n", [][]string{{"node1", "a()", "b()"}}, `haresources:1: warning: blanks after the \`},
		{"lost sign", "node1 a\n  mysql\n", [][]string{{"node1", "a()"}}, `haresources:2: Bad nodename in haresources [mysql]: add "node mysql" to ha.cf, or, if this continues the line above, end that line with \`},
		{"misspelt node", "ndoe1 a\n", nil, "did you mean node1?"},
		{"comment in a word", "node1 Foo::a#b # c\n", [][]string{{"node1", "Foo(a#b)"}}, ""},
		{"CRLF", "node1 a\r\nnode2 b\r\n", [][]string{{"node1", "a()"}, {"node2", "b()"}}, "CR LF"},
		{"bare IPv6", "node1 fe80::1/64/eth0 a\n", [][]string{{"node1", "IPv6addr(fe80::1/64/eth0)", "a()"}}, ""},
		{"IPv6 argument", "node1 IPv6addr::fd00::1/64 IPaddr2::fd00::2\n", [][]string{{"node1", "IPv6addr(fd00::1/64)", "IPaddr2(fd00::2)"}}, ""},
		{"empty argument", "node1 X::a::::b\n", [][]string{{"node1", "X(a b)"}}, "empty argument"},
		{"duplicate key", "node1 a b\nnode2 a c\n", [][]string{{"node1", "a()", "b()"}}, "haresources:2: duplicate group a: line 1"},
		{"node as resource", "node1 a node2\n", [][]string{{"node1", "a()", "node2()"}}, "also the name of a node"},
		{"no resources", "node1\nnode2 b\n", [][]string{{"node2", "b()"}}, "without resources"},
		{"same address twice", "node1 10.0.0.1 a\nnode2 b IPaddr2::10.0.0.1/24\n", [][]string{{"node1", "IPaddr(10.0.0.1)", "a()"}, {"node2", "b()", "IPaddr2(10.0.0.1/24)"}}, "haresources:2: warning: address 10.0.0.1 stands in line 1 too"},
		{"bad address", "node1 IPaddr2::10.0.0.1/99\n", [][]string{{"node1", "IPaddr2(10.0.0.1/99)"}}, "invalid netmask specification [99]"},
		{"missing script", "node1 mysql\n", [][]string{{"node1", "mysql()"}}, "haresources:1: warning: Cannot locate resource script mysql"},
		{"strict comment", "#!hb strict_haresources on\nnode1 Foo::a#b\n", [][]string{{"node1", "Foo(a)"}}, ""},
	}
	env := Env{Nodes: []string{"node1", "node2"}, ScriptExists: func(n string) (string, bool) { return "/x/" + n, n != "mysql" }}
	for _, tt := range tests {
		r, ps := ParseHaResources("haresources", []byte(tt.text), env)
		if d := cmp.Diff(tt.want, words2(r)); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
		if tt.problem == "" && len(ps) > 0 || !strings.Contains(ps.Error(), tt.problem) {
			t.Errorf("%s: %v\nwant %q", tt.name, ps, tt.problem)
		}
	}
}

func TestDigestIgnoresLayout(t *testing.T) {
	digest := func(s string) string {
		r, _ := ParseHaResources("haresources", []byte(s), Env{})
		return r.Digest
	}
	if digest("node1 a b\n") != digest("# c\n\nNODE1\ta \\\n b\n") || digest("node1 a b\n") == digest("node1 b a\n") {
		t.Error("the digest follows layout, or does not follow content")
	}
}

func TestAddresses(t *testing.T) {
	bc := netip.MustParseAddr
	tests := map[string]Address{
		"10.0.0.1":                          {IP: bc("10.0.0.1")},
		"10.0.0.1/24/eth0":                  {IP: bc("10.0.0.1"), Bits: 24, Interface: "eth0"},
		"10.0.0.1/255.255.255.0":            {IP: bc("10.0.0.1"), Bits: 24},
		"10.0.0.1/24/10.0.0.255":            {IP: bc("10.0.0.1"), Bits: 24, Broadcast: bc("10.0.0.255")},
		"10.0.0.1/24/eth0:web/10.0.0.200":   {IP: bc("10.0.0.1"), Bits: 24, Interface: "eth0", Label: "web", Broadcast: bc("10.0.0.200")},
		"10.0.5.1/16/eth0/+":                {IP: bc("10.0.5.1"), Bits: 16, Interface: "eth0", Broadcast: bc("10.0.255.255")},
		"10.0.5.1/16/-":                     {IP: bc("10.0.5.1"), Bits: 16, Broadcast: bc("10.0.0.0")},
		"172.16.1.1/16/eth0/172.16.255.255": {IP: bc("172.16.1.1"), Bits: 16, Interface: "eth0", Broadcast: bc("172.16.255.255")},
		"fd00::1/64/eth0":                   {IP: bc("fd00::1"), Bits: 64, Interface: "eth0"},
	}
	for s, want := range tests {
		if got, err := ParseAddress(s); err != nil || got != want {
			t.Errorf("%s is %+v, %v; want %+v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "10.0.0", "0.1.2.3", "10.0.0.1/0", "10.0.0.1/33", "10.0.0.1/255.0.255.0", "10.0.0.1/24/eth0:", "10.0.0.1/24/eth0:verylonglabel", "10.0.0.1/24/eth0/x", "10.0.0.1/24/eth0/10.0.0.255/x", "fd00::1/64/eth0/10.0.0.1", "224.0.0.1", "10.0.0.1/24//10.0.0.255"} {
		if got, err := ParseAddress(s); err == nil {
			t.Errorf("%q is %+v, want an error", s, got)
		}
	}
}

func readExample(t *testing.T, dir string) Input {
	t.Helper()
	read := func(name string) File {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return File{name, data}
	}
	return Input{HaCf: read("ha.cf"), AuthKeys: read("authkeys"), AuthMode: 0o600, Resources: read("haresources"), Env: Env{NodeName: "node1"}}
}

func TestExamplesLoadWithoutAnyProblem(t *testing.T) {
	dirs, _ := filepath.Glob("../../examples/*/ha.cf")
	if len(dirs) < 6 {
		t.Fatalf("only %d examples", len(dirs))
	}
	for _, f := range dirs {
		c, ps := Parse(readExample(t, filepath.Dir(f)))
		if len(ps) > 0 || len(c.Resources.Groups) == 0 {
			t.Errorf("%s: %v", f, ps)
		}
	}
}

func TestConfigurationsOfTutorialsLoad(t *testing.T) {
	tests := []struct{ name, hacf, keys, resources string }{
		{"mysql pair", "logfile /usr/local/var/log/ha-log\nlogfacility local0\nkeepalive 2\ndeadtime 30\nwarntime 10\ninitdead 120\nudpport 694\nucast eth1 10.0.0.2\nauto_failback off\nnode node1\nnode node2\nping 10.0.0.254\nhopfudge 1\n", "auth 1\n1 crc\n", "node1 IPaddr::192.168.1.10/24/bond0 mysql\n"},
		{"apache", "keepalive 2\ndeadtime 5\nwarntime 3\ninitdead 10\nwatchdog /dev/watchdog\nbcast eth1\nauto_failback on\nnode node1 node2\nlogfile /var/log/ha-log\n", "auth 1\n1 crc\n2 sha1 HI!\n3 md5 Hello!\n", "node1 192.168.228.235 httpd\nnode2 192.168.228.236 httpd2\n"},
		{"late warning", "keepalive 1000ms\ndeadtime 8\nwarntime 10\ninitdead 60\nmcast eth0 225.0.0.1 694 1 0\nautojoin none\ncompression bz2\ncompression_threshold 2\nnode node1 node2\nping_group g1 10.0.0.1 10.0.0.2\nrespawn hacluster /usr/lib64/heartbeat/ipfail\napiauth ipfail gid=haclient uid=hacluster\n", "auth 1\n1 sha1 47e9336850f1db6fa58bc470bc9b7810eb397f04\n", "node1 10.1.0.1/16/eth0/172.16.255.255 httpd\n"},
		{"no timers", "mcast eth0 225.0.0.1 694 1 0\nnode node1\nnode node2\nping 192.168.100.1\n", "auth 2\n2 sha1 0123456789abcdef\n", "node1 192.168.100.100/24/eth0/192.168.100.255 Filesystem::192.168.100.9:/data/html::/var/www/html::nfs httpd\n"},
		{"crm", "use_logd yes\nkeepalive 1\ndeadtime 10\nbcast eth0 eth1\nnode node1 node2\ncrm 1\napiauth mgmtd uid=root\nrespawn root /usr/lib/heartbeat/mgmtd -v\n", "auth 1\n1 md5 0123456789\n", ""},
	}
	for _, tt := range tests {
		_, ps := Parse(Input{HaCf: File{"ha.cf", []byte(tt.hacf)}, AuthKeys: File{"authkeys", []byte(tt.keys)}, AuthMode: 0o600,
			Resources: File{"haresources", []byte(tt.resources)}, Env: Env{NodeName: "Node1"}})
		if ps.HasErrors() {
			t.Errorf("%s: %v", tt.name, ps)
		}
		golden(t, "testdata/tutorial-"+strings.ReplaceAll(tt.name, " ", "-")+".golden", ps.Error()+"\n")
	}
}

func TestAllProblemsOfAllFilesAtOnce(t *testing.T) {
	_, ps := Parse(Input{
		HaCf:     File{"ha.cf", []byte("keepaliv 2\nnode node1 node2\nbcast eth0\n#!hb take_ovr manual\n#!hb start_timeout soon\n")},
		AuthKeys: File{"authkeys", []byte("auth 1\n1 sha1\n")}, AuthMode: 0o644,
		Resources: File{"haresources", []byte("node3 10.0.0.1 apache2\n")},
		Settings:  []File{{"ha.cf.d/x.conf", []byte("# c\nserial perhaps\n")}},
		Env:       Env{NodeName: "nod1"},
	})
	golden(t, "testdata/all.golden", ps.Error()+"\n")
	_, ps = Parse(Input{HaCf: File{Name: "ha.cf"}, AuthKeys: File{Name: "authkeys"}, Resources: File{Name: "haresources"}})
	golden(t, "testdata/missing.golden", ps.Error()+"\n")
}

func TestSettingsComeFromThreePlaces(t *testing.T) {
	c, ps := Parse(Input{
		HaCf:      File{"ha.cf", []byte("node node1 node2\nbcast eth0 eth1\nauto_failback on\nlogfile /x\n#!hb start_timeout 90 mysql\n#!hb start_timeout 30\n")},
		AuthKeys:  File{"authkeys", []byte("auth 1\n1 sha1 0123456789\n")},
		Resources: File{"haresources", []byte("#!hb take_over manual\nnode1 a\n#!hb auto_failback_group a delay 300\n")},
		Settings:  []File{{"x.conf", []byte("serial on\nconnectivity weight 10.0.0.1 5\n")}},
	})
	s := c.HaCf.Settings
	if len(ps) > 0 || s.TakeOver != "manual" || !s.Serial || s.StartTimeout.Seconds() != 30 || len(s.ScriptTimeouts) != 1 || len(s.GroupFailback) != 1 || len(s.Weights) != 1 {
		t.Errorf("%+v %v", s, ps)
	}
}

func TestCheckFindsWhatTutorialsWarnOf(t *testing.T) {
	in := readExample(t, "../../examples/mysql-nfs")
	c, _ := Parse(in)
	good := Facts{NodeName: "node1", Interfaces: []Interface{
		{"eth0", true, []netip.Prefix{netip.MustParsePrefix("192.168.10.11/24")}}, {"eth1", true, []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}}},
		UserExists: func(string) bool { return true }, GroupExists: func(string) bool { return true },
		ScriptExists: func(n string) (string, bool) { return n, true }, PathExists: func(string) bool { return true },
		Resolves: func(string) bool { return true }, EnabledUnit: func(string) string { return "" },
		Peers: []PeerFact{{Node: "node2", Digest: c.Resources.Digest}}}
	if ps := Check(c, good); len(ps) > 0 {
		t.Errorf("a good machine has problems: %v", ps)
	}
	bad := Facts{NodeName: "nodel", Interfaces: []Interface{{"eth0", true, []netip.Prefix{netip.MustParsePrefix("10.9.9.9/24")}}, {"eth1", false, nil}},
		UserExists: func(string) bool { return false }, GroupExists: func(string) bool { return false },
		ScriptExists: func(n string) (string, bool) { return "", n != "mysql" }, PathExists: func(string) bool { return false },
		Resolves: func(string) bool { return false }, EnabledUnit: func(s string) string { return map[string]string{"mysql": "mysql.service"}[s] },
		Paths:        []PathFact{{Path: "/run/heartbeat", WantDir: true, WantUID: -1}, {Path: "/var/lib/heartbeat", Exists: true, IsDir: true, WantDir: true, UID: 1000, Mode: 0o777, WantMode: 0o755}},
		PortsInUse:   []PortFact{{694, "heartbeat (pid 7)"}},
		Peers:        []PeerFact{{Node: "node2", Digest: "feedface", Drift: []DriftFact{{"deadtime", "30", "10"}}}},
		SameIdentity: []string{"node node2 (10.0.0.2) has the uuid of node1 (10.0.0.1): one disk was copied from the other; on the copy remove hb_uuid and restart heartbeat"}}
	c.HaCf.Watchdog = "/dev/watchdog"
	golden(t, "testdata/check.golden", Check(c, bad).Error()+"\n")
}

func TestCheckJudgesMediaByWhatTheyNeed(t *testing.T) {
	h, ps := ParseHaCf("ha.cf", []byte("node a b\nlogfacility none\nbaud 9600\nucast6 eth0 fd00::2\nucast eth1 10.0.0.2\nmcast6 eth2 ff02::5 694 1 0\n"+
		"serial /dev/ttyS0 /dev/ttyS1 /etc/passwd\nping_group g 10.0.0.1\nping_group g 10.0.0.9\nkeepalive 500ms\n"), Env{})
	var got []string
	for _, p := range append(ps, Check(Config{HaCf: h}, Facts{
		Interfaces: []Interface{{"eth0", true, []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}}, {"eth1", true, []netip.Prefix{netip.MustParsePrefix("fe80::1/64")}},
			{"eth2", true, []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24"), netip.MustParsePrefix("fe80::1/64")}}},
		PathExists:   func(p string) bool { return p != "/dev/ttyS1" },
		IsCharDevice: func(p string) bool { return p != "/etc/passwd" },
	})...) {
		got = append(got, p.String())
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{
		"ha.cf:4: warning: interface eth0 has no address that ucast6 could use", "ha.cf:5: warning: interface eth1 has no address that ucast could use",
		"ha.cf:7: Nonexistent serial port [/dev/ttyS1]", "ha.cf:7: Serial port [/etc/passwd] is not a char device",
		"ha.cf:9: ping node g stands in line 8 already, as ping_group", "ha.cf:7: warning: /dev/ttyS0 at 9600 baud is too slow for a heartbeat of every node each 500ms",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("lacks %q:\n%s", want, all)
		}
	}
	if strings.Contains(all, "eth2") {
		t.Errorf("eth2 is well:\n%s", all)
	}
}

func TestDidYouMean(t *testing.T) {
	names := directiveNames(Directives())
	for word, want := range map[string]string{"keepaliv": "keepalive", "dedatime": "deadtime", "auto_fallback": "auto_failback", "NODE": "node", "bcsat": "bcast"} {
		if got := didYouMean(word, names, ""); got != "did you mean "+want+"?" {
			t.Errorf("%s: %q", word, got)
		}
	}
	if got := didYouMean("frobnicate", names, "none"); got != "none" {
		t.Error(got)
	}
	if !slices.Contains(strings.Split(DefaultsTable(true), "\n"), "||baud||19200||Speed of the serial lines below this line.||") {
		t.Error(DefaultsTable(true))
	}
}
