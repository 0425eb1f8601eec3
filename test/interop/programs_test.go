package interop

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"heartbeat/internal/vnet"
)

// questions are what Debian's own programs are asked on node1; both nodes are up and at rest. The programs are
// linked with libheartbeat and know nothing of Go.
func questions() []string {
	const status = "/usr/bin/cl_status "
	list := []string{"runuser -u hacluster -- /usr/bin/cl_status rscstatus", "runuser -u nobody -- /usr/bin/cl_status nodestatus node2",
		"/usr/libexec/heartbeat/ipfail", "runuser -u hacluster -- timeout 3 /usr/libexec/heartbeat/ipfail",
		// It signs on as "ping", prints all it can ask for, and then every message that it is sent. That it is interrupted it
		// sees at the next message, so there must be one.
		"(sleep 8.5; while pidof api_test; do printf '>>>\\nt=nudge\\n<<<\\n' >/var/lib/heartbeat/fifo; sleep 0.5; done) >/dev/null 2>&1 & " +
			"runuser -u hacluster -- env --default-signal=INT timeout -s INT 8 /usr/libexec/heartbeat/api_test"}
	for _, args := range []string{"hbstatus", "hbstatus -v", "listnodes", "listnodes -v", "listnodes -n", "listnodes -p",
		"nodestatus node1", "nodestatus node2", "nodestatus -m node2", "nodestatus nosuch", "nodeweight node2", "nodeweight nosuch", "nodesite node2",
		"nodetype node2", "nodetype -m node2", "listhblinks node2", "listhblinks -v node1", "listhblinks nosuch", "hblinkstatus node2 eth0",
		"hblinkstatus -m node2 eth1", "hblinkstatus node2 ethx", "clientstatus node1 ipfail", "clientstatus node2 ipfail 3000", "clientstatus -m node1 nosuch",
		"rscstatus", "rscstatus -m", "hbparameter -p keepalive", "hbparameter -p deadtime", "hbparameter -p initdead", "hbparameter -p auto_failback",
		"hbparameter -p crm", "hbparameter -p nosuch", "hbparameter -m -p warntime", "hbparameter -p logfacility", "test"} {
		list = append(list, status+args)
	}
	return list
}

// varying is what differs from run to run: times, process numbers, the daemon's version, the order of arrival, what
// messages carry of the machine, and the load of the machine.
var varying = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`[A-Z][a-z][a-z] [ 0-9]\d \d\d:\d\d:\d\d`), "DATE"},
	{regexp.MustCompile(`\[\d+\]|PID=\d+`), "PID"},
	{regexp.MustCompile(`(version:\t|hbversion is )[^\n]*`), "VERSION"},
	{regexp.MustCompile(`status: \[(timeout|offline|online)\]`), "status: [none]"},              // C answers too late,
	{regexp.MustCompile(`(?m)^.*Client node\d/ping now has status \[(online|offline)\]\n`), ""}, // and tells it as news then
	{regexp.MustCompile(`(?m)^.*(: MSG: Dumping message|: MSG\[\d+\] :|Got message \d+ of type|Received|Link status of).*\n`), ""},
}

func plain(s string) string {
	for _, v := range varying {
		s = v.what.ReplaceAllString(s, v.with)
	}
	return s
}

// ask runs a program on node1 and returns what it said, without what varies, and its exit code. A C daemon on a busy machine
// now and then never answers its client, which then waits for ever; it is asked again. Ours must answer.
func (cl *cluster) ask(t *testing.T, command string) string {
	t.Helper()
	const killed = 128 + int(syscall.SIGKILL)
	for tries := 1; ; tries++ {
		out, code, err := cl.Output(within(t, soon), one, "timeout", "-s", "KILL", "20", "sh", "-c", command+" 2>&1")
		must(t, err)
		if code == killed && cl.made[one] == c && tries < 3 {
			t.Logf("C did not answer %q", command)
			continue
		}
		return fmt.Sprintf("%s(exit %d)", plain(out), code)
	}
}

// TestProgramsOfCGetTheSameAnswers asks Debian's programs the same things about a cluster of two C nodes, of two Go
// nodes, and of one of each, and compares every word.
func TestProgramsOfCGetTheSameAnswers(t *testing.T) {
	need(t)
	t.Parallel()
	answers := func(t *testing.T, first, second maker) map[string]string {
		cl := newCluster(t, setup{medium: "bcast", method: "sha1", made: map[string]maker{one: first, two: second}})
		cl.awaitHome(t, eventual)
		for _, node := range cl.Nodes { // a link is heard of with the first packet on it
			until(t, eventual, "all links of "+node, func() (string, bool) {
				out, _, err := cl.Output(within(t, soon), one, "/usr/bin/cl_status", "hbstatus", "-v")
				return out, err == nil && strings.Count(out, "\tup") == 4
			})
		}
		said := map[string]string{}
		for _, q := range questions() {
			said[q] = cl.ask(t, q)
		}
		return said
	}
	want := answers(t, c, c)
	compare := func(t *testing.T, first, second maker) {
		got := answers(t, first, second)
		for _, q := range questions() {
			if got[q] != want[q] {
				t.Errorf("%s\nC daemon: %s\nGo daemon: %s", q, want[q], got[q])
			}
		}
	}
	together(t,
		job{"go-and-go", func(t *testing.T) { compare(t, golang, golang) }},
		job{"go-and-c", func(t *testing.T) { compare(t, golang, c) }})
}

// TestScriptsOfCMoveGroupsOfGo: Debian's hb_standby and hb_takeover write into the FIFO of whatever daemon runs.
func TestScriptsOfCMoveGroupsOfGo(t *testing.T) {
	need(t)
	t.Parallel()
	run := func(other maker) func(t *testing.T) {
		return func(t *testing.T) {
			cl := newCluster(t, setup{medium: "bcast", method: "sha1", made: map[string]maker{one: golang, two: other}, stay: true})
			cl.awaitHome(t, soon)
			script := func(name, set string) { cl.mustRun(t, one, "/usr/share/heartbeat/"+name, set) }
			script("hb_standby", "all")
			cl.awaitAllOn(t, soon, two, true)
			script("hb_takeover", "all")
			cl.awaitAllOn(t, soon, one, true)
			script("hb_standby", "foreign")
			cl.awaitHome(t, soon)
		}
	}
	together(t, job{"beside-go", run(golang)}, job{"beside-c", run(c)})
}

// pinged is a cluster that watches its client machine, with ipfail kept running by respawn as in classic guides.
func pinged(t *testing.T, first, second maker) *cluster {
	cl := newCluster(t, setup{medium: "bcast", method: "sha1", made: map[string]maker{one: first, two: second}, lone: true, stay: true,
		more: "ping 10.77.1.250\ndeadping 1000ms\nrespawn hacluster /usr/libexec/heartbeat/ipfail\n#!hb connectivity off\n"})
	must(t, cl.WaitOwners(within(t, soon), addrOne, one))
	return cl
}

// online waits until a program is signed on at a node.
func (cl *cluster) online(t *testing.T, on, client string) {
	t.Helper()
	until(t, soon, client+" to be signed on at "+on, func() (string, bool) {
		out, _, err := cl.Output(within(t, soon), one, "/usr/bin/cl_status", "clientstatus", on, client, "3000")
		return out, err == nil && strings.TrimSpace(out) == "online"
	})
}

// TestIpfailOfCMovesTheGroup: the node whose way to the ping node is cut gives its group up, because its ipfail and
// the one of the peer have compared what they see, through the daemons.
func TestIpfailOfCMovesTheGroup(t *testing.T) {
	need(t)
	t.Parallel()
	run := func(first, second maker) func(t *testing.T) {
		return func(t *testing.T) {
			cl := pinged(t, first, second)
			for _, node := range cl.Nodes {
				cl.online(t, node, "ipfail")
			}
			must(t, cl.Cut(one, 0, vnet.Mute)) // the ping node is on eth0, and heartbeats go on on eth1
			must(t, cl.WaitOwners(within(t, eventual), addrOne, two))
		}
	}
	together(t,
		job{"go-and-go", run(golang, golang)},
		job{"go-and-c", run(golang, c)},
		job{"c-and-go", run(c, golang)})
}

// TestCcmOfCFormsAMembership: two ccm programs agree on a membership through the daemons, and notice that one machine has gone.
func TestCcmOfCFormsAMembership(t *testing.T) {
	need(t)
	t.Parallel()
	run := func(first, second maker) func(t *testing.T) {
		return func(t *testing.T) {
			cl := newCluster(t, setup{medium: "bcast", method: "sha1", made: map[string]maker{one: first, two: second}, lone: true})
			must(t, cl.WaitOwners(within(t, soon), addrOne, one))
			for _, node := range cl.Nodes {
				_, err := cl.Spawn(node, vnet.Command{Argv: []string{"sh", "-c", `mkdir -p /run/heartbeat/ccm; chown hacluster:haclient /run/heartbeat/ccm
					exec runuser -u hacluster -- /usr/libexec/heartbeat/ccm >/var/log/ccm.out 2>&1`}})
				must(t, err)
				cl.online(t, node, "ccm")
			}
			members := func(want string) {
				t.Helper()
				until(t, eventual, "a membership of "+want, func() (string, bool) {
					out, _, err := cl.Output(within(t, soon), one, "sh", "-c", "timeout -s INT 2 /usr/libexec/heartbeat/ccm_testclient 2>&1")
					return out, err == nil && strings.Contains(out, want)
				})
			}
			members("nodes=2")
			must(t, cl.PowerOff(two))
			members("nodes=1")
		}
	}
	together(t,
		job{"go-and-go", run(golang, golang)},
		job{"go-and-c", run(golang, c)})
}

// TestFailfastProgramTakesTheMachineDown: a program that must not fail is killed on the Go node; its machine is off at
// once, and the peer takes over as after a power cut.
func TestFailfastProgramTakesTheMachineDown(t *testing.T) {
	need(t)
	t.Parallel()
	run := func(other maker) func(t *testing.T) {
		return func(t *testing.T) {
			cl := newCluster(t, setup{medium: "bcast", method: "sha1", made: map[string]maker{one: golang, two: other}, lone: true,
				more: "failfast root /etc/ha.d/keeper\n", extra: map[string]string{"keeper": "#!/bin/sh\necho $$ >/run/keeper.pid\nexec sleep 100000\n"}})
			must(t, cl.WaitOwners(within(t, soon), addrOne, one))
			until(t, soon, "the program to run", func() (string, bool) {
				pid, err := os.ReadFile(cl.Place(one, "/run/keeper.pid"))
				return string(pid), err == nil && strings.HasSuffix(string(pid), "\n")
			})
			_, _, err := cl.Output(within(t, soon), one, "sh", "-c", "kill -9 $(cat /run/keeper.pid); sleep 10")
			t.Logf("the machine that was killed: %v", err)
			until(t, soon, "the machine to be off", func() (string, bool) { return "on", cl.off(t, one) })
			must(t, cl.WaitOwners(within(t, soon), addrOne, two))
		}
	}
	together(t, job{"beside-go", run(golang)}, job{"beside-c", run(c)})
}
