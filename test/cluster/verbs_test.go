package cluster

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/node"
)

// The groups of these tests: both at home on node1.
const (
	webKey  = addrOne + "/24/eth0"
	dataKey = addrTwo + "/24/eth0"
)

func verbCluster(t *testing.T, failback string) *cluster {
	t.Helper()
	return running(t, setup{failback: failback, groups: "node1 " + webKey + "\nnode1 " + dataKey + "\n"})
}

// says runs a command that must end with a code and print a text.
func (cl *cluster) says(t *testing.T, on string, code int, text string, argv ...string) string {
	t.Helper()
	out, got := cl.run(t, on, append([]string{program}, argv...)...)
	if got != code || !strings.Contains(out, text) {
		t.Fatalf("heartbeat %s on %s: exit %d, want %d with %q:\n%s", strings.Join(argv, " "), on, got, code, text, out)
	}
	return out
}

func TestAGroupIsMovedAloneAndItsStoryIsTold(t *testing.T) {
	t.Parallel()
	cl := verbCluster(t, "on")
	cl.says(t, two, 0, webKey+": node1 -> node2", "move", webKey, "to", two, "--dry-run")
	cl.awaitOwner(t, addrOne, one)
	before := cl.last(t, one)
	cl.says(t, two, 0, "node1: ", "move", webKey, "to", two)
	cl.awaitOwner(t, addrOne, two)
	cl.awaitOwner(t, addrTwo, one)
	for _, e := range cl.events(t, one, before, "group.release") {
		if e.Subject != webKey {
			t.Errorf("released: %+v", e)
		}
	}
	cl.says(t, two, 0, "standby: node1 gives it up", "why", webKey)
	cl.says(t, one, 0, "knows more: heartbeat why", "why", addrOne)
	cl.says(t, one, 0, "", "standby", "--group", dataKey, "--node", two)
	cl.awaitOwner(t, addrTwo, two)
	cl.says(t, one, 0, "", "hb_takeover", "--group="+dataKey, "--wait=20")
	cl.awaitOwner(t, addrTwo, one)
	cl.says(t, one, 2, "there is no group", "move", "nothing", "to", two)
	cl.says(t, one, 2, "there is no node", "move", webKey, "to", "node7")
	if s := cl.status(t, one); len(s.Orders) > 0 {
		t.Errorf("something was left behind: %+v", s.Orders)
	}
}

func TestAPlanIsWhatHappensThen(t *testing.T) {
	t.Parallel()
	cl := verbCluster(t, "off")
	var plan struct {
		After map[string]string `json:"after"`
		Down  map[string]int64  `json:"down_ns"`
	}
	out := cl.says(t, two, 0, "", "plan", "--if", "node1=down", "--json")
	must(t, json.Unmarshal([]byte(out), &plan))
	if plan.After[webKey] != two || plan.After[dataKey] != two || time.Duration(plan.Down[webKey]) < usual() {
		t.Errorf("%s", out)
	}
	cl.says(t, one, 1, "runs nowhere in the end", "plan", "--if", "node1=down", "--if", "node2=down")
	cl.awaitOwner(t, addrOne, one) // nothing has happened
	must(t, cl.PowerOff(one))
	cl.awaitOwner(t, addrOne, two)
	cl.awaitOwner(t, addrTwo, two)
}

func TestADrainedNodeTakesNothingAlsoAfterARestart(t *testing.T) {
	t.Parallel()
	cl := verbCluster(t, "on")
	cl.says(t, two, 0, "node1 is drained", "drain", one, "--reason", "new memory")
	cl.awaitOwner(t, addrOne, two)
	cl.awaitOwner(t, addrTwo, two)
	cl.says(t, two, 2, "no other node could take", "drain")
	cl.says(t, two, 1, "is drained by root (new memory) and takes nothing", "status")
	cl.says(t, two, 2, "it is drained", "move", webKey, "to", one)
	// The cluster restarts as a whole: what it knows is on the disks.
	for _, name := range []string{one, two} {
		cl.says(t, name, 0, "", "stop")
	}
	cl.startBoth(t)
	cl.awaitRest(t, one, two)
	cl.awaitOwner(t, addrOne, two)
	cl.awaitOwner(t, addrTwo, two)
	cl.says(t, one, 0, "ended: drain of node1", "resume")
	cl.awaitOwner(t, addrOne, one) // auto_failback is on
	cl.awaitOwner(t, addrTwo, one)
	cl.awaitStatus(t, two, "to know", func(s node.Status) bool { return len(s.Orders) == 0 && len(s.Attention) == 0 })
}

func TestAHeldGroupDoesNotFailOver(t *testing.T) {
	t.Parallel()
	cl := verbCluster(t, "off")
	cl.says(t, one, 0, "in force on node1, node2", "hold", webKey, "--for", "1h", "--reason", "upgrade")
	cl.says(t, two, 2, "is held by root", "move", webKey, "to", two)
	must(t, cl.PowerOff(one))
	cl.awaitOwner(t, addrTwo, two)
	cl.awaitOwner(t, addrOne)
	cl.says(t, two, 2, "it is held by root until", "why", webKey)
	cl.says(t, two, 0, "ended: hold of "+webKey, "resume", webKey)
	cl.awaitOwner(t, addrOne, two)
}

func TestADrillGoesThereAndBack(t *testing.T) {
	t.Parallel()
	cl := verbCluster(t, "off")
	out := cl.says(t, two, 0, `"passed":true`, "drill", webKey, "--yes", "--json")
	var r struct {
		Legs []struct {
			Outages []struct {
				Address string `json:"address"`
				Heard   int    `json:"heard"`
			} `json:"outages"`
		} `json:"legs"`
	}
	must(t, json.Unmarshal([]byte(out[strings.Index(out, "{"):]), &r))
	if len(r.Legs) != 2 || len(r.Legs[0].Outages) != 1 || r.Legs[0].Outages[0].Address != addrOne || r.Legs[0].Outages[0].Heard == 0 {
		t.Errorf("%s", out)
	}
	cl.awaitOwner(t, addrOne, one)
	cl.says(t, one, 0, "PASSED", "drill", "--node", one, "--yes")
	cl.awaitOwner(t, addrOne, one)
	cl.awaitOwner(t, addrTwo, one)
	cl.says(t, one, 2, "nothing was done", "drill") // there is nobody to ask
	cl.says(t, one, 0, "", "hold", webKey)
	cl.says(t, one, 2, "a standing order is in force", "drill", "--yes")
	cl.says(t, one, 0, "6 of 6: machine", "report", "-o", "/tmp/r.tar.gz")
}
