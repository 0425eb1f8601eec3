package conf

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// withinFile fails unless every problem points into the file.
func withinFile(t *testing.T, data []byte, ps Problems) {
	t.Helper()
	last := strings.Count(string(data), "\n") + 1
	for _, p := range ps {
		if p.Line < 0 || p.Line > last {
			t.Errorf("problem %q is in line %d of %d", p, p.Line, last)
		}
		if p.Msg == "" {
			t.Errorf("problem without text: %#v", p)
		}
	}
	if got := ps.Sorted(); !slices.Equal(got, ps) {
		t.Errorf("problems are not sorted:\n%s", cmp.Diff(got, ps))
	}
}

func FuzzParseHaCf(f *testing.F) {
	for _, d := range Directives() {
		f.Add([]byte(d.Example + "\n"))
	}
	for _, d := range SettingDocs() {
		f.Add([]byte("#!hb " + d.Example + "\n"))
	}
	f.Add([]byte("node a b\nbcast eth0\r\nkeepalive 500 ms\napiauth \v\nrespawn x\nping 1.2.3\nudpport 0\n#!hb \n#!hb take_over\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, ps := ParseHaCf("ha.cf", data, Env{NodeName: "a", Interfaces: []Interface{{Name: "eth0"}}})
		withinFile(t, data, ps)
		h.ScriptEnv()
	})
}

func FuzzParseAuthKeys(f *testing.F) {
	for _, s := range []string{"auth 1\n1 sha1 secret\n", "auth 1\n1 crc\n2 md5 x\n", "a\n", "auth 99\n99 sha256 x y\n", "1\nauth 1", "auth 1\n1 crc x"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		k, ps := ParseAuthKeys("authkeys", data, 0o600, 0)
		withinFile(t, data, ps)
		if ps.HasErrors() {
			return
		}
		again, ps := ParseAuthKeys("authkeys", k.Render(), 0o600, 0)
		if ps.HasErrors() || again.Sign != k.Sign || len(again.Keys) != len(k.Keys) {
			t.Fatalf("rendered as %q it reads as %+v, want %+v: %v", k.Render(), again, k, ps)
		}
		for i := range k.Keys {
			if again.Keys[i].Secret != k.Keys[i].Secret || again.Keys[i].Method != k.Keys[i].Method {
				t.Errorf("key %d reads as %+v, want %+v", i, again.Keys[i], k.Keys[i])
			}
		}
	})
}

func FuzzParseHaResources(f *testing.F) {
	for _, s := range []string{
		"node1 10.0.0.1/24/eth0 apache2\n", "node1 IPaddr::10.0.0.1 \\\n  mysql\nnode2 10.0.0.2\n", "node1 fe80::1 IPv6addr::fd00::1/64/eth0\n",
		"node1 X::a::::b # comment\n", "node1 a#b\r\n", "node1 \\", "NODE1 ::\n", "node1 \\ \n x\n", "#!hb strict_haresources on\nnode1 a#b\n",
	} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, strict bool) {
		r, ps := ParseHaResources("haresources", data, Env{Nodes: []string{"node1", "node2"}, Strict: strict})
		withinFile(t, data, ps)
		// Read without the setting lines, which are no groups, in the same way.
		again, ps2 := ParseHaResources("haresources", r.Render(), Env{Nodes: []string{"node1", "node2"}})
		if again.Digest != r.Digest || len(again.Groups) != len(r.Groups) {
			t.Fatalf("rendered as %q it reads differently: %v", r.Render(), ps2)
		}
		for _, g := range r.Groups {
			if g.Key() == "" {
				t.Errorf("group without key: %+v", g)
			}
		}
	})
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"10.0.0.1", "10.0.0.1/24/eth0:web/10.0.0.255", "10.0.0.1/255.255.255.0", "10.0.0.1/24/+", "10.0.0.1/24/-", "fd00::1/64/eth0", "10.0.0.1/0.0.0.0", "1.2.3.4/////"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAddress(s)
		if err != nil {
			return
		}
		again, err := ParseAddress(a.String())
		if err != nil || again != a {
			t.Fatalf("%q is written as %q and reads as %+v (%v), want %+v", s, a, again, err, a)
		}
	})
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"1", "0.5", "500ms", "1000 msec", "20us", "-1", "5s", "abc", "1e9", "999999999999999", ".", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDuration(s)
		if err != nil {
			return
		}
		if d < 0 || d%time.Millisecond != 0 {
			t.Fatalf("%q is %v", s, d)
		}
		if again, err := ParseDuration(FormatDuration(d)); err != nil || again != d {
			t.Fatalf("%v is written as %q and reads as %v, %v", d, FormatDuration(d), again, err)
		}
	})
}
