package crmtool

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heartbeat/internal/xmltree"
)

// pathsOf are the elements of an answer with those attributes that scripts look at.
func pathsOf(t *testing.T, answer string, below string) (out []string) {
	t.Helper()
	root, err := xmltree.Parse([]byte(answer), xmltree.Options{})
	if err != nil {
		t.Fatalf("%v in\n%s", err, answer)
	}
	for x := range root.First(below).All() {
		if x.Name != below {
			out = append(out, x.String())
		}
	}
	return out
}

func TestSimulationAsXML(t *testing.T) {
	code, answer, complaints := try(t, simulateCommand, nil, smallCIB, "-S", "-s", "-i", "A_monitor_0@n1=1", "-q", "true", "--output-as=xml")
	if code != OK || complaints != "" {
		t.Fatalf("code %d: %s", code, complaints)
	}
	for below, want := range map[string][]string{
		"cluster_status":         {`<node name="n1"`, `<resource id="A" resource_agent="ocf:heartbeat:Dummy" role="Stopped"`},
		"modifications":          {`<inject_spec spec="A_monitor_0@n1=1"/>`, `<inject_attr name="fail-count-A#monitor_0" value="1"`},
		"allocations":            {`<node_weight function="pcmk__primitive_assign" node="n1" score="0" id="A"/>`},
		"actions":                {`<rsc_action action="recover" resource="A" node="n1"/>`},
		"transition":             {`<rsc_action resource="A" op="stop" node="n1"/>`, `<rsc_action resource="A" op="start" node="n1"/>`},
		"revised_cluster_status": {`<resource id="A" resource_agent="ocf:heartbeat:Dummy" role="Started"`},
		"status":                 nil,
	} {
		got := pathsOf(t, answer, below)
		for _, w := range want {
			if !strings.Contains(strings.Join(got, "\n"), w) {
				t.Errorf("%s has no %s:\n%s", below, w, strings.Join(got, "\n"))
			}
		}
	}
	if !strings.Contains(answer, `<modifications quorum="true">`) || !strings.Contains(answer, `<status code="0" message="OK"/>`) || strings.Contains(answer, "Transition Summary") {
		t.Error(answer)
	}
}

func TestFailureOfASimulationAsXML(t *testing.T) {
	code, answer, complaints := try(t, simulateCommand, nil, "<cib><broken", "-S", "--output-as=xml")
	if code != Config || complaints == "" || !strings.Contains(answer, `<status code="78" message="Invalid configuration"><errors>`) && !strings.Contains(answer, "<error>") {
		t.Errorf("code %d, complaints %q:\n%s", code, complaints, answer)
	}
}

func TestReportGoesToTheFileOfOutputTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report")
	code, out, complaints := try(t, simulateCommand, nil, smallCIB, "-S", "--output-to", path)
	text, err := os.ReadFile(path)
	if code != OK || err != nil || out != "" || !strings.Contains(string(text), "Transition Summary:") {
		t.Errorf("code %d, %v, output %q, complaints %q, file %q", code, err, out, complaints, text)
	}
	if code, _, _ := try(t, simulateCommand, nil, smallCIB, "-S", "--output-to", filepath.Join(path, "x")); code != CannotCreate {
		t.Errorf("a file that cannot be made: code %d", code)
	}
}
