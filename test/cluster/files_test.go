package cluster

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"heartbeat/internal/lab"
	"heartbeat/internal/node"
)

// breakFiles are mistakes, each with the file and line where it must be found.
var breakFiles = map[string]struct {
	file, text string
	places     []string
}{
	"ha.cf": {"ha.cf", "keepalive 200ms\nkeepalif 1\nnode node1 node2\ndeadtime soon\nbcast eth0\n#!hb start_timeoud 5\n",
		[]string{"ha.cf:2", "ha.cf:4", "ha.cf:6"}},
	"authkeys": {"authkeys", "auth 3\n1 sha1 secret\n2 rot13 secret\n", []string{"authkeys:3", "authkeys:1"}},
	"haresources": {"haresources", "# the services\nnode1 10.77.1.101/24/eth0\nnode7 10.77.1.102/24/eth0\nnode2 10.77.1.300/24/eth0\n",
		[]string{"haresources:3", "haresources:4"}},
}

func TestBrokenFileStartsNothingAndEveryProblemIsListed(t *testing.T) {
	t.Parallel()
	cl := newCluster(t, setup{})
	good := setup{}.files(one)
	cases := [][]string{{"ha.cf"}, {"authkeys"}, {"haresources"}, {"ha.cf", "authkeys", "haresources"}}
	for _, broken := range cases {
		var places []string
		for _, name := range []string{"ha.cf", "authkeys", "haresources"} {
			cl.write(t, one, "/etc/ha.d/"+name, good[name])
		}
		for _, name := range broken {
			b := breakFiles[name]
			cl.write(t, one, "/etc/ha.d/"+b.file, b.text)
			places = append(places, b.places...)
		}
		for command, want := range map[string]int{"run": 6, "check": 1} {
			out, code := cl.run(t, one, program, command)
			if code != want {
				t.Errorf("broken %v: heartbeat %s ends with %d, want %d:\n%s", broken, command, code, want, out)
			}
			for _, place := range places {
				if !strings.Contains(out, "/etc/ha.d/"+place+":") {
					t.Errorf("broken %v: heartbeat %s does not speak of %s:\n%s", broken, command, place, out)
				}
			}
		}
	}
	cl.startedNothing(t)
}

// startedNothing looks for traces of a start on node1.
func (cl *cluster) startedNothing(t *testing.T) {
	t.Helper()
	for _, path := range []string{"/run/heartbeat/api.sock", "/run/heartbeat.pid", "/var/lib/heartbeat/hb_generation", "/var/lib/heartbeat/hb_uuid"} {
		if _, err := os.Stat(cl.Place(one, path)); err == nil {
			t.Errorf("%s was made although the files are broken", path)
		}
	}
	who, err := cl.Owners(addrOne)
	must(t, err)
	if len(who) != 0 {
		t.Errorf("%v carries the service address", who)
	}
}

func TestMissingOrReadableKeysAreRefused(t *testing.T) {
	t.Parallel()
	cl := newCluster(t, setup{})
	must(t, os.Chmod(cl.Place(one, "/etc/ha.d/authkeys"), 0o644))
	for command, want := range map[string]int{"run": 6, "check": 1} {
		if out, code := cl.run(t, one, program, command); code != want || !strings.Contains(out, "authkeys") || !strings.Contains(out, "600") {
			t.Errorf("keys that all may read: heartbeat %s ends with %d, want %d:\n%s", command, code, want, out)
		}
	}
	for _, name := range []string{"authkeys", "haresources", "ha.cf"} {
		must(t, os.Remove(cl.Place(one, "/etc/ha.d/"+name)))
		for command, want := range map[string]int{"run": 6, "check": 1} {
			if out, code := cl.run(t, one, program, command); code != want || !strings.Contains(out, name) {
				t.Errorf("%s is missing: heartbeat %s ends with %d, want %d:\n%s", name, command, code, want, out)
			}
		}
	}
	cl.startedNothing(t)
}

func TestDifferentResourceFilesAreSeenByBothNodes(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{edit: func(name string, f lab.Files) {
		if name == two {
			f["haresources"] += "node2 " + addrTwo + "/24/eth0\n"
		}
	}})
	for _, pair := range [][2]string{{one, two}, {two, one}} {
		self, other := pair[0], pair[1]
		cl.awaitEvent(t, self, 0, "config.differs", other)
		s := cl.awaitStatus(t, self, "to show the difference", func(s node.Status) bool {
			return strings.Contains(fmt.Sprint(s.Attention), "haresources of node "+other+" differs")
		})
		if s.Nodes[0].Digest == "" || s.Nodes[0].Digest == s.Nodes[1].Digest {
			t.Errorf("%s shows the digests %q and %q", self, s.Nodes[0].Digest, s.Nodes[1].Digest)
		}
		if out, _ := cl.run(t, self, program, "status"); !strings.Contains(out, "haresources of node "+other+" differs") {
			t.Errorf("heartbeat status on %s does not tell of the difference:\n%s", self, out)
		}
		if out, _ := cl.run(t, self, program, "check"); !strings.Contains(out, "haresources") || !strings.Contains(out, other) || !strings.Contains(out, "differ") {
			t.Errorf("heartbeat check on %s does not tell of the difference:\n%s", self, out)
		}
	}
	// Equal files and a reload end it.
	same := setup{}.files(one)["haresources"] + "node2 " + addrTwo + "/24/eth0\n"
	cl.write(t, one, "/etc/ha.d/haresources", same)
	if out := cl.mustRun(t, one, program, "reload"); !strings.Contains(out, "the resource groups") {
		t.Errorf("a reload of other groups says:\n%s", out)
	}
	for _, self := range cl.Nodes {
		cl.awaitStatus(t, self, "to see no difference any more", func(s node.Status) bool {
			return !strings.Contains(fmt.Sprint(s.Attention), "differs")
		})
	}
}
