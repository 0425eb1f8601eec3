package schema_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"heartbeat/internal/cib/schema"
)

func TestEveryElementAndAttributeIsExplained(t *testing.T) {
	guide := schema.NewGuide()
	asked := map[string]bool{}
	for _, name := range guide.Names() {
		topics := guide.Topics(name)
		if len(topics) == 0 {
			t.Errorf("%s: nothing is known", name)
		}
		for _, topic := range topics {
			asked[topic.Name] = true
			if topic.EN == "" || topic.ZH == "" || !strings.HasSuffix(topic.EN, ".") || !strings.HasSuffix(topic.ZH, "。") {
				t.Errorf("%s (%s) is not explained: %q %q", name, topic.Kind, topic.EN, topic.ZH)
			}
		}
	}
	seen := map[string]bool{}
	for _, d := range schema.Docs() {
		if seen[d.Name] {
			t.Errorf("%s is explained twice", d.Name)
		}
		seen[d.Name] = true
		if !strings.HasPrefix(d.Name, ".") && !asked[d.Name] {
			t.Errorf("%s is explained, but no generation has it", d.Name)
		}
	}
}

func TestANameWithSeveralMeaningsHasThemAll(t *testing.T) {
	guide := schema.NewGuide()
	for name, want := range map[string][]string{
		"primitive":                {"element"},
		"no-quorum-policy":         {"cluster option"},
		"no_quorum_policy":         {"cluster option"},
		"network":                  {"element"},
		"attributes":               {"element"},
		"requires":                 {"resource option"},
		"rsc_location.score":       {"attribute"},
		"role":                     {"element", "operation option"},
		"score":                    {"attribute"},
		"with-rsc":                 {"attribute"},
		"rsc_location.with-rsc":    nil,
		"something that is not it": nil,
	} {
		var got []string
		for _, topic := range guide.Topics(name) {
			got = append(got, topic.Kind)
		}
		if strings.Join(got, ",") != strings.Join(want, ",") {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	role := guide.Topics("role")
	if also := strings.Join(role[len(role)-1].Also, " "); !strings.Contains(also, "op.role") || !strings.Contains(also, "rule.role") {
		t.Errorf("role is also %s", also)
	}
}

func TestValuesNameTheGenerationsThatDiffer(t *testing.T) {
	guide := schema.NewGuide()
	for name, want := range map[string]string{
		"op.on-fail":                      "demote (pacemaker-3.4 and later)",
		"rsc_location.resource-discovery": "always, never, exclusive",
		"node.type":                       "normal (Heartbeat 2 to pacemaker-2.10)",
		"fencing-level.index":             "an integer from 1 to 9 (pacemaker-4.0)",
		"nvpair.name":                     "a text",
	} {
		topics := guide.Topics(name)
		if len(topics) != 1 || !strings.Contains(topics[0].Values, want) {
			t.Errorf("%s: %+v, want %q", name, topics, want)
		}
	}
	if topics := guide.Topics("bundle"); topics[0].In != "pacemaker-2.8 and later" || !strings.Contains(strings.Join(topics[0].Kids, " "), "podman") {
		t.Errorf("%+v", topics)
	}
}

var update = flag.Bool("update", false, "write the reference anew")

func TestReferenceIsCurrent(t *testing.T) {
	for path, got := range map[string]string{
		"../../../docs/cib-reference.md":       schema.Reference(false),
		"../../../docs/zh-CN/cib-reference.md": schema.Reference(true),
	} {
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if want, err := os.ReadFile(path); err != nil || string(want) != got {
			t.Errorf("%s is not current (%v); run go test ./internal/cib/schema -update and look at the difference", path, err)
		}
	}
}
