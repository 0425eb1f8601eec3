package propagate

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"heartbeat/internal/conf"
	"heartbeat/internal/wire"
)

func haCf(t *testing.T, media string) conf.Config {
	t.Helper()
	h, problems := conf.ParseHaCf("ha.cf", []byte("logfacility none\nlogfile /dev/null\nkeepalive 1\ndeadtime 10\ninitdead 20\nauto_failback on\nnode n1 n2\n"+media), conf.Env{})
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return conf.Config{HaCf: h}
}

// The receiver is n2 with 10.0.0.2 on eth0 and 10.0.1.2 on eth1.
func TestMediaThatLeadNowhereFromTheReceiverAreRefused(t *testing.T) {
	own := []netip.Addr{netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.0.1.2"), netip.MustParseAddr("fd00::2")}
	f := Facts{Self: "n2",
		OwnAddress:   func(a netip.Addr) bool { return slices.Contains(own, a) },
		HasInterface: func(name string) bool { return name == "eth0" || name == "eth1" },
		HasDevice:    func(path string) bool { return path == "/dev/ttyS0" },
	}
	for _, c := range []struct{ running, next, want string }{
		{"ucast eth0 10.0.0.1\n", "ucast eth0 10.0.0.1\nucast eth0 10.0.0.2\n", ""},
		{"ucast eth0 10.0.0.1\n", "ucast eth0 10.0.0.2\n", "ha.cf:8: ucast eth0 10.0.0.2 names n2 itself"},
		{"ucast eth0 10.0.0.1\n", "ucast eth0 10.0.0.1\nucast eth0 10.0.0.2\nucast eth1 10.0.1.2\n", "ha.cf:10: ucast eth1"},
		{"ucast eth0 10.0.0.1\n", "ucast eth0 10.0.0.2\nbcast eth0\n", ""},
		{"ucast6 eth0 fd00::1\n", "ucast6 eth0 fd00::2\n", "ha.cf:8: ucast6 eth0 fd00::2"},
		{"bcast eth0\n", "mcast ens3 225.0.0.1 694 1 0\n", "ha.cf:8: there is no interface ens3 on n2"},
		{"mcast ens3 225.0.0.1 694 1 0\n", "mcast ens3 225.0.0.2 694 1 0\n", ""}, // it was so before
		{"bcast eth0\n", "bcast eth0\nserial /dev/ttyS0\n", ""},
		{"bcast eth0\n", "bcast eth0\nserial /dev/ttyS1\n", "ha.cf:9: there is no serial port /dev/ttyS1 on n2"},
		{"bcast eth0\n", "bcast eth0\nping 10.0.0.2\n", ""},
	} {
		got := Judge(haCf(t, c.running), haCf(t, c.next), f)
		switch {
		case c.want == "" && len(got) > 0:
			t.Errorf("%q: %v", c.next, got)
		case c.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0].String(), c.want) || got[0].Fix == ""):
			t.Errorf("%q: got %v, want %s", c.next, got, c.want)
		}
		if got := Judge(haCf(t, c.running), haCf(t, c.next), Facts{}); len(got) > 0 {
			t.Errorf("%q: what is not known is judged: %v", c.next, got)
		}
	}
}

func keys(t *testing.T, text string) conf.AuthKeys {
	t.Helper()
	k, problems := conf.ParseAuthKeys("authkeys", []byte(text), 0o600, 0)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return k
}

func marks(k conf.AuthKeys) []wire.KeyMark {
	ring := wire.Keyring{Sign: k.Sign}
	for _, key := range k.Keys {
		ring.Keys = append(ring.Keys, wire.Key{Slot: key.Slot, Method: wire.Method(key.Method), Secret: key.Secret})
	}
	return ring.Marks()
}

func TestKeysThatMakeANodeDeafOrMuteAreRefused(t *testing.T) {
	const old, new = "1 sha1 the-old-secret\n", "2 sha256 the-new-secret\n"
	one, both, signsNew := "auth 1\n"+old, "auth 1\n"+old+new, "auth 2\n"+old+new
	for _, c := range []struct {
		running, peer, next string
		c                   bool
		want                string
	}{
		{one, one, one, false, ""},
		{one, one, both, false, ""},
		{one, one, signsNew, false, "does not have key 2"},
		{both, both, signsNew, false, ""},
		{both, signsNew, signsNew, false, ""},
		{both, both, "auth 2\n" + new, false, "signs with key 1"},
		{signsNew, signsNew, "auth 2\n" + new, false, ""},
		{one, one, "auth 1\n1 sha1 another-secret\n", false, "signs with key 1"},
		{one, one, "auth 1\n1 md5 the-old-secret\n", false, "signs with key 1"},
		{one, one, both, true, ""},
		{both, one, signsNew, true, "understands only key 1"},
		{one, one, "auth 1\n1 sha1 another-secret\n", true, "signs with key 1"},
	} {
		p := Peer{Name: "n1", C: c.c, Signs: keys(t, c.peer).Sign}
		if !c.c {
			p.Keys = marks(keys(t, c.peer))
		}
		got := Judge(conf.Config{AuthKeys: keys(t, c.running)}, conf.Config{AuthKeys: keys(t, c.next)}, Facts{Self: "n2", Peers: []Peer{p}})
		if c.want == "" && len(got) > 0 || c.want != "" && (!got.HasErrors() || !strings.Contains(got.Error(), c.want)) {
			t.Errorf("running %q, peer %q (C: %v), next %q: %v", c.running, c.peer, c.c, c.next, got)
		}
	}
	silent := Facts{Self: "n2", Peers: []Peer{{Name: "n1", Signs: -1}}}
	if got := Judge(conf.Config{AuthKeys: keys(t, one)}, conf.Config{AuthKeys: keys(t, signsNew)}, silent); len(got) > 0 {
		t.Errorf("a node that was never heard: %v", got)
	}
	// A node of our kind that is too old to tell its keys.
	old1 := Facts{Self: "n2", Peers: []Peer{{Name: "n1", Signs: 1}}}
	if got := Judge(conf.Config{AuthKeys: keys(t, one)}, conf.Config{AuthKeys: keys(t, both)}, old1); len(got) > 0 {
		t.Errorf("a node that does not tell: %v", got)
	}
	if got := Judge(conf.Config{AuthKeys: keys(t, both)}, conf.Config{AuthKeys: keys(t, signsNew)}, old1); !got.HasErrors() {
		t.Error("a node that does not tell may not have the new key")
	}
}
