package metrics

import (
	"bytes"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"heartbeat/internal/node"
)

var update = flag.Bool("update", false, "rewrite the generated documents")

func someStatus() *node.Status {
	return &node.Status{
		Node: "n1", Version: "1.2", State: "running", Started: time.Unix(1000, 0), CommUp: true, Protected: true, Attention: []string{"a", "b"},
		Nodes: []node.NodeStatus{
			{Name: "n1", Type: "normal", Status: "active", Self: true},
			{Name: "n2", Type: "normal", Status: "dead", HeardAgo: 1500 * time.Millisecond, Links: []node.LinkStatus{{Name: "eth0", Up: true}, {Name: "eth1"}}},
			{Name: "10.0.0.254", Type: "ping", Status: "ping", HeardAgo: -1},
		},
		Groups:     []node.GroupStatus{{Key: "10.0.0.1", State: "running", Owner: "n1"}, {Key: "10.0.0.2", State: "failed"}},
		Membership: &node.MembershipStatus{Quorum: true, Members: []node.MemberStatus{{Name: "n1"}}},
		Timing:     node.TimingStatus{Deadtime: 10 * time.Second, Silences: []node.SilenceStatus{{Node: "n2"}, {Node: "n2", Link: "eth0"}}},
		Counters: map[string]uint64{"sent": 7, "dropped_bad_digest": 3, "queue_full_up": 1, "queued_unacked": 2,
			"link_eth0_sent": 5, "link_eth0_send_errors": 4, "link_eth0_failing": 1, "link_eth0_overflows": 6, "link_eth0_received": 8},
	}
}

func TestStateIsShownInNumbers(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, someStatus()); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"heartbeat_up 1", `heartbeat_info{node="n1",version="1.2"} 1`, `heartbeat_state{state="running"} 1`, `heartbeat_state{state="stopping"} 0`,
		"heartbeat_attention 2", `heartbeat_node_status{node="n2",status="dead",type="normal"} 1`, `heartbeat_node_status{node="n2",status="active",type="normal"} 0`,
		`heartbeat_node_status{node="10.0.0.254",status="ping",type="ping"} 1`, `heartbeat_node_heard_seconds{node="n2"} 1.5`,
		`heartbeat_link_up{link="eth0",node="n2"} 1`, `heartbeat_link_up{link="eth1",node="n2"} 0`,
		`heartbeat_group_owner{group="10.0.0.1",owner="n1"} 1`, `heartbeat_group_state{group="10.0.0.2",state="failed"} 1`,
		"heartbeat_quorum 1", "heartbeat_members 1", "heartbeat_messages_sent_total 7", `heartbeat_packets_dropped_total{reason="bad_digest"} 3`,
		`heartbeat_queue_full_total{queue="up"} 1`, "heartbeat_unacknowledged 2", `heartbeat_link_packets_sent_total{link="eth0"} 5`,
		`heartbeat_link_send_errors_total{link="eth0"} 4`, `heartbeat_link_failing{link="eth0"} 1`, "heartbeat_deadtime_seconds 10",
		"heartbeat_start_time_seconds 1000",
	} {
		if !strings.Contains(b.String(), "\n"+line+"\n") {
			t.Errorf("%s is missing", line)
		}
	}
	for _, line := range []string{`heartbeat_node_heard_seconds{node="10.0.0.254"}`, `heartbeat_group_owner{group="10.0.0.2"`} {
		if strings.Contains(b.String(), line) {
			t.Errorf("%s is told although it is not known", line)
		}
	}
	problems, err := promlint.New(&b).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestStoppedNodeSaysOnlyThat(t *testing.T) {
	w := httptest.NewRecorder()
	Handler(func() *node.Status { return nil }).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, "heartbeat_up 0\n") || strings.Count(body, "\n") != 3 {
		t.Errorf("%d: %s", w.Code, body)
	}
}

func TestEveryNameIsDocumented(t *testing.T) {
	table := "| name | kind | labels | meaning |\n|---|---|---|---|\n"
	for _, n := range Names() {
		table += fmt.Sprintf("| `%s` | %s | %s | %s |\n", n.Name, n.Kind, strings.Join(n.Labels, ", "), n.Help)
	}
	const begin, end = "<!-- generated: names -->\n", "<!-- end -->\n"
	for _, file := range []string{"../../../docs/metrics.md", "../../../docs/zh-CN/metrics.md"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		head, rest, ok := strings.Cut(string(data), begin)
		_, tail, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("%s has no place for the names", file)
		}
		want := head + begin + table + end + tail
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if want != string(data) {
			t.Errorf("%s is out of date: run go test ./internal/api/metrics -update", file)
		}
	}
}
