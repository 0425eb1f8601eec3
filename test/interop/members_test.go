package interop

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"heartbeat/internal/lab"
	"heartbeat/internal/testenv"
	"heartbeat/internal/vnet"
)

// cMembers prints what C's client library reads from the ccm socket of its machine: of a C node from C's ccm, of a Go node from us.
const cMembers = "/usr/libexec/heartbeat/ccm_testclient"

// TestConsensusBesideC is membership as C's ccm and the Go node agree on it. C's ccm is started by its daemon; the Go node
// has the same ha.cf and is its own. What is compared is what C's own client library prints on every node, with heartbeat status.
func TestConsensusBesideC(t *testing.T) {
	need(t)
	t.Parallel()
	_, err := os.Stat(cMembers)
	testenv.Need(t, cMembers, err == nil, "apt-get install heartbeat")
	var jobs []job
	for _, kinds := range [][]maker{{c, golang}, {golang, c}, {c, golang, c}, {golang, c, golang}, {golang, golang, golang}} {
		name := strings.ReplaceAll(strings.Trim(fmt.Sprint(kinds), "[]"), " ", "-")
		jobs = append(jobs, job{name, func(t *testing.T) { consensus(t, kinds) }})
	}
	together(t, jobs...)
}

// consensus plays joins, leaves and deaths in one cluster.
func consensus(t *testing.T, kinds []maker) {
	cl := newMembersCluster(t, kinds)
	all := slices.Clone(cl.Nodes)
	step := func(name string, do func(t *testing.T)) {
		if !t.Failed() {
			t.Run(name, do)
		}
	}
	instance := 0
	agree := func(t *testing.T, nodes ...string) {
		t.Helper()
		got := cl.agree(t, nodes)
		if got <= instance && len(cl.madeBy(c)) == 0 { // C's restart of all may count anew
			t.Errorf("instance %d follows %d", got, instance)
		}
		instance = got
	}
	step("all-start", func(t *testing.T) { agree(t, all...) })
	for _, node := range all {
		rest := slices.DeleteFunc(slices.Clone(all), func(n string) bool { return n == node })
		step(node+"-stops", func(t *testing.T) {
			cl.stop(t, node)
			agree(t, rest...)
		})
		step(node+"-joins", func(t *testing.T) {
			cl.start(t, node) // C's client waits for it since before
			agree(t, all...)
		})
	}
	for _, node := range all {
		rest := slices.DeleteFunc(slices.Clone(all), func(n string) bool { return n == node })
		step(node+"-loses-power", func(t *testing.T) {
			must(t, cl.PowerOff(node))
			agree(t, rest...)
		})
		step(node+"-returns", func(t *testing.T) {
			must(t, cl.PowerOn(node))
			cl.startMember(t, node)
			agree(t, all...)
		})
	}
	last := all[len(all)-1]
	step("partition", func(t *testing.T) {
		must(t, cl.Cut(last, vnet.AllLinks, vnet.Mute))
		agree(t, all[:len(all)-1]...)
		cl.agree(t, []string{last})
	})
	step("heal", func(t *testing.T) {
		must(t, cl.Heal(last, vnet.AllLinks))
		agree(t, all...)
	})
}

// newMembersCluster makes a cluster without resources in which every node asks for ccm.
func newMembersCluster(t *testing.T, kinds []maker) *cluster {
	t.Helper()
	made, names := map[string]maker{}, ""
	for i, k := range kinds {
		made[lab.NodeName(i+1)] = k
		names += " " + lab.NodeName(i+1)
	}
	files := lab.Files{
		"ha.cf": "logfile /var/log/ha-log\nkeepalive 200ms\nwarntime 600ms\ndeadtime 1500ms\ninitdead 4000ms\nudpport 694\n" +
			media["bcast"] + "auto_failback off\nnode" + names + "\nrespawn hacluster /usr/libexec/heartbeat/ccm\n",
		"authkeys":    keys["sha1"],
		"haresources": "",
	}
	l, err := lab.New(t.Context(), t, lab.Options{
		Nodes: len(kinds), Dir: filepath.Join(t.TempDir(), "lab"), Binary: os.Getenv(binaryVariable),
		ConfigFor: func(string) lab.Files { return files },
	})
	must(t, err)
	cl := &cluster{Lab: l, t: t, made: made, clients: map[string]*lab.Client{}, marks: map[string]int64{}}
	t.Cleanup(func() {
		if t.Failed() {
			cl.keepLogs(t)
			for _, node := range l.Nodes {
				data, _ := os.ReadFile(cl.Place(node, membersLog))
				t.Logf("%s (%s) %s:\n%s", node, cl.made[node], membersLog, lastLines(string(data), 60))
			}
		}
		if err := l.Remove(); err != nil {
			t.Error(err)
		}
	})
	for _, node := range l.Nodes {
		cl.startMember(t, node)
	}
	return cl
}

func (cl *cluster) madeBy(m maker) (out []string) {
	for _, node := range cl.Nodes {
		if cl.made[node] == m {
			out = append(out, node)
		}
	}
	return out
}

// startMember starts the daemon of a node, and C's client beside it.
func (cl *cluster) startMember(t *testing.T, node string) {
	t.Helper()
	// What the package's tmpfiles.d makes at boot: C's ccm cannot make it itself.
	cl.mustRun(t, node, "sh", "-c", "mkdir -p /run/heartbeat/ccm && chown hacluster:haclient /run/heartbeat/ccm")
	cl.start(t, node)
	cl.listen(t, node)
}

const membersLog = "/var/log/ccm_testclient"

// listen starts C's client on a node. It ends when ccm does, and is started again.
func (cl *cluster) listen(t *testing.T, node string) {
	t.Helper()
	_, err := cl.Spawn(node, vnet.Command{Argv: []string{"sh", "-c",
		"rm -f " + membersLog + "; while :; do " + cMembers + " >>" + membersLog + " 2>&1; echo ended >>" + membersLog + "; sleep 0.1; done"}})
	must(t, err)
}

// agreement is a membership as one node tells it.
type agreement struct {
	instance int
	members  []string // name:born
	quorum   bool
}

func (a agreement) String() string {
	return fmt.Sprintf("%d %v quorum=%v", a.instance, a.members, a.quorum)
}

var (
	eventLine    = regexp.MustCompile(`event=([A-Z ]+):`)
	instanceLine = regexp.MustCompile(`instance=(\d+)$`)
	memberLine   = regexp.MustCompile(`nodeid=\d+, uname=([a-z0-9]+), born=(\d+)`)
)

// told reads the last event that C's client printed; false when no membership holds.
func told(log string) (agreement, bool) {
	var a agreement
	events := eventLine.FindAllStringIndex(log, -1)
	if len(events) == 0 || strings.LastIndex(log, "\nended") > events[len(events)-1][0] {
		return a, false
	}
	last := log[events[len(events)-1][0]:]
	switch eventLine.FindStringSubmatch(last)[1] {
	case "NEW MEMBERSHIP", "PRIMARY RESTORED":
		a.quorum = true
	case "NO QUORUM MEMBERSHIP":
	default:
		return a, false
	}
	list, _, whole := strings.Cut(last, "NEW MEMBERS\n")
	if !whole {
		return a, false
	}
	for line := range strings.Lines(list) {
		line = strings.TrimSpace(line)
		if m := instanceLine.FindStringSubmatch(line); m != nil {
			a.instance, _ = strconv.Atoi(m[1])
		}
		if m := memberLine.FindStringSubmatch(line); m != nil {
			a.members = append(a.members, m[1]+":"+m[2])
		}
	}
	slices.Sort(a.members)
	return a, true
}

// agree waits until all the nodes tell the same membership of exactly them, to C's client and, where it is ours, in heartbeat status.
func (cl *cluster) agree(t *testing.T, nodes []string) (instance int) {
	t.Helper()
	until(t, eventual, fmt.Sprintf("%v to agree on a membership", nodes), func() (string, bool) {
		seen, ok := "", true
		var first agreement
		for i, node := range nodes {
			data, _ := os.ReadFile(cl.Place(node, membersLog))
			a, has := told(string(data))
			if i == 0 {
				first = a
			}
			seen += fmt.Sprintf("%s (%s) %v; ", node, cl.made[node], a)
			ok = ok && has && a.String() == first.String() && slices.Equal(memberNames(a), nodes) && a.quorum == (2*len(nodes) > len(cl.Nodes) || len(cl.Nodes) == 2)
			if ok && cl.made[node] == golang {
				s := cl.membership(node)
				seen += fmt.Sprintf("its status %v; ", s)
				ok = s.String() == a.String()
			}
		}
		instance = first.instance
		return seen, ok
	})
	return instance
}

func memberNames(a agreement) (out []string) {
	for _, m := range a.members {
		name, _, _ := strings.Cut(m, ":")
		out = append(out, name)
	}
	return out
}

// membership is what heartbeat status says.
func (cl *cluster) membership(node string) (a agreement) {
	out, _, err := cl.Output(cl.t.Context(), node, "heartbeat", "status", "--json")
	var s struct {
		Membership struct {
			Instance int
			Quorum   bool
			Members  []struct {
				Name   string
				BornOn int `json:"born_on"`
			}
		}
	}
	if err != nil || json.Unmarshal([]byte(out), &s) != nil {
		return a
	}
	a.instance, a.quorum = s.Membership.Instance, s.Membership.Quorum
	for _, m := range s.Membership.Members {
		a.members = append(a.members, fmt.Sprintf("%s:%d", m.Name, m.BornOn))
	}
	slices.Sort(a.members)
	return a
}
