package interop

import (
	"strings"
	"testing"

	"heartbeat/internal/vnet"
)

// drbdadm stands in for DRBD's program: it writes down what it was asked for, and ends with the code in a file.
const drbdadm = `cat >` + vnet.BinDir + `/drbdadm <<'END'
#!/bin/sh
echo "$(id -u) $*" >>/var/log/drbdadm
exit $(cat /etc/drbdadm.code 2>/dev/null || echo 0)
END
chmod 755 ` + vnet.BinDir + `/drbdadm; touch /var/log/drbdadm; chmod 666 /var/log/drbdadm`

// outdaters are the programs that ask, C's and ours.
var outdaters = map[maker]string{c: "/usr/libexec/heartbeat/drbd-peer-outdater", golang: "heartbeat drbd-peer-outdater"}

// TestDopdAnswersProgramsAndNodesOfC: DRBD's question travels from a program, through the daemon of its node, to the other node's drbdadm and
// back, whoever made the program and the daemons. Two questions in a row are answered.
func TestDopdAnswersProgramsAndNodesOfC(t *testing.T) {
	need(t)
	t.Parallel()
	run := func(first, second maker) func(t *testing.T) {
		return func(t *testing.T) {
			cl := newCluster(t, setup{medium: "bcast", method: "sha1", made: map[string]maker{one: first, two: second}, lone: true, stay: true,
				more: "ping 10.77.1.250\nrespawn hacluster /usr/libexec/heartbeat/dopd\napiauth dopd gid=haclient uid=hacluster\n"})
			must(t, cl.WaitOwners(within(t, soon), addrOne, one))
			for _, node := range cl.Nodes {
				cl.mustRun(t, node, "sh", "-c", `mkdir -p /run/heartbeat/dopd; chown hacluster:haclient /run/heartbeat/dopd; `+drbdadm)
				cl.online(t, node, "dopd")
			}
			programs := []maker{golang, c}
			ask := func(node string, who maker, peer, resource, patience string) (int, string) {
				out, code, err := cl.Output(within(t, soon), node, "sh", "-c",
					outdaters[who]+" -p "+peer+" -r "+resource+" -t "+patience+" 2>&1")
				must(t, err)
				return code, out
			}
			// C's dopd dies of every client that it has served and is back after a moment: it is asked until it answers.
			settle := func(node string, who maker, peer, resource string, want int) {
				t.Helper()
				if cl.made[node] == golang && cl.made[peerOf(node)] == golang {
					if code, out := ask(node, who, peer, resource, "20"); code != want {
						t.Fatalf("%s's program on %s asks about %s of %s: %d, want %d\n%s", who, node, resource, peer, code, want, out)
					}
					return
				}
				until(t, soon, "answer "+resource, func() (string, bool) {
					code, out := ask(node, who, peer, resource, "5")
					return out, code == want
				})
			}
			nodes := []string{one, two}
			if first == c {
				nodes = []string{two, one} // C's dopd dies of those who ask, and its daemon gives it up after ten deaths
			}
			for _, node := range nodes {
				peer := peerOf(node)
				exits := map[string]int{"0": 4, "5": 3, "17": 6, "3": 20}
				if cl.made[node] == c {
					exits = map[string]int{"0": 4, "17": 6}
				}
				for _, who := range programs {
					for exit, want := range exits {
						cl.mustRun(t, peer, "sh", "-c", "echo "+exit+" >/etc/drbdadm.code")
						settle(node, who, strings.ToUpper(peer[:1])+peer[1:], "r"+exit, want)
					}
				}
				cl.mustRun(t, peer, "sh", "-c", "echo 0 >/etc/drbdadm.code; grep -q 'outdate r17' /var/log/drbdadm")
				if cl.made[peer] == golang {
					cl.mustRun(t, peer, "grep", "-q", "^0 outdate r0$", "/var/log/drbdadm")
				}
				if cl.made[node] != golang {
					continue
				}
				for _, nobody := range []string{"node9", node, "10.77.1.250"} {
					if code, out := ask(node, golang, nobody, "r0", "20"); code != 5 {
						t.Errorf("%s asks %s about r0: %d\n%s", node, nobody, code, out)
					}
				}
				if cl.made[peer] == golang {
					for range 2 { // S45: two in a row
						if code, out := ask(node, golang, peer, "r0", "20"); code != 4 {
							t.Errorf("in a row: %d\n%s", code, out)
						}
					}
				}
				if code, _ := ask(node, golang, peer, "'r0;reboot'", "20"); code != 20 {
					t.Errorf("a name that is no resource: %d", code)
				}
			}
			must(t, cl.PowerOff(two))
			cl.awaitLog(t, one, "is dead")
			if cl.made[one] == golang {
				if code, out := ask(one, golang, two, "r0", "20"); code != 5 {
					t.Errorf("a dead peer: %d\n%s", code, out)
				}
			}
		}
	}
	together(t,
		job{"go-and-go", run(golang, golang)},
		job{"go-and-c", run(golang, c)},
		job{"c-and-go", run(c, golang)})
}
