package cluster

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heartbeat/internal/lab"
	"heartbeat/internal/node"
	"heartbeat/internal/vnet"
)

// calm is a deadtime for clusters in which no test waits for a take-over: a busy machine shall not make a node look dead.
const calm = "3000ms"

// theFiles are what ha_propagate carries.
var theFiles = []string{"ha.cf", "authkeys", "haresources"}

// etc are the files of a node as they are now.
func (cl *cluster) etc(t *testing.T, name string) string {
	t.Helper()
	var all strings.Builder
	for _, f := range theFiles {
		data, err := os.ReadFile(cl.Place(name, "/etc/ha.d/"+f))
		must(t, err)
		all.WriteString("== " + f + "\n" + string(data))
	}
	return all.String()
}

// rewrite changes a text in a file of a node.
func (cl *cluster) rewrite(t *testing.T, name, file, from, to string) {
	t.Helper()
	path := cl.Place(name, "/etc/ha.d/"+file)
	data, err := os.ReadFile(path)
	must(t, err)
	if !strings.Contains(string(data), from) {
		t.Fatalf("%s of %s has no %q", file, name, from)
	}
	must(t, os.WriteFile(path, []byte(strings.Replace(string(data), from, to, 1)), 0o600))
}

// propagate runs ha_propagate on a node; the output must contain all of want.
func (cl *cluster) propagate(t *testing.T, name string, code int, args []string, want ...string) string {
	t.Helper()
	out, got := cl.run(t, name, append([]string{program, "ha_propagate"}, args...)...)
	if got != code {
		t.Errorf("ha_propagate %v on %s ends with %d, want %d:\n%s", args, name, got, code, out)
	}
	for _, w := range want {
		if !strings.Contains(out, w) {
			t.Errorf("ha_propagate %v on %s does not say %q:\n%s", args, name, w, out)
		}
	}
	return out
}

func TestOneNodeGivesItsFilesToTheOther(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{deadtime: calm, edit: secretly("on")})
	before := cl.etc(t, two)
	cl.write(t, one, "/etc/ha.d/haresources", "node1 "+addrOne+"/24/eth0\nnode2 "+addrTwo+"/24/eth0\n")
	cl.rewrite(t, one, "ha.cf", "warntime 600ms", "warntime 700ms")
	cl.rewrite(t, one, "authkeys", "\n1 sha1", "\n2 sha256 another-key-of-these-tests-long-enough\n1 sha1")
	out := cl.propagate(t, one, 0, []string{"--dry-run"}, "Propagating HA configuration files to node node2.", "+node2 "+addrTwo, "-warntime 600ms", "+warntime 700ms", "(secret, id ", "dry run")
	if strings.Contains(out, "another-key") || cl.etc(t, two) != before {
		t.Errorf("a dry run shows a secret or changes something:\n%s", out)
	}
	mark := cl.last(t, two)
	cl.propagate(t, one, 0, nil, "Propagating HA configuration files to node node2.", "node2: installed: ha.cf changed, authkeys changed, haresources changed",
		"node2: in force now: authkeys", "node2: with the next start of heartbeat there: warntime, the resource groups", "node1: with the next start of heartbeat here:")
	if cl.etc(t, two) != cl.etc(t, one) {
		t.Errorf("the files differ:\n%s", cl.etc(t, two))
	}
	for _, f := range theFiles {
		info, err := os.Stat(cl.Place(two, "/etc/ha.d/"+f))
		must(t, err)
		if f == "authkeys" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f, info.Mode())
		}
	}
	cl.awaitEvent(t, two, mark, "config.installed", "Files of node node1 were installed here by uid 0")
	cl.awaitKeys(t, two, one, 1, 2)

	// What is installed is what a restart uses, on both nodes one after the other.
	for _, name := range []string{two, one} {
		must(t, cl.StopDaemon(within(t, soon), name))
		cl.start(t, name)
		cl.awaitRest(t, one, two)
	}
	cl.awaitOwner(t, addrTwo, two)
	for _, name := range cl.Nodes {
		if s := cl.status(t, name); s.Parameters["warntime"] != "700ms" || cl.tells(t, name, "differ") {
			t.Errorf("%s after a restart: warntime %s, attention %q", name, s.Parameters["warntime"], s.Attention)
		}
	}
	cl.propagate(t, one, 0, nil, "node2: has these files already")

	var list struct {
		Outcome string
		Nodes   []node.PropagateNews
	}
	out = cl.propagate(t, one, 0, []string{"--undo", "--json"})
	if err := json.Unmarshal([]byte(out), &list); err != nil || list.Outcome != "done" || len(list.Nodes) != 1 || list.Nodes[0].Node != two || list.Nodes[0].State != node.PropagateInstalled {
		t.Errorf("%v: %s", err, out)
	}
	if cl.etc(t, two) != before {
		t.Errorf("after an undo:\n%s", cl.etc(t, two))
	}
}

func TestFilesBrokenForOneOfThreeNodesChangeNothingAnywhere(t *testing.T) {
	t.Parallel()
	groups := "node1 " + addrOne + "/24/eth0\n"
	cl := newCluster(t, setup{nodes: 3, deadtime: calm, groups: groups, edit: func(_ string, f lab.Files) {
		f["ha.cf"] = strings.Replace(f["ha.cf"], "node node1 node2", "node node1 node2 node3", 1)
	}})
	cl.startBoth(t)
	cl.awaitRest(t, one, two, three)
	for _, name := range []string{one, two} {
		dir := cl.Place(name, "/etc/ha.d/resource.d")
		must(t, os.MkdirAll(dir, 0o755))
		must(t, os.WriteFile(filepath.Join(dir, "ledger"), []byte("#!/bin/sh\n"), 0o755))
	}
	before := cl.etc(t, two)
	cl.write(t, one, "/etc/ha.d/haresources", groups+"node2 ledger\n")
	cl.propagate(t, one, 2, nil, "node3: refused: the files would not work on node3", "node3:/etc/ha.d/haresources:2: error: Cannot locate resource script ledger",
		"node2: kept", "nothing was changed on any node")
	for _, name := range []string{two, three} {
		if cl.etc(t, name) != before {
			t.Errorf("%s was changed:\n%s", name, cl.etc(t, name))
		}
		if n := len(cl.events(t, name, 0, "config.installed")); n > 0 {
			t.Errorf("%s has installed something", name)
		}
	}
	cl.awaitEvent(t, three, 0, "config.declined", "Files of node node1 were refused")

	// A mistake that every node would find is found here, with all others.
	cl.rewrite(t, one, "ha.cf", "auto_failback on", "auto_failbak on\ndeadtyme 3")
	cl.propagate(t, one, 6, nil, "/etc/ha.d/ha.cf:8: error", "/etc/ha.d/ha.cf:9: error", "did you mean auto_failback", "nothing was sent")
	cl.rewrite(t, one, "ha.cf", "auto_failbak on\ndeadtyme 3", "auto_failback on")

	// A node that is down is left out by name; the one that is there gets the files. Later the other one gets them, too.
	cl.kill(t, three)
	cl.awaitEvent(t, one, 0, "node.dead", three)
	cl.propagate(t, one, 7, nil, "node2: installed: ha.cf same, authkeys same, haresources changed", "node3: skipped: node node3 is down", "scp ha.cf authkeys haresources root@node3:/etc/ha.d/", "left out: node3")
	cl.start(t, three)
	cl.awaitStatus(t, one, "to see node3", func(s node.Status) bool {
		return slices.ContainsFunc(s.Nodes, func(n node.NodeStatus) bool { return n.Name == three && n.Status == "active" })
	})
	must(t, os.MkdirAll(cl.Place(three, "/etc/ha.d/resource.d"), 0o755))
	must(t, os.WriteFile(cl.Place(three, "/etc/ha.d/resource.d/ledger"), []byte("#!/bin/sh\n"), 0o755))
	cl.propagate(t, one, 0, []string{"--node", "node3"}, "node3: installed")
	if cl.etc(t, three) != cl.etc(t, one) {
		t.Error("node3 has other files")
	}
}

func TestUcastRowsOfOneNodeAreRefusedOnTheOther(t *testing.T) {
	t.Parallel()
	peer := map[string]string{one: "2", two: "1"}
	cl := newCluster(t, setup{deadtime: calm, edit: func(name string, f lab.Files) {
		f["ha.cf"] = strings.Replace(f["ha.cf"], "bcast eth0 eth1\n", "ucast eth0 10.77.1."+peer[name]+"\nucast eth1 10.77.2."+peer[name]+"\n", 1)
	}})
	cl.startBoth(t)
	cl.awaitRest(t, one, two)
	before := cl.etc(t, two)
	cl.propagate(t, one, 2, nil, "node2:/etc/ha.d/ha.cf:7: error: ucast eth0 10.77.1.2 names node2 itself", "ha.cf:8: error: ucast eth1 10.77.2.2", "mend: write one ucast row for every node")
	if cl.etc(t, two) != before {
		t.Error("node2 was changed")
	}
	cl.rewrite(t, one, "ha.cf", "ucast eth0 10.77.1.2\nucast eth1 10.77.2.2\n", "ucast eth0 10.77.1.1\nucast eth0 10.77.1.2\nucast eth1 10.77.2.1\nucast eth1 10.77.2.2\n")
	cl.propagate(t, one, 0, nil, "node2: installed: ha.cf changed", "with the next start of heartbeat there: the media")
	must(t, cl.StopDaemon(within(t, soon), two))
	cl.start(t, two)
	cl.awaitRest(t, one, two)
}

func TestOnlyRootGivesFilesAway(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{deadtime: calm})
	must(t, os.MkdirAll(cl.Place(two, "/etc/ha.d/ha.cf.d"), 0o755))
	cl.write(t, two, "/etc/ha.d/ha.cf.d/local.conf", "accept_files off\n")
	before := cl.etc(t, two)
	cl.rewrite(t, one, "ha.cf", "warntime 600ms", "warntime 700ms")
	cl.propagate(t, one, 7, nil, "node2: skipped: node node2 accepts no files of other nodes (accept_files off)", "mend: copy the files by hand, or remove the setting there")
	if cl.etc(t, two) != before {
		t.Error("a node that forbids it was changed")
	}
	cl.propagate(t, one, 1, []string{"--files", "ha.cf,/etc/passwd"}, "/etc/passwd is none of the files that are sent")
	must(t, cl.StopDaemon(within(t, soon), one))
	cl.propagate(t, one, 4, nil, "heartbeat is not running")
}

// The machine that gets the files dies in the middle, again and again; what its next life reads is whole.
func TestDeathInTheMiddleLeavesOldOrNewFilesWhole(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{deadtime: calm})
	pending := cl.Place(two, "/var/lib/heartbeat/propagate.pending")
	versions := map[string]bool{cl.etc(t, two): true}
	caught := 0
	for round := range 4 {
		was := string(rune('1' + round))
		cl.rewrite(t, one, "ha.cf", "deadtime", "# round "+was+"\ndeadtime")
		cl.rewrite(t, one, "haresources", "node1", "# round "+was+"\nnode1")
		cl.rewrite(t, one, "authkeys", "auth 1", "# round "+was+"\nauth 1")
		wanted := cl.etc(t, one)
		done := make(chan struct{})
		p, err := cl.Start(one, vnet.Command{Argv: []string{program, "ha_propagate"}})
		must(t, err)
		go func() { p.Wait(); close(done) }()
		look(done, func() bool { // the moment between the record and its end, or a moment after
			_, err := os.Lstat(pending)
			return err == nil
		})
		cl.kill(t, two)
		if _, err := os.Lstat(pending); err == nil {
			caught++
		}
		<-done
		cl.start(t, two)
		cl.awaitRest(t, one, two)
		got := cl.etc(t, two)
		if got != wanted && !versions[got] {
			t.Fatalf("round %s: the files are of two kinds:\n%s", was, got)
		}
		versions[wanted] = true
		list, err := os.ReadDir(cl.Place(two, "/etc/ha.d"))
		must(t, err)
		for _, e := range list {
			if strings.HasPrefix(e.Name(), ".") {
				t.Errorf("round %s: %s was left behind", was, e.Name())
			}
		}
	}
	t.Logf("%d of 4 deaths came in the middle of a change", caught)

	// The same with certainty: the record says that a change is under way, and one of three files is still the old one.
	old, err := os.ReadFile(cl.Place(two, "/etc/ha.d/ha.cf"))
	must(t, err)
	cl.rewrite(t, one, "ha.cf", "deadtime", "# the last round\ndeadtime")
	cl.rewrite(t, one, "haresources", "node1", "# the last round\nnode1")
	cl.propagate(t, one, 0, nil, "node2: installed")
	cl.kill(t, two)
	must(t, os.Rename(cl.Place(two, "/var/lib/heartbeat/propagate.last"), pending))
	cl.write(t, two, "/etc/ha.d/ha.cf", string(old))
	if out := cl.mustRun(t, two, program, "check"); !strings.Contains(out, "a change by ha_propagate was interrupted") {
		t.Errorf("heartbeat check does not tell:\n%s", out)
	}
	cl.start(t, two)
	cl.awaitEvent(t, two, 0, "config.completed", "ordered on node node1 by uid 0")
	if cl.etc(t, two) != cl.etc(t, one) {
		t.Errorf("the change was not finished:\n%s", cl.etc(t, two))
	}
}

// look calls f as often as it can until it is true or done is closed.
func look(done <-chan struct{}, f func() bool) {
	for {
		select {
		case <-done:
			return
		default:
			if f() {
				return
			}
		}
	}
}
