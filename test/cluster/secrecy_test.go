package cluster

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/lab"
	"heartbeat/internal/node"
	"heartbeat/internal/seal"
	"heartbeat/internal/wire"
)

// longSecret is long enough not to be guessed from recorded packets.
const longSecret = "a-key-of-these-tests-that-is-long-enough"

func secretly(setting string) func(string, lab.Files) {
	return func(_ string, f lab.Files) {
		f["authkeys"] = "auth 1\n1 sha1 " + longSecret + "\n"
		f["ha.cf"] += "#!hb encryption " + setting + "\n"
	}
}

// words are what every packet contains, if it can be read.
var words = []string{"src=", "srcuuid", "status", "seq=", "ts=", "caps", "node1", "node2", "###", "%%%", ">>>", "auth", "ttl", "protocol"}

func TestNothingCanBeReadWhereEncryptionIsOn(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"on", "required"} {
		cl := running(t, setup{edit: secretly(setting)})
		visitor := cl.visitor(t, addrOne, one)
		for _, name := range cl.Nodes {
			if s := cl.status(t, name); s.Encryption != "on" {
				t.Errorf("%s: %s says that encryption is %q", setting, name, s.Encryption)
			}
		}
		began := time.Now()
		var tape [][]byte
		for _, name := range cl.Nodes {
			for _, p := range cl.heard(t, name, 8) {
				if tape = append(tape, p); !seal.Sealed(p) {
					t.Errorf("%s: a packet of %s is not sealed: %q", setting, name, p)
				}
				for _, w := range words {
					if bytes.Contains(p, []byte(w)) && len(w) > 3 {
						t.Errorf("%s: %q can be read in a packet of %s", setting, w, name)
					}
				}
			}
		}
		// Text with the right signature, and recordings, change nothing.
		if setting == "required" {
			cl.refusesText(t)
		}
		cl.shoot(t, one, tape...)
		mark := cl.last(t, one)
		must(t, cl.StopDaemon(within(t, soon), two))
		cl.start(t, two)
		cl.awaitRest(t, one, two)
		cl.shoot(t, one, tape...)
		cl.awaitStatus(t, one, "to refuse what a former life of node2 sealed", func(s node.Status) bool {
			return s.Counters["dropped_replayed"] >= 1
		})
		if e := cl.events(t, one, mark, "node.dead"); len(e) > 0 {
			t.Errorf("%s: %+v", setting, e)
		}
		if gap := visitor.LongestGap(began).Length(time.Now()); gap >= deadtime {
			t.Errorf("%s: the visitor heard nothing for %v", setting, gap)
		}
	}
}

// refusesText sends node1 a packet of node2 as it would be without encryption.
func (cl *cluster) refusesText(t *testing.T) {
	t.Helper()
	forger := wire.Keyring{Sign: 1, Keys: []wire.Key{{Slot: 1, Method: wire.SHA1, Secret: longSecret}}}
	p, err := forger.Encode(forgedStatus(two), wire.Hybrid)
	must(t, err)
	before := cl.status(t, one).Counters["dropped_unencrypted"]
	cl.shoot(t, one, p)
	cl.awaitStatus(t, one, "to refuse text", func(s node.Status) bool { return s.Counters["dropped_unencrypted"] == before+1 })
}

func TestKeysChangeUnderAClientThatNoticesNothing(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"off", "on"} {
		cl := running(t, setup{groups: "node1 " + addrOne + "/24/eth0\nnode2 " + addrTwo + "/24/eth0\n", edit: secretly(setting)})
		visitors := map[string]*lab.Client{one: cl.visitor(t, addrOne, one), two: cl.visitor(t, addrTwo, two)}
		marks, before := map[string]uint64{}, map[string]node.Status{}
		for _, name := range cl.Nodes {
			marks[name], before[name] = cl.last(t, name), cl.status(t, name)
		}
		began := time.Now()
		cl.changeKeys(t)
		ended := time.Now()
		for name, v := range visitors {
			must(t, v.WaitAnswers(within(t, soon), name, 10, ended))
			if gap := v.LongestGap(began).Length(time.Now()); gap >= deadtime {
				t.Errorf("encryption %s: the visitor of %s heard nothing for %v", setting, name, gap)
			}
		}
		for _, name := range cl.Nodes {
			after := cl.status(t, name)
			for _, counter := range []string{"late_heartbeats", "lost"} {
				if n := after.Counters[counter] - before[name].Counters[counter]; n > 0 {
					t.Errorf("encryption %s: %s counts %d %s", setting, name, n, counter)
				}
			}
			for counter, n := range dropped(after) {
				if n > before[name].Counters[counter] {
					t.Errorf("encryption %s: %s counts %d %s", setting, name, n, counter)
				}
			}
			for _, e := range cl.events(t, name, marks[name], "") {
				if e.Event != "config.reloaded" {
					t.Errorf("encryption %s: %s: %s %s", setting, name, e.Event, e.Text)
				}
			}
		}
	}
}

// changeKeys takes the three steps, as an administrator does, and one back and forth.
func (cl *cluster) changeKeys(t *testing.T) {
	t.Helper()
	keys := func(node string, args ...string) string {
		return cl.mustRun(t, node, append([]string{program, "keys"}, args...)...)
	}
	refused := func(want, node string, args ...string) {
		t.Helper()
		if out, code := cl.run(t, node, append([]string{program, "keys"}, args...)...); code != 2 || !strings.Contains(out, want) {
			t.Errorf("keys %v on %s ends with %d, want 2 and %q:\n%s", args, node, code, want, out)
		}
	}
	if out := keys(one, "add"); !strings.Contains(out, "key 2 (sha256)") {
		t.Errorf("add: %s", out)
	}
	refused("node2 does not have this key 2", one, "switch", "2")
	cl.write(t, two, "/etc/ha.d/key", keys(one, "show", "2"))
	keys(two, "add", "--from", "/etc/ha.d/key")
	cl.awaitKeys(t, one, two, 1, 2)
	keys(one, "switch", "2")
	cl.awaitKeys(t, two, one, 2, 2)
	refused("still signs with key 1", one, "remove", "1")
	keys(one, "undo")
	cl.awaitKeys(t, two, one, 1, 2)
	keys(one, "switch", "2")
	keys(two, "switch", "2")
	cl.awaitKeys(t, one, two, 2, 2)
	cl.awaitKeys(t, two, one, 2, 2)
	keys(one, "remove", "1")
	keys(two, "remove", "1")
	cl.awaitKeys(t, one, two, 2, 1)
	cl.awaitKeys(t, two, one, 2, 1)
	if out := keys(one, "status"); !strings.Contains(out, "sha256") || strings.Contains(out, "next:") {
		t.Errorf("after the change: %s", out)
	}
}

// awaitKeys waits until a node knows that another signs with a key and has so many.
func (cl *cluster) awaitKeys(t *testing.T, on, of string, signs, count int) {
	t.Helper()
	cl.awaitStatus(t, on, "to know the keys of "+of, func(s node.Status) bool {
		for _, n := range s.Nodes {
			if n.Name == of {
				return n.Signs == signs && len(n.Keys) == count
			}
		}
		return false
	})
}
