package simulate

import (
	"slices"
	"strings"
	"testing"

	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

type world struct{}

func (world) HasResource(id string) bool { return id == "web" || id == "web:1" }
func (world) AgentOf(id string) (class, provider, kind string, ok bool) {
	return "ocf", "heartbeat", "Dummy", id == "web"
}
func (world) StartFailureIsFatal() bool { return true }

func parse(t *testing.T, doc string) *xmltree.Node {
	t.Helper()
	root, err := xmltree.Parse([]byte(doc), xmltree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestKeys(t *testing.T) {
	for key, want := range map[string][2]string{
		"web_monitor_10000": {"web", "monitor"}, "my_web_start_0": {"my_web", "start"}, "a_b_migrate_to_0": {"a_b", "migrate_to"}, "odd": {"odd", ""},
	} {
		resource, task, interval := splitKey(key)
		if resource != want[0] || task != want[1] || (interval == 10000) != strings.HasSuffix(key, "10000") {
			t.Errorf("%s: %q %q %d", key, resource, task, interval)
		}
	}
}

func TestInjections(t *testing.T) {
	root := parse(t, `<cib><configuration><nodes><node id="1" uname="anna"/></nodes></configuration></cib>`)
	before := string(root.Append(nil, ""))
	work := Copy(root)
	in := Injections{Quorum: "false", NodesUp: []string{"anna"}, Operations: []string{"web_start_0@anna=1"}, TicketsGranted: []string{"t"}}
	lines, problems := in.Apply(work, world{}, 77)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if string(root.Append(nil, "")) != before {
		t.Error("the document that was copied is changed")
	}
	after := string(work.Append(nil, ""))
	for _, want := range []string{`have-quorum="false"`, `<ticket_state id="t" granted="true"/>`, `crmd="online"`, `name="fail-count-web#start_0" value="INFINITY"`,
		`name="last-failure-web#start_0" value="77"`, `id="web_last_failure_0"`, `id="web_last_0"`, `rc-code="1"`} {
		if !strings.Contains(after, want) {
			t.Errorf("no %s in\n%s", want, work.Append(nil, "  "))
		}
	}
	if !slices.Contains(scheduler.Texts(lines), "Bringing node anna online") || !slices.Contains(scheduler.Texts(lines), "Injecting web_start_0@anna=1 into the configuration") {
		t.Errorf("lines: %q", lines)
	}
	for _, wrong := range []string{"web", "web_start_0@anna", "web_start_0@anna=x", "nothing_start_0@anna=0"} {
		in := Injections{Operations: []string{wrong}}
		if _, problems := in.Apply(Copy(root), world{}, 0); len(problems) != 1 {
			t.Errorf("%s: %q", wrong, problems)
		}
	}
}

const graph = `<transition_graph failed-stop-offset="INFINITY" failed-start-offset="1">
 <synapse id="0"><action_set><rsc_op id="2" operation="start" operation_key="web_start_0" on_node="anna" on_node_uuid="1"><primitive id="web" class="ocf" type="Dummy"/><attributes CRM_meta_timeout="20000"/></rsc_op></action_set>
  <inputs><trigger><crm_event id="1" operation="stonith"/></trigger></inputs></synapse>
 <synapse id="1"><action_set><crm_event id="1" operation="stonith" on_node="berta" on_node_uuid="2"><attributes CRM_meta_stonith_action="reboot"/></crm_event></action_set><inputs/></synapse>
 <synapse id="2"><action_set><pseudo_event id="3" operation="done" operation_key="all_done"/></action_set><inputs><trigger><rsc_op id="2"/></trigger></inputs></synapse>
</transition_graph>`

func TestExecutionFollowsTheInputs(t *testing.T) {
	run := Run{Root: parse(t, `<cib><configuration/><status><node_state id="2" uname="berta" in_ccm="true"><lrm/></node_state></status></cib>`), Known: world{}}
	if !run.Execute(parse(t, graph)) {
		t.Error("not to its end")
	}
	want := []string{"Fencing berta (reboot)", "Resource action: web             start on anna", "Pseudo action:   all_done"}
	if !slices.Equal(scheduler.Texts(run.Lines), want) {
		t.Errorf("%q", run.Lines)
	}
	after := string(run.Root.Append(nil, ""))
	if !strings.Contains(after, `uname="berta" in_ccm="false" crmd="offline"`) || strings.Contains(after, "<lrm/>") || !strings.Contains(after, `operation_key="web_start_0"`) {
		t.Errorf("%s", run.Root.Append(nil, "  "))
	}
}

func TestAFailureEndsTheTransition(t *testing.T) {
	run := Run{Root: parse(t, `<cib><configuration/><status/></cib>`), Known: world{}, Fail: []string{"web_start_0@anna=5", "web_start_0@anna=bad"}}
	if !run.Execute(parse(t, graph)) {
		t.Error("a failure that was asked for is no invalid transition")
	}
	if !slices.Contains(scheduler.Texts(run.Lines), "Pretending action 2 failed with rc=5") || slices.Contains(scheduler.Texts(run.Lines), "Pseudo action:   all_done") {
		t.Errorf("%q", run.Lines)
	}
	stuck := strings.Replace(graph, `<crm_event id="1" operation="stonith"/>`, `<crm_event id="9" operation="stonith"/>`, 1)
	run = Run{Root: parse(t, `<cib><configuration/></cib>`), Known: world{}}
	if run.Execute(parse(t, stuck)) {
		t.Error("an action that waits for what never comes")
	}
}
