package interop

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestOtherMediaBesideC has one cluster on each medium that the table leaves out, alone, with every kind of ping node.
func TestOtherMediaBesideC(t *testing.T) {
	need(t)
	t.Parallel()
	const pings = "ping 10.77.1.254\nping6 fd77:1::fe\nping_group gates 10.77.1.199 10.77.1.254\ndeadping 2\n" // nobody is at .199
	cFirst, goFirst := map[string]maker{one: c, two: golang}, map[string]maker{one: golang, two: c}
	var jobs []job
	for _, x := range []struct {
		medium string
		made   map[string]maker
	}{{"ucast6", cFirst}, {"mcast6", goFirst}, {"serial", cFirst}} {
		jobs = append(jobs, job{x.medium, func(t *testing.T) {
			cl := newCluster(t, setup{medium: x.medium, method: "sha1", made: x.made, more: pings})
			for _, cell := range cells() {
				if slices.Contains(ofEveryMedium, cell.name) || x.medium != "serial" && slices.Contains(ofTwoLinks, cell.name) {
					t.Run(cell.name, func(t *testing.T) { cl.try(t, cell) })
				}
			}
			t.Run("ping-nodes", func(t *testing.T) { cl.pingNodesAnswer(t) })
		}})
	}
	together(t, jobs...)
}

// The scenarios that say something about a medium; the others are about resources.
var (
	ofEveryMedium = []string{"cold-start-each-takes-its-own", "hb_standby-on-go", "hb_standby-on-c", "go-takes-over-when-c-loses-power",
		"failback-to-c", "c-takes-over-when-go-loses-power", "failback-to-go", "go-stops-gracefully"}
	ofTwoLinks = []string{"one-link-lost-moves-nothing", "partition-heals-with-one-owner"}
)

// pingNodesAnswer asks both nodes about every ping node.
func (cl *cluster) pingNodesAnswer(t *testing.T) {
	for _, node := range cl.Nodes {
		for _, name := range []string{"10.77.1.254", "fd77:1::fe", "gates"} {
			until(t, soon, node+" to hear ping node "+name, func() (string, bool) {
				out := cl.clStatus(t, node, "nodestatus", name)
				return out, out == "ping"
			})
			if kind := cl.clStatus(t, node, "nodetype", name); kind != "ping" {
				t.Errorf("%s says that %s is of type %q", node, name, kind)
			}
		}
	}
}

// clStatus asks a node with its own cl_status.
func (cl *cluster) clStatus(t *testing.T, node string, words ...string) string {
	t.Helper()
	argv := append([]string{"cl_status"}, words...)
	if cl.made[node] == golang {
		argv = append([]string{"heartbeat"}, argv...)
	}
	out, _, err := cl.Output(within(t, 10*time.Second), node, argv...)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(out)
}
